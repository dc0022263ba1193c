// SPDX-License-Identifier: MIT OR Apache-2.0
#include "endpoint/transport_config.hpp"

#include <algorithm>

#include "base/varint.hpp"
#include "iroh/endpoint/errors.hpp"

namespace iroh::endpoint {
namespace {

bool is_valid(const TransportOptions& options) {
  using std::chrono::milliseconds;
  const bool has_valid_times = options.max_idle_timeout >= milliseconds(0) &&
                               options.keep_alive_interval >= milliseconds(0) && options.initial_rtt > milliseconds(0);
  const bool has_valid_counts = options.max_concurrent_bi_streams <= quic::stream_count_max &&
                                options.max_concurrent_uni_streams <= quic::stream_count_max;
  const bool has_valid_windows =
      options.stream_receive_window <= base::varint_max && options.receive_window <= base::varint_max;
  const bool has_valid_mtu =
      options.mtu_upper_bound >= quic::datagram_size_min && options.mtu_upper_bound <= quic::udp_payload_size_max;
  return has_valid_times && has_valid_counts && has_valid_windows && has_valid_mtu;
}

quic::CongestionAlgorithm to_quic(Congestion congestion) {
  switch (congestion) {
    case Congestion::new_reno:
      return quic::CongestionAlgorithm::new_reno;
    case Congestion::bbr:
      return quic::CongestionAlgorithm::bbr;
    case Congestion::cubic:
      break;
  }
  return quic::CongestionAlgorithm::cubic;
}

}  // namespace

Result<quic::TransportConfig> make_transport_config(const TransportOptions& options, const SocketList& sockets) {
  if (!is_valid(options)) return std::unexpected(make_error_code(EndpointError::invalid_options));
  quic::TransportConfig config;
  config.max_idle_timeout = options.max_idle_timeout;
  config.keep_alive_interval = options.keep_alive_interval;
  // [quic.md §1.2] Paths ask more often if they must, never more rarely; without keep-alive neither does.
  config.path_keep_alive_interval =
      std::min<base::Duration>(config.path_keep_alive_interval, options.keep_alive_interval);
  config.max_concurrent_bi_streams = options.max_concurrent_bi_streams;
  config.max_concurrent_uni_streams = options.max_concurrent_uni_streams;
  config.stream_receive_window = options.stream_receive_window;
  config.receive_window = options.receive_window;
  // Who asks for windows smaller than usual wants to save memory.
  if (config.stream_receive_window < TransportOptions{}.stream_receive_window) config.flow_budget.reset();
  config.send_window = options.send_window;
  config.datagram_receive_buffer = options.datagram_receive_buffer;
  config.datagram_send_buffer = options.datagram_send_buffer;
  config.initial_rtt = options.initial_rtt;
  config.mtu_upper_bound = options.mtu_upper_bound;
  config.mtu_discovery = options.mtu_discovery;
  // Larger datagrams than iroh's 1472 only if the user wants larger ones sent, too.
  config.max_udp_payload = std::max<std::uint16_t>(config.max_udp_payload, options.mtu_upper_bound);
  config.congestion = to_quic(options.congestion);
  for (const BoundSocket& bound : sockets) {
    config.gso_segments_max = std::min(config.gso_segments_max, std::max<std::size_t>(bound.socket->max_segments(), 1));
    config.mtu_discovery = config.mtu_discovery && !bound.socket->may_fragment();
  }
  return config;
}

}  // namespace iroh::endpoint
