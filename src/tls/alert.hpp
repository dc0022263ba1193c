// SPDX-License-Identifier: MIT OR Apache-2.0
// The TLS alerts that we choose ourselves, and the way from a GnuTLS error to an alert. [RFC 8446 §6], [endpoint.md
// §2.5]
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "tls/session.hpp"

namespace iroh::tls {

/// Values as in TLS; on the wire QUIC adds 0x100. [RFC 9001 §4.8]
enum class AlertDescription : std::uint8_t {
  unexpected_message = 10,
  handshake_failure = 40,
  illegal_parameter = 47,
  unknown_ca = 48,
  decode_error = 50,
  decrypt_error = 51,
  protocol_version = 70,
  internal_error = 80,
  missing_extension = 109,
  certificate_required = 116,
  no_application_protocol = 120,
};

inline Alert make_alert(AlertDescription description, std::string text) {
  return {static_cast<std::uint8_t>(description), std::move(text)};
}

inline std::unexpected<Alert> alert_error(AlertDescription description, std::string text) {
  return std::unexpected(make_alert(description, std::move(text)));
}

/// GnuTLS's own choice of an alert, corrected where iroh's peers expect another.
Alert alert_from_gnutls(int error);

}  // namespace iroh::tls
