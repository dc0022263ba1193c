// SPDX-License-Identifier: MIT OR Apache-2.0
#include "peer.hpp"

#include <charconv>

#include "json_lines.hpp"

namespace iroh::interop {

bool apply_setting(std::string_view text, PeerOptions& options) {
  TransportOptions& transport = options.transport;
  const std::size_t equals = text.find('=');
  std::uint64_t value = 0;
  if (equals == std::string_view::npos) return false;
  const std::string_view digits = text.substr(equals + 1);
  if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc()) return false;
  const std::string_view name = text.substr(0, equals);
  const std::chrono::milliseconds time(value);
  if (name == "idle") {
    transport.max_idle_timeout = time;
  } else if (name == "keep_alive") {
    transport.keep_alive_interval = time;
  } else if (name == "bi_streams") {
    transport.max_concurrent_bi_streams = value;
  } else if (name == "uni_streams") {
    transport.max_concurrent_uni_streams = value;
  } else if (name == "stream_window") {
    transport.stream_receive_window = value;
  } else if (name == "window") {
    transport.receive_window = value;
  } else if (name == "datagram_buffer") {
    transport.datagram_receive_buffer = value;
  } else if (name == "mtu_discovery") {
    transport.mtu_discovery = value != 0;
  } else if (name == "retry") {
    options.retry = value != 0;
  }
  return true;  // others are for other peers
}

Task<Endpoint> bind_peer(const PeerOptions& options) {
  EndpointOptions endpoint_options;
  endpoint_options.secret_key = options.secret_key;
  if (options.role == "serve") endpoint_options.alpns = options.alpns;
  endpoint_options.transport = options.transport;
  endpoint_options.bind_addrs = {BindAddr{.addr = options.bind}};
  endpoint_options.default_bind_addrs = false;
  Endpoint endpoint = co_await Endpoint::bind(std::move(endpoint_options));
  const SocketAddr bound = endpoint.bound_sockets().front();
  const EndpointTicket ticket(EndpointAddr(endpoint.id()).with_ip_addr(bound));
  print_line({{"event", "ready"},
              {"id", endpoint.id().to_string()},
              {"addr", bound.to_string()},
              {"ticket", ticket.to_string()}});
  co_return endpoint;
}

void describe(const CloseReason& reason, boost::json::object& into) {
  using Kind = CloseReason::Kind;
  const char* by = "other";
  switch (reason.kind) {
    case Kind::application_closed:
      by = "peer";
      break;
    case Kind::locally_closed:
      by = "local";
      break;
    case Kind::transport_error:
    case Kind::connection_closed:
      by = "transport";
      break;
    case Kind::timed_out:
      by = "timeout";
      break;
    default:
      break;
  }
  const bool has_code = reason.kind != Kind::timed_out && reason.kind != Kind::reset;
  into["by"] = by;
  into["code"] = has_code ? boost::json::value(reason.code) : boost::json::value(nullptr);
  into["reason"] = reason.kind == Kind::timed_out ? "" : reason.reason;
}

}  // namespace iroh::interop
