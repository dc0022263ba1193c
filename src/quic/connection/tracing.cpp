// SPDX-License-Identifier: MIT OR Apache-2.0
// What the trace of a connection is told. Callers ask qlog_.is_on() first: without a trace nothing is assembled.
// [observability.md §4], [quic.md §7.12]
#include "quic/connection/impl.hpp"

namespace iroh::quic {
void Connection::Impl::start_trace() {
  qlog_ = Qlog(std::move(parameters.qlog), {.side = parameters.side,
                                            .remote = parameters.four_tuple.remote,
                                            .initial_dcid = parameters.original_dcid,
                                            .started = parameters.now});
  if (!qlog_.is_on()) return;
  trace_now_ = parameters.now;
  qlog_.connection_started(trace_now_, parameters.four_tuple, parameters.local_cid, parameters.remote_cid);
}

void Connection::Impl::trace_sent(const PathState& path, EncryptionLevel level, PacketNumber number, std::size_t size,
                                  bool is_mtu_probe) {
  PacketHeaderInfo packet{.type = packet_type_of(level), .path = path.id, .number = number, .size = size};
  packet.is_mtu_probe = is_mtu_probe;
  if (level == EncryptionLevel::one_rtt) {
    packet.key_phase = one_rtt_->key_phase();
  } else {
    packet.scid = parameters.local_cid;
    packet.token_size = level == EncryptionLevel::initial ? initial_token_.size() : 0;
  }
  if (const ConnectionId* dcid = remote_cids_.active(path.id)) packet.dcid = *dcid;
  qlog_.packet_sent(trace_now_, packet, train_.writer());
}

void Connection::Impl::trace_received(const PacketContext& context, ByteSpan payload) {
  const PacketHeaderInfo packet{.type = packet_type_of(context.level),
                                .path = context.path->id,
                                .number = context.number,
                                .size = payload.size() + aead_tag_size};
  qlog_.packet_received(trace_now_, packet, payload);
}

void Connection::Impl::trace_recovery(const PathState& path, SpaceId space) {
  for (const PacketSize& lost : recovery_output_.lost_packets) {
    const EncryptionLevel level = space == SpaceId::initial     ? EncryptionLevel::initial
                                  : space == SpaceId::handshake ? EncryptionLevel::handshake
                                                                : EncryptionLevel::one_rtt;
    qlog_.packet_lost(trace_now_,
                      {.type = packet_type_of(level), .path = path.id, .number = lost.pn, .size = lost.size}, {},
                      QlogLossReason::reordering_threshold);
  }
  const RttEstimator& rtt = path.recovery.rtt();
  qlog_.recovery_metrics_updated(trace_now_, path.id,
                                 {.smoothed_rtt = rtt.smoothed(),
                                  .latest_rtt = rtt.latest(),
                                  .pto_count = path.recovery.pto_count(),
                                  .congestion_window = path.recovery.congestion_window(),
                                  .bytes_in_flight = path.recovery.bytes_in_flight()});
}

}  // namespace iroh::quic
