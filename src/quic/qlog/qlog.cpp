// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/qlog/qlog.hpp"

#include <array>
#include <string>

#include "quic/qlog/qlog_names.hpp"
#include "quic/qlog/qlog_parameters.hpp"

namespace iroh::quic {
namespace {

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

}  // namespace iroh::quic
