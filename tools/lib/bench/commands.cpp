// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/bench/commands.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <cstdio>
#include <utility>

#include "tools/lib/bench/endpoint.hpp"
#include "tools/lib/bench/protocol.hpp"
#include "tools/lib/bench/server.hpp"
#include "tools/lib/failure.hpp"
#include "tools/lib/interrupt.hpp"

namespace iroh::tools {
namespace {

void print_ready(const Endpoint& endpoint, bool json) {
  const std::string ticket = EndpointTicket(endpoint.addr()).to_string();
  const std::string addr = endpoint.bound_sockets().front().to_string();
  if (json) {
    fmt::print("{{\"event\":\"ready\",\"id\":\"{}\",\"addr\":\"{}\",\"ticket\":\"{}\"}}\n", endpoint.id().to_string(),
               addr, ticket);
  } else {
    fmt::print("iroh bench client throughput {}\n", ticket);
  }
  std::fflush(stdout);
}

void print(const BenchResult& result, bool json) {
  fmt::print("{}{}", json ? to_json(result) : to_text(result), json ? "\n" : "");
  std::fflush(stdout);
}

}  // namespace

Task<int> bench_server(BenchServerOptions options) {
  const auto executor = co_await boost::asio::this_coro::executor;
  Interrupt interrupt(executor);
  const Endpoint endpoint = co_await bind_bench_endpoint(options.endpoint, true);
  print_ready(endpoint, options.json);
  boost::asio::co_spawn(executor, serve_bench(endpoint), [](const std::exception_ptr&) {});
  co_await interrupt.wait();
  interrupt.exit_on_next();
  co_await endpoint.close();
  co_return exit_ok;
}

Task<int> bench_client(BenchClientOptions options, BenchMeasurement measurement) {
  const EndpointAddr remote = bench_remote(options);
  const Endpoint endpoint = co_await bind_bench_endpoint(options.endpoint, false);
  const Connection connection = co_await endpoint.connect(remote, bench_alpn);
  // Not as a temporary of the awaited call: GCC 12 destroys aggregates there twice.
  BenchClient client{.endpoint = endpoint, .connection = connection, .remote = remote, .options = options};
  const BenchResult result = co_await measurement(std::move(client));
  print(result, options.json);
  connection.close(bench_close_code, "done");
  co_await endpoint.close();
  co_return exit_ok;
}

Task<int> bench_endpoints(BenchClientOptions options) {
  print(co_await measure_endpoints(options), options.json);
  co_return exit_ok;
}

}  // namespace iroh::tools
