// SPDX-License-Identifier: MIT OR Apache-2.0
// The measurements. Each warms up first; what is measured how: docs/benchmarking.md.
#pragma once

#include "iroh/endpoint/endpoint.hpp"
#include "iroh/endpoint/task.hpp"
#include "tools/lib/bench/options.hpp"
#include "tools/lib/bench/result.hpp"

namespace iroh::tools {

/// What a measurement works with: a connection to the server, and the means to make others.
struct BenchClient {
  Endpoint endpoint;
  Connection connection;
  EndpointAddr remote;
  BenchClientOptions options;
};

/// Throw Failure, or the connection's error.
Task<BenchResult> measure_throughput(BenchClient client);
Task<BenchResult> measure_latency(BenchClient client);
Task<BenchResult> measure_datagrams(BenchClient client);
Task<BenchResult> measure_handshakes(BenchClient client);
Task<BenchResult> measure_memory(BenchClient client);
/// Endpoints that do nothing; needs no server.
Task<BenchResult> measure_endpoints(BenchClientOptions options);

/// One transfer in the direction of the options; Failure unless as much arrived.
Task<> transfer(Connection connection, Direction direction, std::uint64_t size, struct TransferProgress* progress);

}  // namespace iroh::tools
