// SPDX-License-Identifier: MIT OR Apache-2.0
// The commands `iroh bench server` and `iroh bench client TEST`.
#pragma once

#include "iroh/endpoint/task.hpp"
#include "tools/lib/bench/measure.hpp"
#include "tools/lib/bench/options.hpp"

namespace iroh::tools {

using BenchMeasurement = Task<BenchResult> (*)(BenchClient);

/// Until interrupted.
Task<int> bench_server(BenchServerOptions options);
/// Connects, measures, prints.
Task<int> bench_client(BenchClientOptions options, BenchMeasurement measurement);
/// Needs no server.
Task<int> bench_endpoints(BenchClientOptions options);

}  // namespace iroh::tools
