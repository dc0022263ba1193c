// SPDX-License-Identifier: MIT OR Apache-2.0
// One JSON object per line, both ways; and lines of stdin as a coroutine reads them.
#pragma once

#include <boost/json.hpp>
#include <memory>
#include <optional>
#include <string>

#include "iroh/endpoint/task.hpp"

namespace iroh::interop {

/// Writes the object and flushes.
void print_line(const boost::json::object& object);

/// Lines of stdin. Read with the executor of the caller; nothing at the end of input.
class LineReader {
 public:
  explicit LineReader(boost::asio::any_io_executor executor);
  ~LineReader();
  Task<std::optional<boost::json::object>> next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace iroh::interop
