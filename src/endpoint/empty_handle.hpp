// SPDX-License-Identifier: MIT OR Apache-2.0
// Calls on empty handles: they belong to no endpoint, so the handler's own executor must do.
#pragma once

#include <boost/asio/append.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/system_executor.hpp>
#include <utility>

#include "iroh/endpoint/async.hpp"

namespace iroh::endpoint {

/// Completes with an error and empty values. A handler of an io_context is posted straight to it: by way of another
/// executor, a thread of that would still touch the io_context when its last handler has run and it may be gone.
template <class... T>
void fail_empty(CompletionHandler<T...> handler, error_code error) {
  namespace asio = boost::asio;
  const auto own = asio::get_associated_executor(handler, asio::system_executor());
  auto completion = asio::append(std::move(handler), error, T()...);
  if (const auto* context = own.template target<asio::io_context::executor_type>()) {
    asio::post(context->context(), std::move(completion));
  } else {
    asio::post(asio::system_executor(), std::move(completion));
  }
}

}  // namespace iroh::endpoint
