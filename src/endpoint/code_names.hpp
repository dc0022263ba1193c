// SPDX-License-Identifier: MIT OR Apache-2.0
// Names of codes that come over the wire, for messages.
#pragma once

#include <cstdint>
#include <string>

namespace iroh::endpoint {

inline constexpr int alert_no_application_protocol = 120;  // [RFC 8446 §6.2]

/// "FLOW_CONTROL_ERROR (0x3)", or the number alone. [RFC 9000 §20.1]
std::string transport_code_name(std::uint64_t code);
/// "no application protocol (120)", or the number alone. [RFC 8446 §6]
std::string tls_alert_name(std::uint64_t alert);

}  // namespace iroh::endpoint
