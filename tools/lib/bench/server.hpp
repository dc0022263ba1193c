// SPDX-License-Identifier: MIT OR Apache-2.0
// The serving side of the benchmark: answers the requests of any number of clients.
#pragma once

#include "iroh/endpoint/endpoint.hpp"
#include "iroh/endpoint/task.hpp"

namespace iroh::tools {

/// Until the endpoint is closed.
Task<> serve_bench(Endpoint endpoint);

}  // namespace iroh::tools
