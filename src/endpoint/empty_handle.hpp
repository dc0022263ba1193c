// SPDX-License-Identifier: MIT OR Apache-2.0
// Calls on empty handles: they belong to no endpoint, so the handler's own executor must do.
#pragma once

#include <boost/asio/append.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/system_executor.hpp>
#include <utility>

#include "iroh/endpoint/async.hpp"

namespace iroh::endpoint {

/// Completes with an error and empty values.
template <class... T>
void fail_empty(CompletionHandler<T...> handler, error_code error) {
  boost::asio::post(boost::asio::system_executor(), boost::asio::append(std::move(handler), error, T()...));
}

}  // namespace iroh::endpoint
