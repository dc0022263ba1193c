// SPDX-License-Identifier: MIT OR Apache-2.0
// Endpoints as the benchmark wants them: one socket, no relay, no lookup, UDP payloads of at most 1452 bytes.
#pragma once

#include "iroh/endpoint/endpoint.hpp"
#include "iroh/endpoint/task.hpp"
#include "tools/lib/bench/options.hpp"

namespace iroh::tools {

/// Throws Failure for options that make no sense.
Task<Endpoint> bind_bench_endpoint(BenchEndpointOptions options, bool accepts);

/// Where the client's options point to. Throws Failure.
EndpointAddr bench_remote(const BenchClientOptions& options);

}  // namespace iroh::tools
