// SPDX-License-Identifier: MIT OR Apache-2.0
// A handler of the application on its way through a thread that is not its own.
#pragma once

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/append.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/system_executor.hpp>
#include <utility>

#include "iroh/endpoint/async.hpp"

namespace iroh::blobs {

namespace asio = boost::asio;

template <class... T>
class Completion {
 public:
  explicit Completion(CompletionHandler<T...> handler)
      : executor_(asio::prefer(asio::get_associated_executor(handler, asio::any_completion_executor()),
                               asio::execution::outstanding_work.tracked)),
        handler_(std::move(handler)) {}

  /// Once, on a thread of ours that no executor of the application runs on: the handler runs elsewhere and later.
  void operator()(error_code error, T... values) {
    auto call = asio::append(std::move(handler_), error, std::move(values)...);
    if (executor_) {
      asio::dispatch(executor_, std::move(call));
    } else {
      asio::post(asio::system_executor(), std::move(call));
    }
  }
  /// Instead, on any thread.
  void post(const asio::any_io_executor& through, error_code error, T... values) {
    asio::post(through, asio::append(std::move(handler_), error, std::move(values)...));
  }

 private:
  asio::any_completion_executor executor_;  // its context must not run out of work meanwhile; empty for plain callbacks
  CompletionHandler<T...> handler_;
};

/// With the outcome of a call that can fail.
template <class T>
void complete(Completion<T>& completion, Result<T> result) {
  result ? completion({}, *std::move(result)) : completion(result.error(), T());
}
inline void complete(Completion<>& completion, const Result<void>& result) {
  completion(result ? error_code() : result.error());
}

}  // namespace iroh::blobs
