// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/bench/handshakes.hpp"

#include "tools/lib/bench/endpoint.hpp"
#include "tools/lib/bench/measure.hpp"
#include "tools/lib/bench/parallel.hpp"
#include "tools/lib/bench/protocol.hpp"

namespace iroh::tools {
namespace {

constexpr std::uint64_t handshake_default_count = 2'000;
constexpr std::uint64_t handshake_warm_up_handshakes = 64;

struct Counter {
  std::uint64_t started = 0;
  std::uint64_t done = 0;
  std::uint64_t wanted = 0;
  ProgressBar* bar = nullptr;
};

/// Connect, one byte there and back, close.
Task<> shake_hands(Endpoint endpoint, EndpointAddr remote) {
  const Connection connection = co_await endpoint.connect(std::move(remote), bench_alpn);
  const BiStream stream = co_await connection.open_bi();
  co_await stream.send.write_all(std::string(2, static_cast<char>(BenchRequest::echo)));
  co_await stream.recv.read_exact(1);
  connection.close(bench_close_code, "done");
}

Task<> shake_hands_from_new_endpoint(const BenchClient& client) {
  const Endpoint endpoint = co_await bind_bench_endpoint(client.options.endpoint, false);
  co_await shake_hands(endpoint, client.remote);
  co_await endpoint.close();
}

Task<> work(const BenchClient& client, Counter& counter) {
  while (counter.started < counter.wanted) {
    ++counter.started;
    if (client.options.fresh_endpoints) {
      co_await shake_hands_from_new_endpoint(client);
    } else {
      co_await shake_hands(client.endpoint, client.remote);
    }
    ++counter.done;
    if (counter.bar != nullptr) counter.bar->update(counter.done);
  }
}

}  // namespace

Task<> make_handshakes(const BenchClient& client, std::uint64_t count, ProgressBar* bar) {
  Counter counter{.wanted = count, .bar = bar};
  std::vector<Task<>> workers;
  for (std::uint64_t i = 0; i < std::max<std::uint64_t>(client.options.concurrency, 1); ++i) {
    workers.push_back(work(client, counter));
  }
  co_await run_parallel(std::move(workers));
}

Task<BenchResult> measure_handshakes(BenchClient client) {
  const std::uint64_t count = client.options.count > 0 ? client.options.count : handshake_default_count;
  co_await make_handshakes(client, std::min(count, handshake_warm_up_handshakes), nullptr);
  MeasuredSpan span = co_await MeasuredSpan::start(client.connection);
  ProgressBar bar("handshakes", count, ProgressBar::Unit::items);
  co_await make_handshakes(client, count, &bar);
  const double seconds = span.elapsed().count();
  BenchResult result = co_await span.finish("handshakes");
  result.facts = {{"count", static_cast<double>(count)}, {"seconds", seconds}};
  co_return result;
}

}  // namespace iroh::tools
