// SPDX-License-Identifier: MIT OR Apache-2.0
#include "endpoint/public_types.hpp"

namespace iroh::endpoint {
namespace {

CloseReason::Kind to_public(quic::CloseReason::Kind kind) {
  using From = quic::CloseReason::Kind;
  using To = CloseReason::Kind;
  switch (kind) {
    case From::version_mismatch:
      return To::version_mismatch;
    case From::transport_error:
      return To::transport_error;
    case From::connection_closed:
      return To::connection_closed;
    case From::application_closed:
      return To::application_closed;
    case From::reset:
      return To::reset;
    case From::timed_out:
      return To::timed_out;
    case From::locally_closed:
      return To::locally_closed;
    case From::cids_exhausted:
      return To::cids_exhausted;
  }
  return To::locally_closed;
}

PathStatus to_public(quic::PathStatus status) {
  return status == quic::PathStatus::available ? PathStatus::available : PathStatus::backup;
}

}  // namespace

CloseReason to_public(quic::CloseReason reason) {
  return {to_public(reason.kind), reason.code, reason.frame_type, std::move(reason.reason)};
}

Path to_public(const quic::PathStats& path) {
  Path result;
  result.id = quic::to_u32(path.id);
  result.remote_addr = path.four_tuple.remote;
  result.local_addr = path.four_tuple.local;
  result.status = to_public(path.status);
  result.remote_status = to_public(path.remote_status);
  result.stats.rtt = path.rtt;
  result.stats.udp_tx = {path.udp_tx_datagrams, path.udp_tx_bytes};
  result.stats.udp_rx = {path.udp_rx_datagrams, path.udp_rx_bytes};
  result.stats.congestion_window = path.congestion_window;
  result.stats.bytes_in_flight = path.bytes_in_flight;
  result.stats.congestion_events = path.congestion_events;
  result.stats.sent_packets = path.sent_packets;
  result.stats.lost_packets = path.lost_packets;
  result.stats.lost_bytes = path.lost_bytes;
  result.stats.current_mtu = path.current_mtu;
  return result;
}

ConnectionStats to_public(const quic::ConnectionStats& stats) {
  ConnectionStats result;
  result.udp_tx = {stats.udp_tx_datagrams, stats.udp_tx_bytes};
  result.udp_rx = {stats.udp_rx_datagrams, stats.udp_rx_bytes};
  result.udp_tx_batches = stats.udp_tx_transmits;
  result.sent_packets = stats.sent_packets;
  result.lost_packets = stats.lost_packets;
  result.lost_bytes = stats.lost_bytes;
  result.acks_sent = stats.acks_sent;
  result.key_updates = stats.key_updates;
  return result;
}

}  // namespace iroh::endpoint
