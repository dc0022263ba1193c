// SPDX-License-Identifier: MIT OR Apache-2.0
// The receiving side of the datagram test.
#pragma once

#include "iroh/endpoint/connection.hpp"
#include "iroh/endpoint/task.hpp"

namespace iroh::tools {

/// Says that it is ready, counts until the client finishes the stream, and answers with the number and the nanoseconds
/// from the first to the last.
Task<> count_datagrams(Connection connection, BiStream stream);

}  // namespace iroh::tools
