// SPDX-License-Identifier: MIT OR Apache-2.0
// The parts of the benchmark, and both of its sides against each other over loopback, with small sizes.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/json.hpp>
#include <functional>

#include "tools/lib/bench/endpoint.hpp"
#include "tools/lib/bench/measure.hpp"
#include "tools/lib/bench/parallel.hpp"
#include "tools/lib/bench/protocol.hpp"
#include "tools/lib/bench/server.hpp"
#include "tools/lib/bench/statistics.hpp"
#include "tools/lib/failure.hpp"

namespace iroh::tools {
namespace {

using std::chrono::nanoseconds;

TEST(BenchStatistics, PercentileIsAValueOfTheSortedSeries) {
  std::vector<nanoseconds> values{nanoseconds(5), nanoseconds(1), nanoseconds(3), nanoseconds(2), nanoseconds(4)};
  EXPECT_EQ(percentile(values, 0.5), nanoseconds(3));
  EXPECT_EQ(percentile(values, 0), nanoseconds(1));
  EXPECT_EQ(percentile(values, 1), nanoseconds(5));
  EXPECT_EQ(percentile({}, 0.5), nanoseconds(0));
}

TEST(BenchProtocol, NumbersAndUsageSurviveTheWire) {
  const std::string number = encode_number(0x0102030405060708);
  EXPECT_EQ(number, std::string("\1\2\3\4\5\6\7\10"));
  EXPECT_EQ(decode_number(std::as_bytes(std::span(number))), 0x0102030405060708U);
  const Usage usage{.user = std::chrono::microseconds(7), .system = std::chrono::microseconds(1), .resident_bytes = 9};
  const std::string encoded = encode_usage(usage);
  ASSERT_EQ(encoded.size(), bench_usage_bytes);
  const Usage decoded = decode_usage(std::as_bytes(std::span(encoded)));
  EXPECT_EQ(decoded.user, usage.user);
  EXPECT_EQ(decoded.system, usage.system);
  EXPECT_EQ(decoded.resident_bytes, usage.resident_bytes);
}

TEST(BenchUsage, CpuTimeGrowsAndMemoryIsThere) {
  const Usage before = usage_of_this_process();
  volatile std::uint64_t sum = 0;
  while (usage_of_this_process().since(before).cpu().count() <= 0) sum = sum + 1;
  EXPECT_GT(usage_of_this_process().resident_bytes, 0U);
}

TEST(BenchResult, JsonHasTheFactsAndBothSides) {
  const BenchResult result{.test = "latency",
                           .facts = {{"p50", 0.25}},
                           .wall = std::chrono::seconds(2),
                           .client = Usage{.user = std::chrono::milliseconds(1500)},
                           .server = Usage{.resident_bytes = 4096}};
  const boost::json::value json = boost::json::parse(to_json(result));
  EXPECT_EQ(json.at("test").as_string(), "latency");
  EXPECT_EQ(json.at("p50").to_number<double>(), 0.25);
  EXPECT_EQ(json.at("client").at("user").to_number<double>(), 1.5);
  EXPECT_EQ(json.at("server").at("rss").to_number<int>(), 4096);
}

TEST(BenchClient, RefusesWhatIsNoTicketAndNoAddress) {
  BenchClientOptions options;
  EXPECT_THROW(bench_remote(options), Failure);
  options.ticket = "endpointnothing";
  EXPECT_THROW(bench_remote(options), Failure);
}

Task<> with_server(BenchEndpointOptions endpoint_options, std::function<Task<>(BenchClient)> test) {
  const Endpoint server = co_await bind_bench_endpoint(endpoint_options, true);
  boost::asio::co_spawn(co_await boost::asio::this_coro::executor, serve_bench(server), [](std::exception_ptr) {});
  const Endpoint endpoint = co_await bind_bench_endpoint(endpoint_options, false);
  const Connection connection = co_await endpoint.connect(server.addr(), bench_alpn);
  BenchClient client{.endpoint = endpoint, .connection = connection, .remote = server.addr(), .options = {}};
  client.options.endpoint = endpoint_options;
  co_await test(client);
  co_await endpoint.close();
  co_await server.close();
}

TEST(BenchParallel, AllRunAndTheFirstFailureIsThrown) {
  int done = 0;
  const auto task = [](int& count, bool fails) -> Task<> {
    ++count;
    if (fails) throw Failure("one of three");
    co_return;
  };
  const auto all = [&]() -> Task<int> {
    std::vector<Task<>> tasks;
    for (const bool fails : {false, true, false}) tasks.push_back(task(done, fails));
    try {
      co_await run_parallel(std::move(tasks));
    } catch (const Failure&) {
      co_return 7;
    }
    co_return 0;
  };
  EXPECT_EQ(run(all()), 7);
  EXPECT_EQ(done, 3);
}

TEST(Bench, ThroughputCountsInBothDirectionsOverSeveralStreams) {
  const auto test = [](BenchClient client) -> Task<> {
    client.options.size = 1'000'003;
    client.options.streams = 3;
    for (const Direction direction : {Direction::up, Direction::down}) {
      client.options.direction = direction;
      const BenchResult result = co_await measure_throughput(client);
      EXPECT_EQ(result.fact("bytes"), 1'000'003);
      EXPECT_GT(result.fact("seconds"), 0);
      EXPECT_GT(result.server->resident_bytes, 0U);
    }
  };
  EXPECT_EQ(run(with_server({}, test)), 0);
}

TEST(Bench, LatencyAndDatagramsWithoutSegmentationOffload) {
  const auto test = [](BenchClient client) -> Task<> {
    client.options.count = 20;
    const BenchResult latency = co_await measure_latency(client);
    EXPECT_GT(latency.fact("p50"), 0);
    EXPECT_GE(latency.fact("p99"), latency.fact("p50"));
    const BenchResult datagrams = co_await measure_datagrams(client);
    EXPECT_EQ(datagrams.fact("sent"), 20);
    EXPECT_GT(datagrams.fact("received"), 0);
  };
  EXPECT_EQ(run(with_server({.no_gso = true}, test)), 0);
}

TEST(Bench, HandshakesFromOneAndFromNewEndpoints) {
  const auto test = [](BenchClient client) -> Task<> {
    client.options.count = 4;
    client.options.concurrency = 2;
    for (const bool fresh : {false, true}) {
      client.options.fresh_endpoints = fresh;
      const BenchResult result = co_await measure_handshakes(client);
      EXPECT_EQ(result.fact("count"), 4);
      EXPECT_GT(result.fact("seconds"), 0);
    }
  };
  EXPECT_EQ(run(with_server({}, test)), 0);
}

}  // namespace
}  // namespace iroh::tools
