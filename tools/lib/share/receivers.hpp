// SPDX-License-Identifier: MIT OR Apache-2.0
// Receivers: what the sender shows of those who fetch from it. [tools.md §2.3]
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "iroh/blobs/blobs_protocol.hpp"
#include "tools/lib/share/progress_lines.hpp"

namespace iroh::tools {

class Receivers {
 public:
  Receivers(ProgressLines& lines, bool json) : lines_(lines), json_(json) {}

  /// Safe from any thread.
  void update(const ProviderEvent& event);

 private:
  using Id = std::pair<std::uint64_t, std::uint64_t>;  // connection and request
  ProgressLines::Key key_of(const Id& id);
  void show(const ProviderEvent& event, ProgressLines::Key key);

  ProgressLines& lines_;
  const bool json_;
  std::mutex mutex_;
  std::map<Id, ProgressLines::Key> keys_;
  ProgressLines::Key next_key_ = 1;
};

/// "n ae58ff8833 r 0/3 i 2 # ea8f163db3"
std::string request_label(const ProviderEvent& event);

}  // namespace iroh::tools
