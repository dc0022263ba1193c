// SPDX-License-Identifier: MIT OR Apache-2.0
// Carries bytes between a stream and a local end, both ways at once, until both directions have ended. [tools.md §3.5]
#pragma once

#include <string>

#include "iroh/endpoint/connection.hpp"
#include "iroh/endpoint/task.hpp"
#include "tools/lib/pipe/local_end.hpp"

namespace iroh::tools {

struct PipeResult {
  bool is_ok = true;
  std::string error;  ///< for the user, unless is_ok
};

PipeResult pipe_failure(std::string error);

/// The pipe is complete when the peer's end was written out and the peer has acknowledged ours; then the caller closes
/// the connection. After anything else, a cancellation included, the stream is reset and stopped with code 0. Throws
/// nothing.
Task<PipeResult> pipe_copy(Connection connection, BiStream stream, LocalEnd local);

}  // namespace iroh::tools
