// SPDX-License-Identifier: MIT OR Apache-2.0
// The role connect: runs the operations of stdin one after another, each with one line of result.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "json_lines.hpp"
#include "pattern.hpp"
#include "peer.hpp"

namespace iroh::interop {
namespace {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;
using boost::json::object;

std::uint64_t number(const object& operation, std::string_view key) {
  return operation.at(key).to_number<std::uint64_t>();
}

std::string text(const object& operation, std::string_view key, const std::string& otherwise) {
  return operation.contains(key) ? std::string(operation.at(key).as_string()) : otherwise;
}

Task<> write_pattern(SendStream send, std::uint64_t count) {
  constexpr std::uint64_t step = 251 * 1024;
  const Bytes block = Bytes::copy_of(pattern(0, step));
  for (std::uint64_t done = 0; done < count; done += step) {
    co_await send.write_all(block.slice(0, static_cast<std::size_t>(std::min(step, count - done))));
  }
  (void)send.finish();
}

struct Received {
  std::uint64_t count = 0;
  std::string sha256;
};

Task<Received> read_and_hash(RecvStream recv) {
  Received out;
  Sha256 hash;
  for (;;) {
    const std::vector<Bytes> chunks = co_await recv.read_chunks();
    if (chunks.empty()) break;
    for (const Bytes& chunk : chunks) {
      hash.update(chunk);
      out.count += chunk.size();
    }
  }
  out.sha256 = hex(hash.digest());
  co_return out;
}

Task<> sleep_for(std::chrono::nanoseconds duration) {
  asio::steady_timer timer(co_await asio::this_coro::executor, duration);
  co_await timer.async_wait(asio::use_awaitable);
}

class Client {
 public:
  Client(PeerOptions options, Endpoint endpoint) : options_(std::move(options)), endpoint_(std::move(endpoint)) {}

  /// ok and the members of the result; throws on failure.
  Task<> run(const std::string& op, const object& operation, object& result) {
    if (op == "connect") co_return co_await connect(operation, result);
    if (!connection_) throw std::runtime_error("not connected");
    if (op == "echo") co_return co_await echo(number(operation, "bytes"), result);
    if (op == "upload") co_return co_await upload(number(operation, "bytes"), result);
    if (op == "download") co_return co_await download(number(operation, "bytes"), result);
    if (op == "uni") co_return co_await uni(number(operation, "bytes"), result);
    if (op == "parallel") co_return co_await parallel(number(operation, "streams"), number(operation, "bytes"), result);
    if (op == "datagrams") co_return co_await datagrams(number(operation, "count"), number(operation, "bytes"), result);
    if (op == "idle") co_return co_await idle(number(operation, "seconds"), result);
    if (op == "wait_closed") co_return co_await wait_closed(number(operation, "seconds"), result);
    if (op == "close") {
      connection_.close(number(operation, "code"), text(operation, "reason", ""));
      result["ok"] = true;
      co_return;
    }
    throw std::runtime_error("unknown operation");
  }

 private:
  Task<> connect(const object& operation, object& result) {
    if (connection_) connection_.close(0);
    connection_ = {};
    const EndpointId id = EndpointId::parse(text(operation, "id", options_.id)).value();
    const SocketAddr addr = SocketAddr::parse(text(operation, "addr", options_.addr)).value();
    auto [ec, connection] =
        co_await endpoint_.connect(EndpointAddr(id).with_ip_addr(addr), text(operation, "alpn", options_.alpn),
                                   asio::as_tuple(asio::use_awaitable));
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
    result["ok"] = true;
    result["remote_id"] = connection_.remote_id().to_string();
    result["alpn"] = connection_.alpn();
  }

  Task<> echo(std::uint64_t bytes, object& result) {
    auto [send, recv] = co_await connection_.open_bi();
    co_await send.write_all("E");
    const Received received = co_await (write_pattern(send, bytes) && read_and_hash(recv));
    result["bytes"] = received.count;
    result["sha256"] = received.sha256;
    result["ok"] = received.count == bytes && received.sha256 == sha256_of_pattern(bytes);
  }

  void report_sink(std::uint64_t bytes, const Bytes& answer, object& result) {
    std::uint64_t count = 0;
    for (const std::byte byte : answer.slice(0, 8).span()) count = count << 8 | std::to_integer<std::uint64_t>(byte);
    result["bytes"] = bytes;
    result["sha256"] = sha256_of_pattern(bytes);
    result["peer_bytes"] = count;
    result["peer_sha256"] = hex(answer.slice(8).span());
    result["ok"] = count == bytes && result["sha256"] == result["peer_sha256"];
  }

  Task<> upload(std::uint64_t bytes, object& result) {
    auto [send, recv] = co_await connection_.open_bi();
    co_await send.write_all("S");
    co_await write_pattern(send, bytes);
    report_sink(bytes, co_await recv.read_to_end(40), result);
  }

  Task<> uni(std::uint64_t bytes, object& result) {
    SendStream send = co_await connection_.open_uni();
    co_await write_pattern(send, bytes);
    RecvStream recv = co_await connection_.accept_uni();
    report_sink(bytes, co_await recv.read_to_end(40), result);
  }

  Task<> download(std::uint64_t bytes, object& result) {
    auto [send, recv] = co_await connection_.open_bi();
    std::string request = "G";
    for (int shift = 56; shift >= 0; shift -= 8) request += static_cast<char>(bytes >> shift & 0xff);
    co_await send.write_all(request);
    (void)send.finish();
    const Received received = co_await read_and_hash(recv);
    result["bytes"] = received.count;
    result["sha256"] = received.sha256;
    result["ok"] = received.count == bytes && received.sha256 == sha256_of_pattern(bytes);
  }

  Task<> parallel(std::uint64_t count, std::uint64_t bytes, object& result) {
    std::vector<BiStream> streams;
    for (std::uint64_t i = 0; i < count; ++i) {
      streams.push_back(co_await connection_.open_bi());
      co_await streams.back().send.write_all("E");
    }
    const std::string expected = sha256_of_pattern(bytes);
    std::uint64_t completed = 0;
    // All are written before any is read: they are in progress at the same time.
    for (const BiStream& stream : streams) co_await write_pattern(stream.send, bytes);
    for (const BiStream& stream : streams) {
      const Received received = co_await read_and_hash(stream.recv);
      if (received.count == bytes && received.sha256 == expected) ++completed;
    }
    result["streams"] = completed;
    result["ok"] = completed == count;
  }

  Task<> datagrams(std::uint64_t count, std::uint64_t bytes, object& result) {
    std::uint64_t received = 0;
    bool all_equal = true;
    for (std::uint64_t i = 0; i < count; ++i) {
      std::vector<std::byte> message = pattern(0, bytes);
      for (std::size_t b = 0; b < 4; ++b) message[b] = static_cast<std::byte>(i >> (24 - 8 * b));
      connection_.send_datagram(message).value();
      auto answer = co_await (connection_.read_datagram(asio::use_awaitable) || sleep_for(std::chrono::seconds(1)));
      if (answer.index() != 0) continue;
      ++received;
      all_equal = all_equal && std::get<0>(answer) == Bytes::copy_of(message);
    }
    const auto max_size = connection_.max_datagram_size();
    result["sent"] = count;
    result["received"] = received;
    result["max_size"] = max_size ? boost::json::value(*max_size) : boost::json::value(nullptr);
    result["ok"] = all_equal;
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
