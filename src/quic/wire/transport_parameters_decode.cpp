// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>
#include <bitset>
#include <limits>

#include "base/byte_reader.hpp"
#include "quic/wire/transport_parameter_id.hpp"
#include "quic/wire/transport_parameters.hpp"

namespace iroh::quic {
namespace {

using Id = TransportParameterId;

/// [quic.md §2.1] A varint that fills the value exactly, within the limits.
bool read_integer(ByteSpan value, std::uint64_t& out, std::uint64_t min = 0,
                  std::uint64_t max = std::numeric_limits<std::uint64_t>::max()) noexcept {
  base::ByteReader reader(value);
  const auto read = reader.varint();
  if (!read || !reader.is_empty() || *read < min || *read > max) return false;
  out = *read;
  return true;
}

bool read_integer(ByteSpan value, std::optional<std::uint64_t>& out) noexcept {
  return read_integer(value, out.emplace());
}

bool read_flag(ByteSpan value, bool& out) noexcept {
  out = true;
  return value.empty();
}

bool read_cid(ByteSpan value, std::optional<ConnectionId>& out) noexcept {
  if (value.size() > ConnectionId::max_size) return false;
  out.emplace(value);
  return true;
}

bool read_token(ByteSpan value, ResetToken& out) noexcept {
  if (value.size() != out.size()) return false;
  std::ranges::copy(value, out.begin());
  return true;
}

/// [RFC 9000 §18.2] An all-zero address and port stand for none.
template <class Octets>
bool read_socket_addr(base::ByteReader& reader, std::optional<SocketAddr>& out) noexcept {
  Octets octets{};
  const auto bytes = reader.bytes(octets.size());
  const auto port = reader.u16();
  if (!bytes || !port) return false;
  std::ranges::transform(*bytes, octets.begin(), [](std::byte byte) { return std::to_integer<std::uint8_t>(byte); });
  const IpAddr ip(octets);
  if (!ip.is_unspecified() || *port != 0) out.emplace(ip, *port);
  return true;
}

bool read_preferred_address(ByteSpan value, PreferredAddress& out) noexcept {
  base::ByteReader reader(value);
  if (!read_socket_addr<IpAddr::V4>(reader, out.v4) || !read_socket_addr<IpAddr::V6>(reader, out.v6)) return false;
  const auto cid_size = reader.u8();
  if (!cid_size || *cid_size == 0 || *cid_size > ConnectionId::max_size) return false;
  const auto cid = reader.bytes(*cid_size);
  if (!cid || !read_token(reader.rest(), out.token)) return false;
  out.cid = ConnectionId(*cid);
  return out.v4 || out.v6;
}

bool read_path_id(ByteSpan value, std::optional<std::uint32_t>& out) noexcept {
  std::uint64_t id = 0;
  if (!read_integer(value, id, 0, std::numeric_limits<std::uint32_t>::max())) return false;
  out = static_cast<std::uint32_t>(id);
  return true;
}

bool read_role(ByteSpan value, std::optional<AddressDiscoveryRole>& out) noexcept {
  std::uint64_t role = 0;
  if (!read_integer(value, role, 0, static_cast<std::uint64_t>(AddressDiscoveryRole::both))) return false;
  out = static_cast<AddressDiscoveryRole>(role);
  return true;
}

/// [quic.md 3] Exactly one raw byte, and not 0.
bool read_nat_traversal_limit(ByteSpan value, std::optional<std::uint8_t>& out) noexcept {
  if (value.size() != 1 || value[0] == std::byte{0}) return false;
  out = std::to_integer<std::uint8_t>(value[0]);
  return true;
}

/// [RFC 9000 §18.2] A client must not send these.
bool is_server_only(Id id) noexcept {
  return id == Id::original_destination_connection_id || id == Id::stateless_reset_token ||
         id == Id::preferred_address || id == Id::retry_source_connection_id;
}

/// Limits as in the table of [quic.md §2.2]. False: malformed or illegal.
bool read_value(Id id, ByteSpan value, TransportParameters& p) noexcept {
  switch (id) {
    case Id::original_destination_connection_id:
      return read_cid(value, p.original_destination_connection_id);
    case Id::max_idle_timeout:
      return read_integer(value, p.max_idle_timeout_ms);
    case Id::stateless_reset_token:
      return read_token(value, p.stateless_reset_token.emplace());
    case Id::max_udp_payload_size:
      return read_integer(value, p.max_udp_payload_size, datagram_size_min);
    case Id::initial_max_data:
      return read_integer(value, p.initial_max_data);
    case Id::initial_max_stream_data_bidi_local:
      return read_integer(value, p.initial_max_stream_data_bidi_local);
    case Id::initial_max_stream_data_bidi_remote:
      return read_integer(value, p.initial_max_stream_data_bidi_remote);
    case Id::initial_max_stream_data_uni:
      return read_integer(value, p.initial_max_stream_data_uni);
    case Id::initial_max_streams_bidi:
      return read_integer(value, p.initial_max_streams_bidi, 0, stream_count_max);
    case Id::initial_max_streams_uni:
      return read_integer(value, p.initial_max_streams_uni, 0, stream_count_max);
    case Id::ack_delay_exponent:
      return read_integer(value, p.ack_delay_exponent, 0, 20);
    case Id::max_ack_delay:
      return read_integer(value, p.max_ack_delay_ms, 0, (1u << 14) - 1);
    case Id::disable_active_migration:
      return read_flag(value, p.disable_active_migration);
    case Id::preferred_address:
      return read_preferred_address(value, p.preferred_address.emplace());
    case Id::active_connection_id_limit:
      return read_integer(value, p.active_connection_id_limit, 2);
    case Id::initial_source_connection_id:
      return read_cid(value, p.initial_source_connection_id);
    case Id::retry_source_connection_id:
      return read_cid(value, p.retry_source_connection_id);
    case Id::max_datagram_frame_size:
      return read_integer(value, p.max_datagram_frame_size);
    case Id::initial_max_path_id:
      return read_path_id(value, p.initial_max_path_id);
    case Id::grease_quic_bit:
      return read_flag(value, p.grease_quic_bit);
    case Id::address_discovery_role:
      return read_role(value, p.address_discovery_role);
    case Id::min_ack_delay:
      return read_integer(value, p.min_ack_delay_us);
    case Id::nat_traversal_limit:
      return read_nat_traversal_limit(value, p.nat_traversal_limit);
  }
  return false;
}

std::unexpected<TransportError> parameter_error(std::string reason) {
  return transport_error(ErrorCode::transport_parameter_error, std::move(reason));
}

}  // namespace

TransportResult<TransportParameters> decode_transport_parameters(ByteSpan bytes, Side sender) {
  TransportParameters parameters;
  std::bitset<known_transport_parameters.size()> seen;
  base::ByteReader reader(bytes);
  while (!reader.is_empty()) {
    const auto id = reader.varint();
    const auto value = id ? reader.varint_bytes() : std::nullopt;
    if (!value) return parameter_error("truncated transport parameter");
    const auto index = known_index_of(*id);
    if (!index) continue;  // [quic.md 1] unknown and reserved ids
    // [quic.md 2] [RFC 9000 §7.4]
    if (seen.test(*index)) return parameter_error("duplicate transport parameter");
    seen.set(*index);
    const auto known = static_cast<Id>(*id);
    if (sender == Side::client && is_server_only(known)) return parameter_error("server's parameter from a client");
    if (!read_value(known, *value, parameters)) return parameter_error("illegal transport parameter");
  }
  // [quic.md 6]
  if (parameters.min_ack_delay_us && *parameters.min_ack_delay_us > parameters.max_ack_delay_ms * 1000) {
    return parameter_error("min_ack_delay above max_ack_delay");
  }
  return parameters;
}

TransportResult<void> validate(const TransportParameters& received, Side sender, const HandshakeConnectionIds& ids) {
  // [quic.md 7] [RFC 9000 §7.3] Nobody on the path has changed the ids of the handshake.
  if (received.initial_source_connection_id != ids.remote_initial_source) {
    return parameter_error("initial_source_connection_id does not match");
  }
  if (sender == Side::server) {
    if (received.original_destination_connection_id != ids.original_destination) {
      return parameter_error("original_destination_connection_id does not match");
    }
    if (received.retry_source_connection_id != ids.retry_source) {
      return parameter_error("retry_source_connection_id does not match");
    }
  }
  // [quic.md 5] Without connection ids there is nothing that tells paths apart.
  if (received.initial_max_path_id && (ids.local_initial_source.empty() || ids.remote_initial_source.empty())) {
    return transport_error(ErrorCode::protocol_violation, "multipath with zero-length connection ids");
  }
  return {};
}

}  // namespace iroh::quic
