// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/qlog/qlog_parameters.hpp"

#include <string_view>

namespace iroh::quic {
namespace {

void write_cid(JsonWriter& out, std::string_view name, const std::optional<ConnectionId>& cid) {
  if (cid) out.hex_field(name, cid->bytes());
}

void write_optional(JsonWriter& out, std::string_view name, const std::optional<std::uint64_t>& value) {
  if (value) out.field(name, *value);
}

}  // namespace

void write_restored_parameters(JsonWriter& out, const TransportParameters& parameters) {
  out.field("disable_active_migration", parameters.disable_active_migration);
  out.field("max_idle_timeout", parameters.max_idle_timeout_ms);
  out.field("max_udp_payload_size", parameters.max_udp_payload_size);
  out.field("active_connection_id_limit", parameters.active_connection_id_limit);
  out.field("initial_max_data", parameters.initial_max_data);
  out.field("initial_max_stream_data_bidi_local", parameters.initial_max_stream_data_bidi_local);
  out.field("initial_max_stream_data_bidi_remote", parameters.initial_max_stream_data_bidi_remote);
  out.field("initial_max_stream_data_uni", parameters.initial_max_stream_data_uni);
  out.field("initial_max_streams_bidi", parameters.initial_max_streams_bidi);
  out.field("initial_max_streams_uni", parameters.initial_max_streams_uni);
  write_optional(out, "max_datagram_frame_size", parameters.max_datagram_frame_size);
  out.field("grease_quic_bit", parameters.grease_quic_bit);
}

void write_parameters(JsonWriter& out, const TransportParameters& parameters) {
  write_cid(out, "original_destination_connection_id", parameters.original_destination_connection_id);
  write_cid(out, "initial_source_connection_id", parameters.initial_source_connection_id);
  write_cid(out, "retry_source_connection_id", parameters.retry_source_connection_id);
  write_restored_parameters(out, parameters);
  out.field("ack_delay_exponent", parameters.ack_delay_exponent);
  out.field("max_ack_delay", parameters.max_ack_delay_ms);
  // [observability.md §4] The extensions.
  write_optional(out, "initial_max_path_id", parameters.initial_max_path_id);
  write_optional(out, "min_ack_delay", parameters.min_ack_delay_us);
  write_optional(out, "max_remote_nat_traversal_addresses", parameters.nat_traversal_limit);
  if (parameters.address_discovery_role) {
    out.field("address_discovery_role", static_cast<std::uint64_t>(*parameters.address_discovery_role));
  }
}

}  // namespace iroh::quic
