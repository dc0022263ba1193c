// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>

#include "tools/lib/bench/measure.hpp"
#include "tools/lib/bench/protocol.hpp"
#include "tools/lib/progress_bar.hpp"

namespace iroh::tools {
namespace {

constexpr std::uint64_t datagram_default_count = 1'000'000;
constexpr std::size_t datagram_default_bytes = 1200;
/// More than the queue charges for a datagram beside its bytes.
constexpr std::size_t queued_overhead_max = 64;
constexpr std::uint64_t datagram_warm_up_bytes = std::uint64_t{16} << 20;

/// As many as there is room for at once; if there is none, one that waits for room.
Task<> send_all(Connection connection, std::uint64_t count, std::size_t size) {
  const std::vector<Bytes> batch(bench_datagram_batch, Bytes::from_string(std::string(size, 'Z')));
  ProgressBar bar("sending", count, ProgressBar::Unit::items);
  for (std::uint64_t sent = 0; sent < count; bar.update(sent)) {
    const std::uint64_t room = connection.datagram_send_buffer_space() / (size + queued_overhead_max);
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>({room, batch.size(), count - sent}));
    if (part == 0) {
      co_await connection.send_datagram_wait(batch.front());
      ++sent;
    } else if (const auto queued = connection.send_datagrams(std::span(batch).first(part))) {
      sent += *queued;
    } else {
      throw boost::system::system_error(queued.error());
    }
  }
}

}  // namespace

Task<BenchResult> measure_datagrams(BenchClient client) {
  const std::uint64_t count = client.options.count > 0 ? client.options.count : datagram_default_count;
  const std::size_t size =
      client.options.size > 0 ? static_cast<std::size_t>(client.options.size) : datagram_default_bytes;
  co_await transfer(client.connection, Direction::up, datagram_warm_up_bytes, nullptr);
  const BiStream stream = co_await client.connection.open_bi();
  co_await stream.send.write_all(std::string(1, static_cast<char>(BenchRequest::datagrams)));
  co_await stream.recv.read_exact(1);

  MeasuredSpan span = co_await MeasuredSpan::start(client.connection);
  co_await send_all(client.connection, count, size);
  static_cast<void>(stream.send.finish());
  const Bytes answer = co_await stream.recv.read_exact(16);
  BenchResult result = co_await span.finish("datagrams");
  result.facts = {{"sent", static_cast<double>(count)},
                  {"received", static_cast<double>(decode_number(answer))},
                  {"size", static_cast<double>(size)},
                  {"seconds", static_cast<double>(decode_number(answer, 8)) * 1e-9}};
  co_return result;
}

}  // namespace iroh::tools
