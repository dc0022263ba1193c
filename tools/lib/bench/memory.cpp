// SPDX-License-Identifier: MIT OR Apache-2.0
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "tools/lib/bench/endpoint.hpp"
#include "tools/lib/bench/handshakes.hpp"
#include "tools/lib/bench/measure.hpp"
#include "tools/lib/bench/protocol.hpp"

namespace iroh::tools {
namespace {

constexpr std::uint64_t default_connections = 1'000;
constexpr std::uint64_t default_endpoints = 50;
/// Few, and one at a time: what many at once leave in the allocator would hide some of the growth.
constexpr std::uint64_t memory_warm_up_handshakes = 8;
constexpr std::chrono::duration<double> endpoint_settle{1};

Task<> sleep_for(std::chrono::duration<double> time) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  timer.expires_after(std::chrono::duration_cast<std::chrono::nanoseconds>(time));
  co_await timer.async_wait(boost::asio::use_awaitable);
}

double growth_each(std::uint64_t before, std::uint64_t after, std::uint64_t count) {
  return after > before ? static_cast<double>((after - before) / count) : 0;
}

}  // namespace

Task<BenchResult> measure_memory(BenchClient client) {
  const std::uint64_t count = client.options.count > 0 ? client.options.count : default_connections;
  client.options.concurrency = 1;
  co_await make_handshakes(client, memory_warm_up_handshakes, nullptr);
  co_await sleep_for(client.options.settle / 2);
  MeasuredSpan span = co_await MeasuredSpan::start(client.connection);
  std::vector<Connection> connections;
  connections.reserve(count);
  ProgressBar bar("connections", count, ProgressBar::Unit::items);
  for (std::uint64_t i = 0; i < count; ++i) {
    connections.push_back(co_await client.endpoint.connect(client.remote, bench_alpn));
    bar.update(i);
  }
  co_await sleep_for(client.options.settle);
  BenchResult result = co_await span.finish("memory");
  const std::uint64_t server_before = span.server_at_start().resident_bytes;
  const std::uint64_t client_before = span.client_at_start().resident_bytes;
  result.facts = {{"count", static_cast<double>(count)},
                  {"server_bytes_each", growth_each(server_before, result.server->resident_bytes, count)},
                  {"client_bytes_each", growth_each(client_before, result.client->resident_bytes, count)}};
  co_return result;
}

Task<BenchResult> measure_endpoints(BenchClientOptions options) {
  const std::uint64_t count = options.count > 0 ? options.count : default_endpoints;
  std::vector<Endpoint> endpoints;
  endpoints.push_back(co_await bind_bench_endpoint(options.endpoint, true));
  co_await sleep_for(endpoint_settle);
  const Usage before = usage_of_this_process();
  for (std::uint64_t i = 0; i < count; ++i) {
    endpoints.push_back(co_await bind_bench_endpoint(options.endpoint, true));
  }
  co_await sleep_for(endpoint_settle);
  BenchResult result;
  result.test = "endpoints";
  const double each = growth_each(before.resident_bytes, usage_of_this_process().resident_bytes, count);
  result.facts = {{"count", static_cast<double>(count)}, {"bytes_each", each}};
  for (const Endpoint& endpoint : endpoints) co_await endpoint.close();
  co_return result;
}

}  // namespace iroh::tools
