// SPDX-License-Identifier: MIT OR Apache-2.0
// For tests: coroutines with a time limit, endpoints on loopback, errors as values.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <exception>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "iroh/iroh.hpp"

namespace iroh::endpoint {

namespace asio = boost::asio;

/// Errors as values: auto [error, value] = co_await call(..., as_values);
inline constexpr auto as_values = asio::as_tuple(asio::deferred);

inline constexpr std::string_view test_alpn = "test/1";

/// Runs the coroutine to its end; an exception, or no end, is a failure of the test.
inline void run_test(Task<> task, std::chrono::seconds limit = std::chrono::seconds(60)) {
  asio::io_context context(1);
  std::exception_ptr failure;
  bool is_done = false;
  asio::co_spawn(context, std::move(task), [&](std::exception_ptr thrown) {
    failure = std::move(thrown);
    is_done = true;
    context.stop();
  });
  context.run_for(limit);
  EXPECT_TRUE(is_done) << "the test did not end";
  try {
    if (failure) std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    ADD_FAILURE() << error.what();
  }
}

// GCC 12 cannot compile initializer lists inside a co_await expression ("array used as initializer"), so options are
// made by functions, and lists of names are split from one text.

/// Binds only 127.0.0.1; alpns: names separated by blanks.
inline EndpointOptions loopback(std::string_view alpns = test_alpn) {
  EndpointOptions options;
  std::istringstream names{std::string(alpns)};
  for (std::string name; names >> name;) options.alpns.push_back(name);
  options.bind_addrs.push_back({.addr = SocketAddr(IpAddr::v4_loopback(), 0)});
  options.default_bind_addrs = false;
  return options;
}

/// An endpoint that only dials.
inline EndpointOptions dialler() {
  return loopback("");
}

struct Pair {
  Endpoint left;   // the client
  Endpoint right;  // the server
  Connection left_connection;
  Connection right_connection;
};

inline Task<Connection> accept_one(Endpoint endpoint) {
  Incoming incoming = co_await endpoint.accept();
  co_return co_await incoming.accept();
}

/// Two endpoints on loopback and a connection between them.
inline Task<Pair> connected_pair(EndpointOptions left_options = dialler(), EndpointOptions right_options = loopback()) {
  Pair pair;
  pair.left = co_await Endpoint::bind(std::move(left_options));
  pair.right = co_await Endpoint::bind(std::move(right_options));
  Connection accepted;
  std::exception_ptr failure;
  asio::steady_timer done(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  asio::co_spawn(co_await asio::this_coro::executor, accept_one(pair.right),
                 [&](std::exception_ptr thrown, Connection connection) {
                   failure = std::move(thrown);
                   accepted = std::move(connection);
                   done.expires_at(asio::steady_timer::time_point::min());
                 });
  pair.left_connection = co_await pair.left.connect(pair.right.addr(), test_alpn);
  co_await done.async_wait(as_values);
  if (failure) std::rethrow_exception(failure);
  pair.right_connection = std::move(accepted);
  co_return pair;
}

inline Task<> close(Pair& pair) {
  co_await pair.left.close();
  co_await pair.right.close();
}

}  // namespace iroh::endpoint
