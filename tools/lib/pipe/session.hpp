// SPDX-License-Identifier: MIT OR Apache-2.0
// What the commands of `iroh pipe` have in common: an endpoint, the protocol, the ticket of the other side.
#pragma once

#include <optional>
#include <string>

#include "iroh/endpoint/endpoint.hpp"
#include "iroh/endpoint/task.hpp"
#include "tools/lib/pipe/alpn.hpp"
#include "tools/lib/pipe/options.hpp"
#include "tools/lib/pipe/output_lines.hpp"
#include "tools/lib/pipe/pipe_copy.hpp"

namespace iroh::tools {

struct PipeSession {
  Endpoint endpoint;
  PipeProtocol protocol;
  std::optional<EndpointAddr> remote;  ///< connect*
};

/// Reads key, protocol and, to connect, the ticket, and binds the endpoint. Throws Failure or a system error.
Task<PipeSession> open_session(PipeOptions options, bool is_listener);

/// The address in a ticket. Throws Failure with the exit code for usage errors.
EndpointAddr parse_ticket(const std::string& text);

struct OpenedPipe {
  PipeResult result;
  Connection connection;
  BiStream stream;
};
/// Connects, opens a stream and writes the handshake. Throws nothing.
Task<OpenedPipe> open_pipe(PipeSession session);

/// Lines for the user; stdout belongs to the payload. [tools.md §1.3]
void print_lines(const Lines& lines);
void print_error(const std::string& text);

}  // namespace iroh::tools
