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
void run_test(Task<> task, std::chrono::seconds limit = std::chrono::seconds(60));

// GCC 12 cannot compile initializer lists inside a co_await expression ("array used as initializer"), so options are
// made by functions, and lists of names are split from one text.

/// Binds only 127.0.0.1; alpns: names separated by blanks.
EndpointOptions loopback(std::string_view alpns = test_alpn);

/// An endpoint that only dials.
EndpointOptions dialler();

struct Pair {
  Endpoint left;   // the client
  Endpoint right;  // the server
  Connection left_connection;
  Connection right_connection;
};

Task<Connection> accept_one(Endpoint endpoint);
/// Accepts whoever comes and waits for the end of each, one after the other.
Task<> accept_all(Endpoint endpoint);
/// What dialling fails with; none if it does not.
Task<error_code> connect_error(Endpoint endpoint, EndpointAddr addr, std::string alpn, ConnectOptions options = {});

/// Two endpoints on loopback and a connection between them.
Task<Pair> connected_pair(EndpointOptions left_options = dialler(), EndpointOptions right_options = loopback());

/// Sends back what comes, and finishes.
Task<> echo_stream(BiStream stream);
/// Does so with every stream of the connection, on the side.
Task<> spawn_echo(Connection connection);

Task<> close(Pair& pair);

}  // namespace iroh::endpoint
