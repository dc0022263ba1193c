// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/pipe/session.hpp"
#include "tools/lib/as_values.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <cstdio>

#include "tools/lib/failure.hpp"
#include "tools/lib/pipe/handshake.hpp"
#include "tools/lib/secret.hpp"

namespace iroh::tools {
namespace {

EndpointAddr dialable(EndpointAddr addr) {
  if (addr.ip_addrs().empty()) {
    throw Failure(
        "the ticket has no IP address, and this version has neither relays nor address lookup to find the peer with");
  }
  return addr;
}

// [tools.md 6] A given address takes the place of the wildcard of its family.
std::vector<BindAddr> bind_addrs(const PipeOptions& options) {
  std::vector<BindAddr> addrs;
  if (options.ipv4_addr) addrs.push_back({.addr = *options.ipv4_addr});
  if (options.ipv6_addr) addrs.push_back({.addr = *options.ipv6_addr});
  return addrs;
}

}  // namespace

EndpointAddr parse_ticket(const std::string& text) {
  const auto ticket = EndpointTicket::parse(text);
  if (!ticket) throw Failure("invalid ticket: " + ticket.error().message(), exit_usage);
  return ticket->addr();
}

Task<PipeSession> open_session(PipeOptions options, bool is_listener) {
  PipeSession session;
  if (!is_listener) session.remote = parse_ticket(options.ticket);
  session.protocol = pipe_protocol(options.custom_alpn);
  const Secret secret = secret_from_environment();
  // [tools.md 2] Always, and first.
  if (secret.is_generated) print_lines({secret_key_line(secret.key)});
  if (session.remote) session.remote = dialable(*session.remote);
  EndpointOptions endpoint_options;
  endpoint_options.secret_key = secret.key;
  endpoint_options.bind_addrs = bind_addrs(options);
  if (is_listener) endpoint_options.alpns = {session.protocol.alpn};
  auto [error, endpoint] = co_await Endpoint::bind(std::move(endpoint_options), as_values);
  if (error) throw Failure("cannot bind: " + error.message());
  session.endpoint = std::move(endpoint);
  co_return session;
}

Task<OpenedPipe> open_pipe(PipeSession session) {
  OpenedPipe pipe;
  auto [connect_error, connection] =
      co_await session.endpoint.connect(*session.remote, session.protocol.alpn, as_values);
  if (connect_error) {
    pipe.result = pipe_failure("cannot connect: " + connect_error.message());
    co_return pipe;
  }
  pipe.connection = std::move(connection);
  auto [open_error, stream] = co_await pipe.connection.open_bi(as_values);
  if (open_error) {
    pipe.result = pipe_failure("cannot open a stream: " + open_error.message());
    co_return pipe;
  }
  pipe.stream = std::move(stream);
  if (!session.protocol.has_handshake) co_return pipe;
  // [tools.md 30]
  auto [write_error] = co_await pipe.stream.send.write_all(ByteView(pipe_handshake), as_values);
  if (write_error) pipe.result = pipe_failure("cannot write: " + write_error.message());
  co_return pipe;
}

void print_lines(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  std::fputs(text.c_str(), stderr);
}

void print_error(const std::string& text) {
  print_lines({"error: " + text});
}

}  // namespace iroh::tools
