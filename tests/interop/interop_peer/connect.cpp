// SPDX-License-Identifier: MIT OR Apache-2.0
// The role connect: runs the operations of stdin one after another, each with one line of result.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "json_lines.hpp"
#include "peer.hpp"
#include "sleep.hpp"
#include "stream_operations.hpp"

namespace iroh::interop {
namespace {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;
using boost::json::object;

std::string text(const object& operation, std::string_view key, const std::string& otherwise) {
  return operation.contains(key) ? std::string(operation.at(key).as_string()) : otherwise;
}

class Client {
 public:
  Client(PeerOptions options, Endpoint endpoint) : options_(std::move(options)), endpoint_(std::move(endpoint)) {}

  /// ok and the members of the result; throws on failure.
  Task<> run(const std::string& op, const object& operation, object& result) {
    // One co_await per statement, none in a condition: GCC 12 mistakes its place in the coroutine otherwise.
    if (op == "connect") {
      co_await connect(operation, result);
    } else if (op == "connections") {
      co_await connections(number(operation, "count"), number(operation, "bytes"), result);
    } else if (!connection_) {
      throw std::runtime_error("not connected");
    } else if (op == "idle") {
      co_await idle(number(operation, "seconds"), result);
    } else if (op == "wait_closed") {
      co_await wait_closed(number(operation, "seconds"), result);
    } else if (op == "close") {
      connection_.close(number(operation, "code"), text(operation, "reason", ""));
      result["ok"] = true;
    } else {
      const bool is_known = co_await run_stream_operation(connection_, op, operation, result);
      if (!is_known) throw std::runtime_error("unknown operation");
    }
  }

 private:
  Task<> connect(const object& operation, object& result) {
    if (connection_) connection_.close(0);
    connection_ = {};
    ConnectOptions connect_options;
    if (!operation.contains("alpn")) {
      connect_options.additional_alpns.assign(options_.alpns.begin() + 1, options_.alpns.end());
    }
    const bool is_early = operation.contains("early");
    const auto token = asio::as_tuple(asio::use_awaitable);
    const std::string alpn = text(operation, "alpn", options_.alpns.front());
    auto dialled = is_early ? endpoint_.connect_early(remote(operation), alpn, connect_options, token)
                            : endpoint_.connect(remote(operation), alpn, connect_options, token);
    auto [ec, connection] = co_await std::move(dialled);
    if (ec) {
      result["error"] = ec.message();
      const bool is_tls = ec.category() == tls_category();
      const bool is_transport = ec.category() == transport_category();
      constexpr int crypto_error_base = 0x100;
      result["code"] = is_tls         ? boost::json::value(crypto_error_base + ec.value())
                       : is_transport ? boost::json::value(ec.value())
                                      : boost::json::value(nullptr);
      co_return;
    }
    connection_ = connection;
    if (is_early) co_await send_early(number(operation, "early"), result);
    result["ok"] = true;
    result["remote_id"] = connection_.remote_id().to_string();
    result["alpn"] = connection_.alpn();
  }

  /// An echo as early data, if there was a ticket for it.
  Task<> send_early(std::uint64_t bytes, object& result) {
    object answer;
    std::exception_ptr failure;
    try {
      co_await echo(connection_, bytes, answer);
    } catch (const std::exception&) {
      failure = std::current_exception();
    }
    const EarlyData outcome = co_await connection_.handshake_completed();
    if (failure && outcome != EarlyData::rejected) std::rethrow_exception(failure);
    const bool is_equal = !failure && answer["ok"].as_bool();
    result["early"] = outcome == EarlyData::none       ? "no ticket"
                      : outcome == EarlyData::rejected ? "rejected"
                      : is_equal                       ? "accepted"
                                                       : "damaged";
  }

  /// Further connections, all at the same time, each with one echo.
  Task<> connections(std::uint64_t count, std::uint64_t bytes, object& result) {
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer finished(executor, asio::steady_timer::time_point::max());
    std::vector<Connection> complete;
    std::uint64_t running = count;
    for (std::uint64_t i = 0; i < count; ++i) {
      asio::co_spawn(
          executor,
          [&]() -> Task<> {
            const Connection connection = co_await endpoint_.connect(remote({}), options_.alpns.front());
            object ignored;
            const bool is_equal = co_await echo(connection, bytes, ignored);
            if (is_equal) complete.push_back(connection);
          },
          [&](std::exception_ptr) {
            if (--running == 0) finished.cancel();
          });
    }
    if (running > 0) co_await finished.async_wait(asio::as_tuple(asio::use_awaitable));
    result["connections"] = complete.size();
    result["ok"] = complete.size() == count;
    for (const Connection& connection : complete) connection.close(0);
  }

  EndpointAddr remote(const object& operation) const {
    const EndpointId id = EndpointId::parse(text(operation, "id", options_.id)).value();
    return EndpointAddr(id).with_ip_addr(SocketAddr::parse(text(operation, "addr", options_.addr)).value());
  }

  Task<> idle(std::uint64_t seconds, object& result) {
    auto ended = co_await (connection_.closed(asio::use_awaitable) || sleep_for(std::chrono::seconds(seconds)));
    result["open"] = ended.index() == 1;
    result["ok"] = ended.index() == 1;
  }

  Task<> wait_closed(std::uint64_t seconds, object& result) {
    auto ended = co_await (connection_.closed(asio::use_awaitable) || sleep_for(std::chrono::seconds(seconds)));
    if (ended.index() == 0) describe(std::get<0>(ended), result);
    result["ok"] = ended.index() == 0;
  }

  PeerOptions options_;
  Endpoint endpoint_;
  Connection connection_;
};

}  // namespace

Task<int> connect(PeerOptions options) {
  const auto executor = co_await asio::this_coro::executor;
  Endpoint endpoint = co_await bind_peer(options);
  Client client(options, endpoint);
  LineReader input(executor);
  while (const auto operation = co_await input.next()) {
    const std::string op = text(*operation, "op", "");
    object result{{"op", op}, {"ok", false}};
    const auto start = std::chrono::steady_clock::now();
    if (op == "quit") {
      result["ok"] = true;
    } else {
      try {
        co_await client.run(op, *operation, result);
      } catch (const std::exception& error) {
        result["error"] = error.what();
      }
    }
    result["ms"] = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    print_line(result);
    if (op == "quit") break;
  }
  co_await endpoint.close();
  co_return 0;
}

}  // namespace iroh::interop
