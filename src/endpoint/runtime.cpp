// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/endpoint/runtime.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>

namespace iroh {

struct Runtime::Impl {
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{context.get_executor()};
  std::thread thread{[this] { context.run(); }};
};

Runtime::Runtime() : impl_(std::make_unique<Impl>()) {}

Runtime::~Runtime() {
  impl_->context.stop();
  impl_->thread.join();
}

boost::asio::any_io_executor Runtime::executor() const {
  return impl_->context.get_executor();
}

}  // namespace iroh
