// SPDX-License-Identifier: MIT OR Apache-2.0
// The trace of one connection, as the conductor writes it: a JSON text sequence of qlog events. Off by default; ask
// is_on() before assembling anything for it. [quic.md §7.12], [qlog-main-schema-13], [qlog-quic-events-12]
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quic/connection/events.hpp"
#include "quic/qlog/json_writer.hpp"
#include "quic/qlog/qlog_events.hpp"
#include "quic/qlog/qlog_names.hpp"
#include "quic/qlog/qlog_sink.hpp"
#include "quic/space/sent_frame.hpp"
#include "quic/types.hpp"
#include "quic/wire/packet_writer.hpp"
#include "quic/wire/transport_parameters.hpp"

namespace iroh::quic {

class Qlog {
 public:
  static constexpr char record_separator = '\x1e';  // [RFC 7464 §2.2]

  /// Off: nothing is written, every call is without effect.
  Qlog() noexcept = default;
  /// On if the output has a sink; the header record is written at once.
  Qlog(QlogOutput output, const QlogTrace& trace);

  bool is_on() const noexcept { return sink_ != nullptr; }

  // --- the connection
  // --------------------------------------------------------------------------------------------------
  void connection_started(Instant now, const FourTuple& four_tuple, const ConnectionId& local_cid,
                          const ConnectionId& remote_cid);
  void connection_closed(Instant now, const CloseReason& reason);
  void parameters_set(Instant now, QlogInitiator initiator, const TransportParameters& parameters);
  /// Those remembered for 0-RTT.
  void parameters_restored(Instant now, const TransportParameters& parameters);
  /// 1-RTT keys of both directions.
  void key_updated(Instant now, QlogInitiator initiator, std::uint64_t key_phase);
  void key_discarded(Instant now, EncryptionLevel level);
  void timer_updated(Instant now, QlogTimer timer, QlogTimerEvent event, std::optional<PathId> path = {},
                     std::optional<Duration> delta = {});

  // --- packets
  // ---------------------------------------------------------------------------------------------------------
  /// Before the packet is sealed: the frames are read from what the producers have written.
  void packet_sent(Instant now, const PacketHeaderInfo& packet, const PacketWriter& payload);
  /// payload: decrypted; empty for Retry and Version Negotiation.
  void packet_received(Instant now, const PacketHeaderInfo& packet, ByteSpan payload);
  void packet_dropped(Instant now, const PacketHeaderInfo& packet, QlogDropReason reason);
  void packet_lost(Instant now, const PacketHeaderInfo& packet, std::span<const SentFrame> frames,
                   QlogLossReason reason);

  // --- paths
  // -----------------------------------------------------------------------------------------------------------
  /// Before the first packet of a path, and again whenever its addresses change. [observability.md 18]
  void tuple_assigned(Instant now, PathId path, const FourTuple& four_tuple);
  void recovery_metrics_updated(Instant now, PathId path, const QlogMetrics& metrics);
  void mtu_updated(Instant now, PathId path, std::uint16_t from, std::uint16_t to);
  void path_status_updated(Instant now, PathId path, QlogInitiator initiator, bool is_backup);
  void path_abandoned(Instant now, PathId path, QlogInitiator initiator, std::uint64_t code);
  /// The path is gone: its metrics need not be remembered.
  void forget(PathId path) noexcept;

 private:
  template <class WriteData>
  void event(Instant now, std::string_view name, std::optional<PathId> path, WriteData&& write_data);
  void write_file_header(const QlogTrace& trace, std::string_view title);
  void write_header(JsonWriter& out, const PacketHeaderInfo& packet) const;
  void write_frames(JsonWriter& out, ByteSpan payload, std::uint64_t ack_delay_exponent) const;
  void flush();

  std::unique_ptr<QlogSink> sink_;
  Instant time_base_;
  std::uint64_t local_ack_delay_exponent_ = 3;
  std::uint64_t remote_ack_delay_exponent_ = 3;
  std::vector<std::pair<PathId, QlogMetrics>> metrics_;  // as written last
  std::string record_;                                   // capacity is kept from event to event
  std::vector<std::byte> payload_;
};

template <class WriteData>
void Qlog::event(Instant now, std::string_view name, std::optional<PathId> path, WriteData&& write_data) {
  if (!is_on()) return;
  record_ = record_separator;
  JsonWriter out(record_);
  out.begin_object();
  out.field("time", now - time_base_);
  out.field("name", name);
  if (path) out.field("tuple", tuple_id(*path));
  out.object_field("data");
  write_data(out);
  out.end_object();
  out.end_object();
  flush();
}

}  // namespace iroh::quic
