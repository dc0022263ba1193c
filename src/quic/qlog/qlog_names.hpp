// SPDX-License-Identifier: MIT OR Apache-2.0
// Words and groups of fields that several qlog events share. [qlog-quic-events-12 §8]
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "quic/qlog/json_writer.hpp"
#include "quic/qlog/qlog_events.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

std::string_view name_of(QlogInitiator initiator) noexcept;
/// "p" and the path id. [observability.md §4]
std::string tuple_id(PathId path);
/// ip_v4 and port_v4, or ip_v6 and port_v6.
void write_address(JsonWriter& out, const SocketAddr& address);
void write_ip(JsonWriter& out, const IpAddr& ip);
std::string_view stream_type(Dir dir) noexcept;
/// The name of a transport error code in the field named so; error_code as well if it has no name.
void write_transport_error(JsonWriter& out, std::string_view field, std::uint64_t code);
/// Application codes have no names here.
void write_application_error(JsonWriter& out, std::string_view field, std::uint64_t code);

}  // namespace iroh::quic
