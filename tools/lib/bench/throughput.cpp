// SPDX-License-Identifier: MIT OR Apache-2.0
#include <fmt/format.h>

#include "tools/lib/bench/measure.hpp"
#include "tools/lib/bench/parallel.hpp"
#include "tools/lib/bench/protocol.hpp"
#include "tools/lib/bench/transfer.hpp"
#include "tools/lib/failure.hpp"

namespace iroh::tools {
namespace {

/// Until MTU discovery has come to its end and slow start is over.
constexpr std::uint64_t throughput_warm_up_bytes = std::uint64_t{16} << 20;
constexpr std::uint64_t throughput_default_bytes = std::uint64_t{1} << 30;

}  // namespace

Task<> transfer(Connection connection, Direction direction, std::uint64_t size, TransferProgress* progress) {
  const BiStream stream = co_await connection.open_bi();
  std::uint64_t arrived = 0;
  if (direction == Direction::up) {
    co_await stream.send.write_all(std::string(1, static_cast<char>(BenchRequest::upload)));
    co_await write_blocks(stream.send, size, progress);
    static_cast<void>(stream.send.finish());
    arrived = decode_number(co_await stream.recv.read_exact(8));
  } else {
    co_await stream.send.write_all(std::string(1, static_cast<char>(BenchRequest::download)) + encode_number(size));
    static_cast<void>(stream.send.finish());
    arrived = co_await read_all(stream.recv, progress);
  }
  if (arrived != size) throw Failure(fmt::format("{} bytes arrived instead of {}", arrived, size));
}

Task<BenchResult> measure_throughput(BenchClient client) {
  const BenchClientOptions& options = client.options;
  const std::uint64_t size = options.size > 0 ? options.size : throughput_default_bytes;
  const std::uint64_t streams = std::max<std::uint64_t>(options.streams, 1);
  co_await transfer(client.connection, options.direction, std::min(size, throughput_warm_up_bytes), nullptr);
  MeasuredSpan span = co_await MeasuredSpan::start(client.connection);
  ProgressBar bar(options.direction == Direction::up ? "sending" : "receiving", size);
  TransferProgress progress{.bar = &bar};
  std::vector<Task<>> transfers;
  for (std::uint64_t i = 0; i < streams; ++i) {
    const std::uint64_t part = size / streams + (i < size % streams ? 1 : 0);
    transfers.push_back(transfer(client.connection, options.direction, part, &progress));
  }
  co_await run_parallel(std::move(transfers));
  const double seconds = span.elapsed().count();
  BenchResult result = co_await span.finish("throughput");
  result.facts = {
      {"bytes", static_cast<double>(size)}, {"streams", static_cast<double>(streams)}, {"seconds", seconds}};
  co_return result;
}

}  // namespace iroh::tools
