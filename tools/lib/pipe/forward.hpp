// SPDX-License-Identifier: MIT OR Apache-2.0
// The commands that carry many pipes at once: between the peers' streams and local sockets. [tools.md §3.6]
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <string>
#include <vector>

#include "iroh/endpoint/task.hpp"
#include "tools/lib/interrupt.hpp"
#include "tools/lib/pipe/session.hpp"

namespace iroh::tools {

/// Peers that can be connected to a forwarding listener; without it they could use up its descriptors and memory.
constexpr std::size_t forwarded_connections_max = 1024;

using LocalSocket = boost::asio::generic::stream_protocol::socket;
using LocalEndpoint = boost::asio::generic::stream_protocol::endpoint;
using LocalAcceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol>;

/// Each stream of each peer becomes a connection to the first of the targets that works. Until a signal; then exit code
/// 0.
Task<int> forward_streams(PipeSession session, std::vector<LocalEndpoint> targets, Interrupt& interrupt);
/// Each local connection becomes a connection to the peer, with one stream. Until a signal; then exit code 0.
Task<int> forward_sockets(PipeSession session, LocalAcceptor& acceptor, Interrupt& interrupt);

/// "host:port", resolved now. Throws Failure.
std::vector<LocalEndpoint> resolve(const boost::asio::any_io_executor& executor, const std::string& address);

}  // namespace iroh::tools
