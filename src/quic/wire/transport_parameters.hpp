// SPDX-License-Identifier: MIT OR Apache-2.0
// Transport parameters: what each side tells the other within the TLS handshake. Decoding is strict.
// [RFC 9000 §18], [quic.md §2]
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/random.hpp"
#include "quic/transport_error.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

/// [quic.md §2.2] Which address reports (OBSERVED_ADDRESS) the sender of the parameter takes part in.
enum class AddressDiscoveryRole : std::uint8_t { send_only = 0, receive_only = 1, both = 2 };
constexpr bool sends_reports(AddressDiscoveryRole role) noexcept {
  return role != AddressDiscoveryRole::receive_only;
}
constexpr bool receives_reports(AddressDiscoveryRole role) noexcept {
  return role != AddressDiscoveryRole::send_only;
}

/// [RFC 9000 §18.2] At least one of the addresses is there.
struct PreferredAddress {
  std::optional<SocketAddr> v4;
  std::optional<SocketAddr> v6;
  ConnectionId cid;
  ResetToken token{};
  friend bool operator==(const PreferredAddress&, const PreferredAddress&) = default;
};

/// Initial values are those that an absent parameter stands for.
struct TransportParameters {
  std::optional<ConnectionId> original_destination_connection_id;  ///< servers only
  std::uint64_t max_idle_timeout_ms = 0;                           ///< 0: none
  std::optional<ResetToken> stateless_reset_token;                 ///< servers only
  std::uint64_t max_udp_payload_size = udp_payload_size_max;
  std::uint64_t initial_max_data = 0;
  std::uint64_t initial_max_stream_data_bidi_local = 0;
  std::uint64_t initial_max_stream_data_bidi_remote = 0;
  std::uint64_t initial_max_stream_data_uni = 0;
  std::uint64_t initial_max_streams_bidi = 0;
  std::uint64_t initial_max_streams_uni = 0;
  std::uint64_t ack_delay_exponent = 3;
  std::uint64_t max_ack_delay_ms = 25;
  bool disable_active_migration = false;
  std::optional<PreferredAddress> preferred_address;  ///< servers only
  std::uint64_t active_connection_id_limit = 2;
  std::optional<ConnectionId> initial_source_connection_id;
  std::optional<ConnectionId> retry_source_connection_id;  ///< servers only
  std::optional<std::uint64_t> max_datagram_frame_size;    ///< absent: DATAGRAM unsupported [RFC 9221 §3]
  bool grease_quic_bit = false;                            ///< [RFC 9287 §3]
  std::optional<std::uint32_t> initial_max_path_id;        ///< absent: no multipath; 0: multipath with path 0 only
  std::optional<AddressDiscoveryRole> address_discovery_role;
  std::optional<std::uint64_t> min_ack_delay_us;    ///< absent: ACK_FREQUENCY and IMMEDIATE_ACK unsupported
  std::optional<std::uint8_t> nat_traversal_limit;  ///< remote candidates the sender remembers; 1 to 255

  friend bool operator==(const TransportParameters&, const TransportParameters&) = default;
};

/// In random order, with one reserved parameter. The values must be legal for the sender. [quic.md §2.1]
std::vector<std::byte> encode(const TransportParameters& parameters, Side sender, base::Random& random);

/// Every fault is a TRANSPORT_PARAMETER_ERROR. [quic.md §2.1], [quic.md §2.2]
TransportResult<TransportParameters> decode_transport_parameters(ByteSpan bytes, Side sender);

/// What the handshake's packets say about connection ids.
struct HandshakeConnectionIds {
  ConnectionId local_initial_source;   ///< source id of our own first packet
  ConnectionId remote_initial_source;  ///< source id of the peer's first packet (after a Retry: not the Retry's)
  /// Clients: destination id of our very first Initial, and source id of the Retry if one was followed.
  std::optional<ConnectionId> original_destination;
  std::optional<ConnectionId> retry_source;
};

/// Judges the peer's parameters once the connection ids are known. [quic.md §2.3], [RFC 9000 §7.3]
TransportResult<void> validate(const TransportParameters& received, Side sender, const HandshakeConnectionIds& ids);

}  // namespace iroh::quic
