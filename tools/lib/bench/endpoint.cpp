// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/bench/endpoint.hpp"

#include <boost/asio/this_coro.hpp>
#include <cstdlib>

#include "net/os_platform.hpp"
#include "tools/lib/bench/protocol.hpp"
#include "tools/lib/failure.hpp"

namespace iroh::tools {
namespace {

/// For the whole process: the endpoints of a benchmark are alike.
void choose_cipher(const std::string& name) {
  if (name == "aes-128-gcm") ::setenv("IROH_TLS_CIPHER", "AES-128-GCM", 1);
  if (name == "aes-256-gcm") ::setenv("IROH_TLS_CIPHER", "AES-256-GCM", 1);
}

}  // namespace

Task<Endpoint> bind_bench_endpoint(BenchEndpointOptions options, bool accepts) {
  choose_cipher(options.cipher);
  EndpointOptions endpoint;
  if (accepts) endpoint.alpns = {std::string(bench_alpn)};
  endpoint.bind_addrs = {BindAddr{.addr = options.bind_addr}};
  endpoint.default_bind_addrs = false;
  // What the reference sends: results at other payload sizes do not compare. [performance.md 8]
  endpoint.transport.mtu_upper_bound = 1452;
  endpoint.adaptive_spin = options.spin;
  if (options.no_gso) {
    const auto executor = co_await boost::asio::this_coro::executor;
    endpoint.platform = net::make_os_platform(executor, {.udp = {.gso = false}});
  }
  co_return co_await Endpoint::bind(std::move(endpoint));
}

EndpointAddr bench_remote(const BenchClientOptions& options) {
  if (!options.ticket.empty()) {
    const auto ticket = EndpointTicket::parse(options.ticket);
    if (!ticket) throw Failure("this is no ticket: " + ticket.error().message(), exit_usage);
    return ticket->addr();
  }
  const auto id = EndpointId::parse(options.id);
  const auto addr = SocketAddr::parse(options.addr);
  if (!id || !addr) throw Failure("give the server's ticket, or its --id and --addr", exit_usage);
  return EndpointAddr(*id).with_ip_addr(*addr);
}

}  // namespace iroh::tools
