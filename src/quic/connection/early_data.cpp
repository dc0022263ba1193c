// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/connection/early_data.hpp"

#include <array>

#include "base/byte_writer.hpp"

namespace iroh::quic {
namespace {

using Limit = std::uint64_t TransportParameters::*;
constexpr Limit limits[] = {&TransportParameters::initial_max_data,
                            &TransportParameters::initial_max_stream_data_bidi_local,
                            &TransportParameters::initial_max_stream_data_bidi_remote,
                            &TransportParameters::initial_max_stream_data_uni,
                            &TransportParameters::initial_max_streams_bidi,
                            &TransportParameters::initial_max_streams_uni,
                            &TransportParameters::active_connection_id_limit};

}  // namespace

TransportParameters remembered_parameters(TransportParameters received) {
  const TransportParameters defaults;
  received.original_destination_connection_id.reset();
  received.stateless_reset_token.reset();
  received.ack_delay_exponent = defaults.ack_delay_exponent;
  received.max_ack_delay_ms = defaults.max_ack_delay_ms;
  received.preferred_address.reset();
  received.initial_source_connection_id.reset();
  received.retry_source_connection_id.reset();
  received.initial_max_path_id.reset();
  received.min_ack_delay_us.reset();
  return received;
}

TransportResult<void> check_accepted(const TransportParameters& remembered, const TransportParameters& received) {
  bool is_narrower = received.max_datagram_frame_size.value_or(0) < remembered.max_datagram_frame_size.value_or(0) ||
                     (remembered.grease_quic_bit && !received.grease_quic_bit) ||
                     received.address_discovery_role != remembered.address_discovery_role ||
                     received.nat_traversal_limit != remembered.nat_traversal_limit;
  for (const Limit limit : limits) is_narrower = is_narrower || received.*limit < remembered.*limit;
  if (!is_narrower) return {};
  return transport_error(ErrorCode::protocol_violation, "0-RTT accepted with narrower transport parameters");
}

std::vector<std::byte> resumption_context(const TransportParameters& local) {
  std::array<std::byte, 8 * (std::size(limits) + 1) + 3> bytes;
  base::ByteWriter writer(bytes);
  for (const Limit limit : limits) writer.u64(local.*limit);
  writer.u64(local.max_datagram_frame_size.value_or(0));
  writer.u8(local.grease_quic_bit ? 1 : 0);
  writer.u8(local.address_discovery_role ? static_cast<std::uint8_t>(*local.address_discovery_role) : 0xff);
  writer.u8(local.nat_traversal_limit.value_or(0));
  return {bytes.begin(), bytes.end()};
}

}  // namespace iroh::quic
