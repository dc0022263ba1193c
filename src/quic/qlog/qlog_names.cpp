// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/qlog/qlog_names.hpp"

#include <fmt/format.h>

#include <array>

namespace iroh::quic {
namespace {

/// [RFC 9000 §20.1], by code.
constexpr std::array<std::string_view, 17> transport_errors{"no_error",
                                                            "internal_error",
                                                            "connection_refused",
                                                            "flow_control_error",
                                                            "stream_limit_error",
                                                            "stream_state_error",
                                                            "final_size_error",
                                                            "frame_encoding_error",
                                                            "transport_parameter_error",
                                                            "connection_id_limit_error",
                                                            "protocol_violation",
                                                            "invalid_token",
                                                            "application_error",
                                                            "crypto_buffer_exceeded",
                                                            "key_update_error",
                                                            "aead_limit_reached",
                                                            "no_viable_path"};

}  // namespace

std::string_view name_of(QlogInitiator initiator) noexcept {
  return initiator == QlogInitiator::local ? "local" : "remote";
}

std::string tuple_id(PathId path) {
  return fmt::format("p{}", to_u32(path));
}

std::string_view stream_type(Dir dir) noexcept {
  return dir == Dir::bi ? "bidirectional" : "unidirectional";
}

void write_ip(JsonWriter& out, const IpAddr& ip) {
  out.field(ip.is_v4() ? "ip_v4" : "ip_v6", ip.to_string());
}

void write_address(JsonWriter& out, const SocketAddr& address) {
  write_ip(out, address.ip());
  out.field(address.is_v4() ? "port_v4" : "port_v6", std::uint64_t{address.port()});
}

void write_transport_error(JsonWriter& out, std::string_view field, std::uint64_t code) {
  if (code < transport_errors.size()) return out.field(field, transport_errors[code]);
  if (code >= 0x100 && code <= 0x1ff) return out.field(field, fmt::format("crypto_error_{:#x}", code));
  out.field(field, "unknown");
  out.field("error_code", code);
}

void write_application_error(JsonWriter& out, std::string_view field, std::uint64_t code) {
  out.field(field, "unknown");
  out.field("error_code", code);
}

}  // namespace iroh::quic
