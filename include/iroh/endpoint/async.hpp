// SPDX-License-Identifier: MIT OR Apache-2.0
/// What all asynchronous calls share. A call takes a completion token last, by default boost::asio::deferred, and is a
/// thin template over a compiled function that takes an erased handler. The handler runs through its associated
/// executor, never inside the call, and honours its cancellation slot.
#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <utility>

#include "iroh/base/result.hpp"

namespace iroh {

/// A completion handler of any type for void(error_code, T...).
template <class... T>
using CompletionHandler = boost::asio::any_completion_handler<void(error_code, T...)>;

using DefaultToken = boost::asio::deferred_t;

namespace detail {

/// Calls start(handler, args...) when the operation begins: now, or with deferred when it is awaited.
template <class Token, class... T, class... Params, class... Args>
auto initiate(Token&& token, void (*start)(CompletionHandler<T...>, Params...), Args&&... args) {
  return boost::asio::async_initiate<Token, void(error_code, T...)>(
      [start](auto handler, auto&&... arguments) {
        start(CompletionHandler<T...>(std::move(handler)), std::forward<decltype(arguments)>(arguments)...);
      },
      token, std::forward<Args>(args)...);
}

}  // namespace detail
}  // namespace iroh
