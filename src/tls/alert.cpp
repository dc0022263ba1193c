// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tls/alert.hpp"

#include <gnutls/gnutls.h>

namespace iroh::tls {

Alert alert_from_gnutls(int error) {
  const char* text = gnutls_strerror(error);
  switch (error) {
    // [endpoint.md §2.5] No raw public keys offered: 0x128. GnuTLS would say unsupported_certificate, as RFC 7250 asks.
    case GNUTLS_E_UNSUPPORTED_CERTIFICATE_TYPE:
    case GNUTLS_E_NO_CIPHER_SUITES:
      return make_alert(AlertDescription::handshake_failure, text);
    // [endpoint.md §2.5] The client sent no certificate: 0x174.
    case GNUTLS_E_NO_CERTIFICATE_FOUND:
    case GNUTLS_E_CERTIFICATE_REQUIRED:
      return make_alert(AlertDescription::certificate_required, text);
    // [RFC 8446 §4.4.3] A signature scheme that was not offered.
    case GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM:
      return make_alert(AlertDescription::illegal_parameter, text);
    // GnuTLS would say internal_error.
    case GNUTLS_E_PARSING_ERROR:
      return make_alert(AlertDescription::decode_error, text);
    default:
      break;
  }
  int level = 0;
  const int description = gnutls_error_to_alert(error, &level);
  return {static_cast<std::uint8_t>(description), text};
}

}  // namespace iroh::tls
