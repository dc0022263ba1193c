// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/time.hpp"
#include "tools/lib/bench/measure.hpp"
#include "tools/lib/bench/protocol.hpp"
#include "tools/lib/bench/statistics.hpp"
#include "tools/lib/progress_bar.hpp"

namespace iroh::tools {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int latency_warm_up_rounds = 200;
constexpr std::uint64_t latency_default_rounds = 20'000;
constexpr std::size_t latency_default_bytes = 32;

Task<> go_round(const BiStream& stream, const Bytes& message) {
  co_await stream.send.write_all(message);
  co_await stream.recv.read_exact(message.size());
}

}  // namespace

Task<BenchResult> measure_latency(BenchClient client) {
  const std::uint64_t rounds = client.options.count > 0 ? client.options.count : latency_default_rounds;
  const std::size_t size =
      client.options.size > 0 ? static_cast<std::size_t>(client.options.size) : latency_default_bytes;
  const BiStream stream = co_await client.connection.open_bi();
  co_await stream.send.write_all(std::string(1, static_cast<char>(BenchRequest::echo)));
  const Bytes message = Bytes::from_string(std::string(size, '\1'));
  for (int i = 0; i < latency_warm_up_rounds; ++i) co_await go_round(stream, message);

  MeasuredSpan span = co_await MeasuredSpan::start(client.connection);
  ProgressBar bar("rounds", rounds, ProgressBar::Unit::items);
  std::vector<std::chrono::nanoseconds> times;
  times.reserve(rounds);
  for (std::uint64_t i = 0; i < rounds; ++i) {
    const auto begin = Clock::now();
    co_await go_round(stream, message);
    times.push_back(Clock::now() - begin);
    bar.update(i);
  }
  BenchResult result = co_await span.finish("latency");
  result.facts = {{"rounds", static_cast<double>(rounds)},
                  {"p50", base::in_seconds(percentile(times, 0.5))},
                  {"p99", base::in_seconds(percentile(times, 0.99))}};
  co_return result;
}

}  // namespace iroh::tools
