// SPDX-License-Identifier: MIT OR Apache-2.0
#include "endpoint/code_names.hpp"

#include <fmt/format.h>

#include <string_view>

namespace iroh::endpoint {
namespace {

std::string_view transport_code_text(std::uint64_t code) {
  switch (code) {
    case 0x00:
      return "NO_ERROR";
    case 0x01:
      return "INTERNAL_ERROR";
    case 0x02:
      return "CONNECTION_REFUSED";
    case 0x03:
      return "FLOW_CONTROL_ERROR";
    case 0x04:
      return "STREAM_LIMIT_ERROR";
    case 0x05:
      return "STREAM_STATE_ERROR";
    case 0x06:
      return "FINAL_SIZE_ERROR";
    case 0x07:
      return "FRAME_ENCODING_ERROR";
    case 0x08:
      return "TRANSPORT_PARAMETER_ERROR";
    case 0x09:
      return "CONNECTION_ID_LIMIT_ERROR";
    case 0x0a:
      return "PROTOCOL_VIOLATION";
    case 0x0b:
      return "INVALID_TOKEN";
    case 0x0c:
      return "APPLICATION_ERROR";
    case 0x0d:
      return "CRYPTO_BUFFER_EXCEEDED";
    case 0x0e:
      return "KEY_UPDATE_ERROR";
    case 0x0f:
      return "AEAD_LIMIT_REACHED";
    case 0x10:
      return "NO_VIABLE_PATH";
    default:
      return {};
  }
}

std::string_view tls_alert_text(std::uint64_t alert) {
  switch (alert) {
    case 0:
      return "close notify";
    case 10:
      return "unexpected message";
    case 20:
      return "bad record mac";
    case 40:
      return "no common set of parameters";
    case 42:
      return "bad certificate";
    case 43:
      return "unsupported certificate";
    case 46:
      return "certificate not understood";
    case 47:
      return "illegal parameter";
    case 48:
      return "the peer is not who it should be";
    case 49:
      return "access denied";
    case 50:
      return "decode error";
    case 51:
      return "the peer's signature is wrong";
    case 70:
      return "protocol version";
    case 80:
      return "internal error";
    case 86:
      return "inappropriate fallback";
    case 90:
      return "user cancelled";
    case 109:
      return "missing extension";
    case 110:
      return "unsupported extension";
    case 112:
      return "unrecognized name";
    case 116:
      return "certificate required";
    case alert_no_application_protocol:
      return "no application protocol in common";
    default:
      return {};
  }
}

}  // namespace

std::string transport_code_name(std::uint64_t code) {
  const std::string_view text = transport_code_text(code);
  if (text.empty()) return fmt::format("code {:#x}", code);
  return fmt::format("{} ({:#x})", text, code);
}

std::string tls_alert_name(std::uint64_t alert) {
  const std::string_view text = tls_alert_text(alert);
  if (text.empty()) return fmt::format("TLS alert {}", alert);
  return fmt::format("{} (TLS alert {})", text, alert);
}

}  // namespace iroh::endpoint
