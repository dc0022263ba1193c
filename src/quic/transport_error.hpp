// SPDX-License-Identifier: MIT OR Apache-2.0
// What a peer can do wrong, as a value: it becomes the CONNECTION_CLOSE that the peer is sent.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>

namespace iroh::quic {

/// [RFC 9000 §20.1], [RFC 9001 §4.8], [multipath-21 §5.10], [quic.md §3.6]
enum class ErrorCode : std::uint64_t {
  no_error = 0x00,
  internal_error = 0x01,
  connection_refused = 0x02,
  flow_control_error = 0x03,
  stream_limit_error = 0x04,
  stream_state_error = 0x05,
  final_size_error = 0x06,
  frame_encoding_error = 0x07,
  transport_parameter_error = 0x08,
  connection_id_limit_error = 0x09,
  protocol_violation = 0x0a,
  invalid_token = 0x0b,
  application_error = 0x0c,
  crypto_buffer_exceeded = 0x0d,
  key_update_error = 0x0e,
  aead_limit_reached = 0x0f,
  no_viable_path = 0x10,
  crypto_error_base = 0x100,  ///< plus the TLS alert
  application_abandon_path = 0x3e,
  path_resource_limit_reached = 0x3e75,
  path_unstable_or_poor = 0x3e76,
  no_cid_available_for_path = 0x3e77,
};

/// [RFC 9001 §4.8] TLS alerts travel as 0x0100 + alert.
constexpr ErrorCode crypto_error(std::uint8_t alert) noexcept {
  return static_cast<ErrorCode>(static_cast<std::uint64_t>(ErrorCode::crypto_error_base) + alert);
}

struct TransportError {
  ErrorCode code = ErrorCode::no_error;
  std::string reason;            ///< short text for humans, at most a line
  std::uint64_t frame_type = 0;  ///< the offending frame, 0 if none
  friend bool operator==(const TransportError&, const TransportError&) = default;
};

template <class T>
using TransportResult = std::expected<T, TransportError>;

inline std::unexpected<TransportError> transport_error(ErrorCode code, std::string reason,
                                                       std::uint64_t frame_type = 0) {
  return std::unexpected(TransportError{code, std::move(reason), frame_type});
}

}  // namespace iroh::quic
