// SPDX-License-Identifier: MIT OR Apache-2.0
/// Runtime: an io_context on a thread of its own, for programs that have none.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

namespace iroh {

/// auto endpoint = iroh::Endpoint::bind(runtime.executor(), {}, boost::asio::use_future).get();
class Runtime {
 public:
  Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
  /// Stops and joins the thread, and destroys what still waits. All endpoints, connections and streams must be gone by
  /// then, unless what waits owns them. Must not be called on the runtime's own thread.
  ~Runtime();

  boost::asio::any_io_executor executor() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace iroh
