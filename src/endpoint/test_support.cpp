// SPDX-License-Identifier: MIT OR Apache-2.0
#include "endpoint/test_support.hpp"

#include <sstream>

namespace iroh::endpoint {

void run_test(Task<> task, std::chrono::seconds limit) {
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

EndpointOptions loopback(std::string_view alpns) {
  EndpointOptions options;
  std::istringstream names{std::string(alpns)};
  for (std::string name; names >> name;) options.alpns.push_back(name);
  options.bind_addrs.push_back({.addr = SocketAddr(IpAddr::v4_loopback(), 0)});
  options.default_bind_addrs = false;
  return options;
}

EndpointOptions dialler() {
  return loopback("");
}

Task<Connection> accept_one(Endpoint endpoint) {
  Incoming incoming = co_await endpoint.accept();
  co_return co_await incoming.accept();
}

Task<> echo_stream(BiStream stream) {
  co_await copy(stream.recv, stream.send);
  stream.send.finish();
}

static Task<> echo_all(Connection connection) {
  for (;;) {
    auto [error, stream] = co_await connection.accept_bi(as_values);
    if (error) co_return;
    asio::co_spawn(co_await asio::this_coro::executor, echo_stream(std::move(stream)),
                   [](const std::exception_ptr&) {});
  }
}

Task<> spawn_echo(Connection connection) {
  asio::co_spawn(co_await asio::this_coro::executor, echo_all(std::move(connection)), [](const std::exception_ptr&) {});
}

Task<> accept_all(Endpoint endpoint) {
  while (Incoming incoming = co_await endpoint.accept()) {
    auto [error, connection] = co_await incoming.accept(as_values);
    if (!error) co_await connection.closed();
  }
}

Task<error_code> connect_error(Endpoint endpoint, EndpointAddr addr, std::string alpn, ConnectOptions options) {
  auto [error, connection] = co_await endpoint.connect(std::move(addr), alpn, std::move(options), as_values);
  co_return error;
}

Task<Pair> connected_pair(EndpointOptions left_options, EndpointOptions right_options) {
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

Task<> close(Pair& pair) {
  co_await pair.left.close();
  co_await pair.right.close();
}

}  // namespace iroh::endpoint
