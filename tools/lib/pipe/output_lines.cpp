// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/pipe/output_lines.hpp"

#include <fmt/format.h>

#include <span>

#include "iroh/identity/endpoint_ticket.hpp"

namespace iroh::tools {
namespace {

/// The commands with the ticket and, if verbose, again with the short one. [tools.md §3.2]
void add_commands(Lines& lines, std::span<const std::string_view> commands, const EndpointAddr& addr, bool is_verbose) {
  const auto add = [&](const EndpointAddr& what) {
    for (const std::string_view command : commands)
      lines.push_back(fmt::format("{} {}", command, EndpointTicket(what).to_string()));
  };
  add(addr);
  if (!is_verbose) return;
  lines.emplace_back("or:");
  add(addr.relay_urls_only());
}

}  // namespace

// [tools.md 42]
Lines listen_lines(const EndpointAddr& addr, bool is_verbose) {
  constexpr std::string_view commands[] = {"iroh pipe connect"};
  Lines lines{"Listening. To connect, use:"};
  add_commands(lines, commands, addr, is_verbose);
  return lines;
}

Lines listen_tcp_lines(std::string_view host, const EndpointAddr& addr, bool is_verbose) {
  constexpr std::string_view commands[] = {"iroh pipe connect-tcp"};
  Lines lines{fmt::format("Forwarding incoming requests to '{}'.", host), "To connect, use e.g.:"};
  add_commands(lines, commands, addr, is_verbose);
  return lines;
}

Lines listen_unix_lines(std::string_view path, const EndpointAddr& addr, bool is_verbose) {
  constexpr std::string_view commands[] = {"iroh pipe connect-unix --socket-path /path/to/client.sock",
                                           "iroh pipe connect-tcp --addr 127.0.0.1:8080"};
  Lines lines{fmt::format("Forwarding incoming requests to '{}'.", path), "To connect, use e.g.:"};
  add_commands(lines, commands, addr, is_verbose);
  return lines;
}

}  // namespace iroh::tools
