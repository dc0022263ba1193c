// SPDX-License-Identifier: MIT OR Apache-2.0
// Events about paths. [qlog-quic-events-12 §4], [qlog-quic-events-12 §7]
#include <algorithm>

#include "quic/qlog/qlog.hpp"

namespace iroh::quic {

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
