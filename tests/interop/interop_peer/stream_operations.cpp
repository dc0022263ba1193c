// SPDX-License-Identifier: MIT OR Apache-2.0
#include "stream_operations.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <deque>
#include <memory>

#include "pattern.hpp"
#include "sleep.hpp"

namespace iroh::interop {
namespace {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;
using boost::json::object;

std::string u64(std::uint64_t value) {
  std::string out;
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
  return out;
}

Task<BiStream> open(Connection connection, std::string service) {
  BiStream stream = co_await connection.open_bi();
  co_await stream.send.write_all(service);
  co_return stream;
}

void report(const Received& received, std::uint64_t bytes, object& result) {
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

Task<> upload(Connection connection, std::uint64_t bytes, object& result) {
  auto [send, recv] = co_await open(connection, "S");
  co_await write_pattern(send, bytes);
  report_sink(bytes, co_await recv.read_to_end(40), result);
}

Task<> uni(Connection connection, std::uint64_t bytes, object& result) {
  SendStream send = co_await connection.open_uni();
  co_await write_pattern(send, bytes);
  RecvStream recv = co_await connection.accept_uni();
  report_sink(bytes, co_await recv.read_to_end(40), result);
}

Task<> download(Connection connection, std::uint64_t bytes, object& result) {
  auto [send, recv] = co_await open(connection, "G" + u64(bytes));
  (void)send.finish();
  report(co_await read_and_hash(recv), bytes, result);
}

Task<> parallel(Connection connection, std::uint64_t count, std::uint64_t bytes, object& result) {
  std::vector<BiStream> streams;
  for (std::uint64_t i = 0; i < count; ++i) streams.push_back(co_await open(connection, "E"));
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

/// `count` echo streams in all, `at_once` at a time.
Task<> many(Connection connection, std::uint64_t count, std::uint64_t at_once, std::uint64_t bytes, object& result) {
  const std::string expected = sha256_of_pattern(bytes);
  std::deque<BiStream> open_streams;
  std::uint64_t completed = 0;
  for (std::uint64_t i = 0; i < count || !open_streams.empty(); ++i) {
    if (i < count) {
      open_streams.push_back(co_await open(connection, "E"));
      co_await write_pattern(open_streams.back().send, bytes);
    }
    if (open_streams.size() < at_once && i + 1 < count) continue;
    const Received received = co_await read_and_hash(open_streams.front().recv);
    if (received.count == bytes && received.sha256 == expected) ++completed;
    open_streams.pop_front();
  }
  result["streams"] = completed;
  result["ok"] = completed == count;
}

/// Opens `count` streams; the next one must wait until all but one of them are over.
Task<> fill(Connection connection, std::uint64_t count, object& result) {
  std::vector<BiStream> streams;
  for (std::uint64_t i = 0; i < count; ++i) streams.push_back(co_await open(connection, "E"));
  // Ours and the coroutine's: nothing of this function's frame, which may end first.
  const auto is_open = std::make_shared<bool>(false);
  const auto executor = co_await asio::this_coro::executor;
  const auto opened = std::make_shared<asio::steady_timer>(executor, std::chrono::seconds(10));
  asio::co_spawn(executor, open(connection, "E"), [is_open, opened](std::exception_ptr error, BiStream) {
    *is_open = !error;
    opened->cancel();
  });
  for (int i = 0; i < 3; ++i) {  // round trips: the peer had every chance to give more credit
    co_await streams.back().send.write_all("x");
    co_await streams.back().recv.read_exact(1);
  }
  if (*is_open) throw std::runtime_error("the stream limit does not hold");
  for (std::size_t i = 0; i + 1 < streams.size(); ++i) {
    co_await write_pattern(streams[i].send, 10);
    co_await read_and_hash(streams[i].recv);
  }
  if (!*is_open) co_await opened->async_wait(asio::as_tuple(asio::use_awaitable));
  result["streams"] = count + 1;
  result["ok"] = *is_open;
}

Task<> reset_by_peer(Connection connection, std::uint64_t code, object& result) {
  auto [send, recv] = co_await open(connection, "R" + u64(code));
  (void)send.finish();
  for (;;) {
    const auto [ec, chunks] = co_await recv.read_chunks(64, asio::as_tuple(asio::use_awaitable));
    if (ec && ec.category() != stream_reset_category()) throw boost::system::system_error(ec);
    if (!ec && !chunks.empty()) continue;
    if (!ec) throw std::runtime_error("not reset");
    break;
  }
  const auto got = co_await recv.received_reset();
  result["code"] = got ? boost::json::value(*got) : boost::json::value(nullptr);
  result["ok"] = got == code;
}

Task<> stop_by_peer(Connection connection, std::uint64_t code, object& result) {
  auto [send, recv] = co_await open(connection, "P" + u64(code));
  const auto got = co_await send.stopped();
  result["code"] = got ? boost::json::value(*got) : boost::json::value(nullptr);
  result["ok"] = got == code;
}

Task<> abort(Connection connection, std::uint64_t reset, std::uint64_t stop, object& result) {
  auto [send, recv] = co_await open(connection, "W");
  const auto bytes = pattern(0, 1000);
  co_await send.write_all(bytes);
  co_await recv.read_exact(1000);
  send.reset(reset).value();
  recv.stop(stop).value();
  result["ok"] = true;
}

Task<> half(Connection connection, std::uint64_t bytes, object& result) {
  auto [send, recv] = co_await open(connection, "H");
  const Bytes answer = co_await recv.read_to_end(64);
  co_await write_pattern(send, bytes);
  const auto stopped = co_await send.stopped();
  result["sha256"] = sha256_of_pattern(bytes);
  result["ok"] = answer.text() == "half" && !stopped;
}

Task<> datagrams(Connection connection, std::uint64_t count, std::uint64_t bytes, object& result) {
  std::uint64_t received = 0;
  bool all_equal = true;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::vector<std::byte> message = pattern(0, bytes - 4);
    message.insert(message.begin(), 4, std::byte{});
    for (std::size_t b = 0; b < 4; ++b) message[b] = static_cast<std::byte>(i >> (24 - 8 * b));
    connection.send_datagram(message).value();
    auto answer = co_await (connection.read_datagram(asio::use_awaitable) || sleep_for(std::chrono::seconds(1)));
    if (answer.index() != 0) continue;
    ++received;
    all_equal = all_equal && std::get<0>(answer) == Bytes::copy_of(message);
  }
  const auto max_size = connection.max_datagram_size();
  result["sent"] = count;
  result["received"] = received;
  result["max_size"] = max_size ? boost::json::value(*max_size) : boost::json::value(nullptr);
  result["ok"] = all_equal;
}

/// The largest datagram comes back, one byte more is refused.
Task<> datagram_limits(Connection connection, object& result) {
  for (;;) {
    const std::size_t largest = connection.max_datagram_size().value();
    const auto more = connection.send_datagram(pattern(0, largest + 1));
    if (connection.max_datagram_size() != largest) continue;  // MTU discovery moved the limit
    co_await datagrams(connection, 1, largest, result);
    const bool is_refused = !more;
    result["bytes"] = largest;
    result["refused"] = is_refused;
    result["ok"] = is_refused && result["ok"].as_bool() && result["received"].to_number<int>() == 1;
    co_return;
  }
}

void stats(const Connection& connection, object& result) {
  boost::json::array paths;
  for (const Path& path : connection.paths()) {
    paths.push_back(object{{"path", path.id},
                           {"remote", path.remote_addr.to_string()},
                           {"is_selected", path.is_selected},
                           {"tx_bytes", path.stats.udp_tx.bytes},
                           {"rx_bytes", path.stats.udp_rx.bytes}});
  }
  const ConnectionStats sums = connection.stats();
  result["paths"] = paths;
  result["sent_packets"] = sums.sent_packets;
  result["lost_packets"] = sums.lost_packets;
  result["key_updates"] = sums.key_updates;
  result["ok"] = true;
}

}  // namespace

std::uint64_t number(const object& operation, std::string_view key) {
  return operation.at(key).to_number<std::uint64_t>();
}

Task<> write_pattern(SendStream send, std::uint64_t count) {
  constexpr std::uint64_t step = 251 * 1024;
  const Bytes block = Bytes::copy_of(pattern(0, step));
  for (std::uint64_t done = 0; done < count; done += step) {
    co_await send.write_all(block.slice(0, static_cast<std::size_t>(std::min(step, count - done))));
  }
  (void)send.finish();
}

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

Task<bool> echo(Connection connection, std::uint64_t bytes, object& result) {
  auto [send, recv] = co_await open(connection, "E");
  report(co_await (write_pattern(send, bytes) && read_and_hash(recv)), bytes, result);
  co_return result["ok"].as_bool();
}

Task<bool> run_stream_operation(Connection connection, const std::string& op, const object& operation, object& result) {
  const auto member = [&](std::string_view key) { return number(operation, key); };
  if (op == "echo") {
    co_await echo(connection, member("bytes"), result);
  } else if (op == "upload") {
    co_await upload(connection, member("bytes"), result);
  } else if (op == "download") {
    co_await download(connection, member("bytes"), result);
  } else if (op == "uni") {
    co_await uni(connection, member("bytes"), result);
  } else if (op == "parallel") {
    co_await parallel(connection, member("streams"), member("bytes"), result);
  } else if (op == "many") {
    co_await many(connection, member("streams"), member("at_once"), member("bytes"), result);
  } else if (op == "fill") {
    co_await fill(connection, member("streams"), result);
  } else if (op == "reset_by_peer") {
    co_await reset_by_peer(connection, member("code"), result);
  } else if (op == "stop_by_peer") {
    co_await stop_by_peer(connection, member("code"), result);
  } else if (op == "abort") {
    co_await abort(connection, member("reset"), member("stop"), result);
  } else if (op == "half") {
    co_await half(connection, member("bytes"), result);
  } else if (op == "datagrams") {
    co_await datagrams(connection, member("count"), member("bytes"), result);
  } else if (op == "datagram_limits") {
    co_await datagram_limits(connection, result);
  } else if (op == "stats") {
    stats(connection, result);
  } else {
    co_return false;
  }
  co_return true;
}

}  // namespace iroh::interop
