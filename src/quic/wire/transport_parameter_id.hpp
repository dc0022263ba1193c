// SPDX-License-Identifier: MIT OR Apache-2.0
// Internal to transport parameters: their code points. [RFC 9000 §18.2], [quic.md §2.2]
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace iroh::quic {

enum class TransportParameterId : std::uint64_t {
  original_destination_connection_id = 0x00,
  max_idle_timeout = 0x01,
  stateless_reset_token = 0x02,
  max_udp_payload_size = 0x03,
  initial_max_data = 0x04,
  initial_max_stream_data_bidi_local = 0x05,
  initial_max_stream_data_bidi_remote = 0x06,
  initial_max_stream_data_uni = 0x07,
  initial_max_streams_bidi = 0x08,
  initial_max_streams_uni = 0x09,
  ack_delay_exponent = 0x0a,
  max_ack_delay = 0x0b,
  disable_active_migration = 0x0c,
  preferred_address = 0x0d,
  active_connection_id_limit = 0x0e,
  initial_source_connection_id = 0x0f,
  retry_source_connection_id = 0x10,
  max_datagram_frame_size = 0x20,
  initial_max_path_id = 0x3e,
  grease_quic_bit = 0x2ab2,
  address_discovery_role = 0x9f81a176,
  min_ack_delay = 0xff04de1b,
  nat_traversal_limit = 0x3d7f91120401,
};

inline constexpr std::array known_transport_parameters{
    TransportParameterId::original_destination_connection_id,
    TransportParameterId::max_idle_timeout,
    TransportParameterId::stateless_reset_token,
    TransportParameterId::max_udp_payload_size,
    TransportParameterId::initial_max_data,
    TransportParameterId::initial_max_stream_data_bidi_local,
    TransportParameterId::initial_max_stream_data_bidi_remote,
    TransportParameterId::initial_max_stream_data_uni,
    TransportParameterId::initial_max_streams_bidi,
    TransportParameterId::initial_max_streams_uni,
    TransportParameterId::ack_delay_exponent,
    TransportParameterId::max_ack_delay,
    TransportParameterId::disable_active_migration,
    TransportParameterId::preferred_address,
    TransportParameterId::active_connection_id_limit,
    TransportParameterId::initial_source_connection_id,
    TransportParameterId::retry_source_connection_id,
    TransportParameterId::max_datagram_frame_size,
    TransportParameterId::initial_max_path_id,
    TransportParameterId::grease_quic_bit,
    TransportParameterId::address_discovery_role,
    TransportParameterId::min_ack_delay,
    TransportParameterId::nat_traversal_limit,
};

constexpr std::optional<std::size_t> known_index_of(std::uint64_t id) noexcept {
  const auto at = std::ranges::find(known_transport_parameters, static_cast<TransportParameterId>(id));
  if (at == known_transport_parameters.end()) return std::nullopt;
  return static_cast<std::size_t>(at - known_transport_parameters.begin());
}

/// [RFC 9000 §18.1] Ids of this form are reserved: sent to keep peers from choking on unknown ones.
constexpr std::uint64_t reserved_transport_parameter(std::uint64_t n) noexcept {
  return 31 * n + 27;
}

}  // namespace iroh::quic
