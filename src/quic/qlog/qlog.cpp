// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/qlog/qlog.hpp"

#include <algorithm>
#include <array>

#include "base/hex.hpp"
#include "quic/frame/frame.hpp"
#include "quic/qlog/json_writer.hpp"
#include "quic/qlog/qlog_frames.hpp"
#include "quic/qlog/qlog_names.hpp"
#include "quic/qlog/qlog_parameters.hpp"

namespace iroh::quic {
namespace {

constexpr char record_separator = '\x1e';  // [RFC 7464 §2.2]

std::string_view name_of(QlogInitiator initiator) noexcept {
  return initiator == QlogInitiator::local ? "local" : "remote";
}

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

std::string_view name_of(QlogTimer timer) noexcept {
  constexpr std::array<std::string_view, 15> names{"idle_timeout",
                                                   "loss_timeout",
                                                   "path_validation",
                                                   "ack",
                                                   "close",
                                                   "key_discard",
                                                   "keep_alive",
                                                   "push_new_cid",
                                                   "no_available_path",
                                                   "nat_traversal_probe_retry",
                                                   "path_idle",
                                                   "path_challenge_lost",
                                                   "path_keep_alive",
                                                   "pacing",
                                                   "discard_path"};
  return names[static_cast<std::size_t>(timer)];
}

std::string_view name_of(QlogTimerEvent event) noexcept {
  constexpr std::array<std::string_view, 3> names{"set", "expired", "cancelled"};
  return names[static_cast<std::size_t>(event)];
}

}  // namespace

Qlog::Qlog(QlogOutput output, const QlogTrace& trace)
    : sink_(std::move(output.sink)), time_base_(output.time_base.value_or(trace.started)) {
  if (is_on()) write_file_header(trace, output.title);
}

void Qlog::write_file_header(const QlogTrace& trace, std::string_view title) {
  record_ = record_separator;
  JsonWriter out(record_);
  out.begin_object();
  out.field("file_schema", "urn:ietf:params:qlog:file:sequential");
  out.field("serialization_format", "application/qlog+json-seq");
  if (!title.empty()) out.field("title", title);
  out.object_field("trace");
  out.object_field("common_fields");
  out.hex_field("group_id", trace.initial_dcid.bytes());
  out.field("time_format", "relative_to_epoch");
  out.object_field("reference_time");
  out.field("clock_type", "monotonic");
  out.field("epoch", "unknown");
  out.end_object();
  out.end_object();
  out.object_field("vantage_point");
  out.field("type", trace.side == Side::client ? "client" : "server");
  out.end_object();
  out.array_field("event_schemas");
  out.string("urn:ietf:params:qlog:events:quic-12");
  out.string("urn:iroh-cpp:qlog:events");  // events named "iroh:…": what the standard schema has no words for
  out.end_array();
  out.end_object();
  out.end_object();
  flush();
}

void Qlog::flush() {
  record_ += '\n';
  sink_->write(record_);
}

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

void Qlog::connection_started(Instant now, const FourTuple& four_tuple, const ConnectionId& local_cid,
                              const ConnectionId& remote_cid) {
  event(now, "quic:connection_started", path_zero, [&](JsonWriter& out) {
    const auto write_cid = [&out](const ConnectionId& cid) {
      out.array_field("connection_ids");
      out.hex(cid.bytes());
      out.end_array();
    };
    out.object_field("local");
    if (four_tuple.local) write_ip(out, *four_tuple.local);
    write_cid(local_cid);
    out.end_object();
    out.object_field("remote");
    write_address(out, four_tuple.remote);
    write_cid(remote_cid);
    out.end_object();
  });
}

void Qlog::connection_closed(Instant now, const CloseReason& reason) {
  using enum CloseReason::Kind;
  const auto kind = reason.kind;
  event(now, "quic:connection_closed", std::nullopt, [&](JsonWriter& out) {
    const bool is_remote = kind == connection_closed || kind == application_closed || kind == reset;
    out.field("initiator", is_remote ? "remote" : "local");
    if (kind == transport_error || kind == connection_closed) {
      write_transport_error(out, "connection_error", reason.code);
    } else if (kind == application_closed || kind == locally_closed) {
      write_application_error(out, "application_error", reason.code);
    }
    if (!reason.reason.empty()) out.field("reason", reason.reason);
    switch (kind) {
      case version_mismatch:
        return out.field("trigger", "version_mismatch");
      case transport_error:
      case connection_closed:
        return out.field("trigger", "error");
      case application_closed:
      case locally_closed:
        return out.field("trigger", "application");
      case reset:
        return out.field("trigger", "stateless_reset");
      case timed_out:
        return out.field("trigger", "idle_timeout");
      case cids_exhausted:
        return out.field("trigger", "aborted");
    }
  });
}

void Qlog::parameters_set(Instant now, QlogInitiator initiator, const TransportParameters& parameters) {
  auto& exponent = initiator == QlogInitiator::local ? local_ack_delay_exponent_ : remote_ack_delay_exponent_;
  exponent = parameters.ack_delay_exponent;
  event(now, "quic:parameters_set", std::nullopt, [&](JsonWriter& out) {
    out.field("initiator", name_of(initiator));
    write_parameters(out, parameters);
  });
}

void Qlog::parameters_restored(Instant now, const TransportParameters& parameters) {
  event(now, "quic:parameters_restored", std::nullopt,
        [&](JsonWriter& out) { write_restored_parameters(out, parameters); });
}

void Qlog::key_updated(Instant now, QlogInitiator initiator, std::uint64_t key_phase) {
  for (const char* type : {"client_1rtt_secret", "server_1rtt_secret"}) {
    event(now, "quic:key_updated", std::nullopt, [&](JsonWriter& out) {
      out.field("key_type", type);
      out.field("key_phase", key_phase);
      out.field("trigger", initiator == QlogInitiator::local ? "local_update" : "remote_update");
    });
  }
}

void Qlog::key_discarded(Instant now, EncryptionLevel level) {
  constexpr std::array<std::string_view, 4> levels{"initial", "0rtt", "handshake", "1rtt"};
  for (const std::string side : {"client_", "server_"}) {
    event(now, "quic:key_discarded", std::nullopt, [&](JsonWriter& out) {
      out.field("key_type", side + std::string(levels[static_cast<std::size_t>(level)]) + "_secret");
      out.field("trigger", "tls");
    });
  }
}

void Qlog::timer_updated(Instant now, QlogTimer timer, QlogTimerEvent what, std::optional<PathId> path,
                         std::optional<Duration> delta) {
  event(now, "quic:timer_updated", path, [&](JsonWriter& out) {
    out.field("timer_type", name_of(timer));
    if (path) out.field("path_id", std::uint64_t{to_u32(*path)});
    out.field("event_type", name_of(what));
    if (delta) out.field("delta", *delta);
  });
}

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

void Qlog::tuple_assigned(Instant now, PathId path, const FourTuple& four_tuple) {
  event(now, "quic:tuple_assigned", path, [&](JsonWriter& out) {
    out.field("tuple_id", tuple_id(path));
    out.object_field("tuple_remote");
    write_address(out, four_tuple.remote);
    out.end_object();
    if (!four_tuple.local) return;
    out.object_field("tuple_local");
    write_ip(out, *four_tuple.local);
    out.end_object();
  });
}

void Qlog::recovery_metrics_updated(Instant now, PathId path, const QlogMetrics& metrics) {
  if (!is_on()) return;
  auto known = std::ranges::find(metrics_, path, &std::pair<PathId, QlogMetrics>::first);
  if (known == metrics_.end()) known = metrics_.insert(known, {path, {}});
  if (known->second == metrics) return;
  const QlogMetrics last = std::exchange(known->second, metrics);
  event(now, "quic:recovery_metrics_updated", path, [&](JsonWriter& out) {
    out.field("path_id", std::uint64_t{to_u32(path)});
    const auto write = [&out](std::string_view name, const auto& value, const auto& before) {
      if (value && value != before) out.field(name, *value);
    };
    write("min_rtt", metrics.min_rtt, last.min_rtt);
    write("smoothed_rtt", metrics.smoothed_rtt, last.smoothed_rtt);
    write("latest_rtt", metrics.latest_rtt, last.latest_rtt);
    write("rtt_variance", metrics.rtt_variance, last.rtt_variance);
    write("pto_count", metrics.pto_count, last.pto_count);
    write("congestion_window", metrics.congestion_window, last.congestion_window);
    write("bytes_in_flight", metrics.bytes_in_flight, last.bytes_in_flight);
    write("ssthresh", metrics.ssthresh, last.ssthresh);
    write("packets_in_flight", metrics.packets_in_flight, last.packets_in_flight);
    write("pacing_rate", metrics.pacing_rate, last.pacing_rate);
  });
}

void Qlog::mtu_updated(Instant now, PathId path, std::uint16_t from, std::uint16_t to) {
  event(now, "quic:mtu_updated", path, [&](JsonWriter& out) {
    out.field("path_id", std::uint64_t{to_u32(path)});
    out.field("old", std::uint64_t{from});
    out.field("new", std::uint64_t{to});
  });
}

void Qlog::path_status_updated(Instant now, PathId path, QlogInitiator initiator, bool is_backup) {
  event(now, "iroh:path_status_updated", path, [&](JsonWriter& out) {
    out.field("path_id", std::uint64_t{to_u32(path)});
    out.field("initiator", name_of(initiator));
    out.field("new", is_backup ? "backup" : "available");
  });
}

void Qlog::path_abandoned(Instant now, PathId path, QlogInitiator initiator, std::uint64_t code) {
  event(now, "iroh:path_abandoned", path, [&](JsonWriter& out) {
    out.field("path_id", std::uint64_t{to_u32(path)});
    out.field("initiator", name_of(initiator));
    out.field("error_code", code);
  });
}

void Qlog::forget(PathId path) noexcept {
  std::erase_if(metrics_, [path](const auto& entry) { return entry.first == path; });
}

}  // namespace iroh::quic
