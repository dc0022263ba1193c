// SPDX-License-Identifier: MIT OR Apache-2.0
// Events about packets. [qlog-quic-events-12 §5]
#include <array>

#include "quic/frame/frame.hpp"
#include "quic/qlog/qlog.hpp"
#include "quic/qlog/qlog_frames.hpp"

namespace iroh::quic {
namespace {

std::string_view name_of(PacketType type) noexcept {
  switch (type) {
    case PacketType::initial:
      return "initial";
    case PacketType::zero_rtt:
      return "0RTT";
    case PacketType::handshake:
      return "handshake";
    case PacketType::retry:
      return "retry";
    case PacketType::one_rtt:
      return "1RTT";
    case PacketType::version_negotiation:
      return "version_negotiation";
  }
  return "unknown";
}

std::string_view name_of(QlogDropReason reason) noexcept {
  constexpr std::array<std::string_view, 9> names{
      "internal_error",     "rejected",           "unsupported",     "invalid", "duplicate",
      "connection_unknown", "decryption_failure", "key_unavailable", "general"};
  return names[static_cast<std::size_t>(reason)];
}

std::string_view name_of(QlogLossReason reason) noexcept {
  constexpr std::array<std::string_view, 3> names{"reordering_threshold", "time_threshold", "pto_expired"};
  return names[static_cast<std::size_t>(reason)];
}

}  // namespace

void Qlog::write_header(JsonWriter& out, const PacketHeaderInfo& packet) const {
  const bool is_short = packet.type == PacketType::one_rtt;
  out.object_field("header");
  out.field("packet_type", name_of(packet.type));
  if (packet.number) out.field("packet_number", *packet.number);
  if (is_short) out.field("path_id", std::uint64_t{to_u32(packet.path)});
  if (packet.key_phase) out.field("key_phase_bit", *packet.key_phase);
  if (packet.token_size > 0) {
    out.object_field("token");
    out.object_field("raw");
    out.field("length", std::uint64_t{packet.token_size});
    out.end_object();
    out.end_object();
  }
  if (!is_short) {
    const std::array<std::byte, 4> version{
        static_cast<std::byte>(packet.version >> 24), static_cast<std::byte>(packet.version >> 16),
        static_cast<std::byte>(packet.version >> 8), static_cast<std::byte>(packet.version)};
    out.hex_field("version", version);
    out.field("scil", std::uint64_t{packet.scid.size()});
    out.hex_field("scid", packet.scid.bytes());
  }
  if (!is_short || !packet.dcid.empty()) {
    out.field("dcil", std::uint64_t{packet.dcid.size()});
    out.hex_field("dcid", packet.dcid.bytes());
  }
  out.end_object();
  if (packet.size == 0) return;
  out.object_field("raw");
  out.field("length", std::uint64_t{packet.size});
  out.end_object();
}

/// What cannot be parsed ends the list: of a peer's frames nothing is known before they are read.
void Qlog::write_frames(JsonWriter& out, ByteSpan payload, std::uint64_t ack_delay_exponent) const {
  out.array_field("frames");
  if (!payload.empty()) {
    FrameParser parser(payload);
    for (;;) {
      const auto frame = parser.next();
      if (!frame || !*frame) break;
      describe(out, **frame, ack_delay_exponent);
    }
  }
  out.end_array();
}

void Qlog::packet_sent(Instant now, const PacketHeaderInfo& packet, const PacketWriter& payload) {
  if (!is_on()) return;
  payload_.clear();
  for (const auto& run : payload.runs()) payload_.insert(payload_.end(), run.data, run.data + run.size);
  event(now, "quic:packet_sent", packet.path, [&](JsonWriter& out) {
    write_header(out, packet);
    write_frames(out, payload_, local_ack_delay_exponent_);
    if (packet.is_mtu_probe) out.field("is_mtu_probe_packet", true);
  });
}

void Qlog::packet_received(Instant now, const PacketHeaderInfo& packet, ByteSpan payload) {
  event(now, "quic:packet_received", packet.path, [&](JsonWriter& out) {
    write_header(out, packet);
    write_frames(out, payload, remote_ack_delay_exponent_);
  });
}

void Qlog::packet_dropped(Instant now, const PacketHeaderInfo& packet, QlogDropReason reason) {
  event(now, "quic:packet_dropped", packet.path, [&](JsonWriter& out) {
    write_header(out, packet);
    out.field("trigger", name_of(reason));
  });
}

void Qlog::packet_lost(Instant now, const PacketHeaderInfo& packet, std::span<const SentFrame> frames,
                       QlogLossReason reason) {
  event(now, "quic:packet_lost", packet.path, [&](JsonWriter& out) {
    write_header(out, packet);
    out.array_field("frames");
    for (const SentFrame& frame : frames) describe(out, frame);
    out.end_array();
    if (packet.is_mtu_probe) out.field("is_mtu_probe_packet", true);
    out.field("trigger", name_of(reason));
  });
}

}  // namespace iroh::quic
