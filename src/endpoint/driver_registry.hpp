// SPDX-License-Identifier: MIT OR Apache-2.0
// Tells drivers when the execution context they live on is destroyed. Pending handlers often own what they wait for (a
// coroutine owns its connection); unless the context's end breaks that circle, they would never be freed.
#pragma once

#include <boost/asio/execution_context.hpp>
#include <memory>
#include <mutex>
#include <vector>

namespace iroh::endpoint {

class Driver;

class DriverRegistry final : public boost::asio::execution_context::service {
 public:
  using key_type = DriverRegistry;
  static boost::asio::execution_context::id id;

  explicit DriverRegistry(boost::asio::execution_context& context) : service(context) {}

  /// The end of the context calls driver->abandon(), if it still exists.
  void add(std::weak_ptr<Driver> driver);

 private:
  void shutdown() override;

  std::mutex mutex_;
  std::vector<std::weak_ptr<Driver>> drivers_;
};

}  // namespace iroh::endpoint
