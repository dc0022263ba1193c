// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/endpoint/close_reason.hpp"

#include <fmt/format.h>

#include <ostream>

#include "endpoint/code_names.hpp"
#include "endpoint/wire_error.hpp"
#include "iroh/endpoint/errors.hpp"

namespace iroh {
namespace {

constexpr std::uint64_t crypto_error_first = 0x100;  // [RFC 9001 §4.8]
constexpr std::uint64_t crypto_error_last = 0x1ff;

bool is_crypto_error(std::uint64_t code) {
  return code >= crypto_error_first && code <= crypto_error_last;
}

std::string code_name(std::uint64_t code) {
  return is_crypto_error(code) ? endpoint::tls_alert_name(code - crypto_error_first)
                               : endpoint::transport_code_name(code);
}

}  // namespace

error_code CloseReason::error() const noexcept {
  switch (kind) {
    case Kind::version_mismatch:
      return ConnectionError::version_mismatch;
    case Kind::reset:
      return ConnectionError::reset;
    case Kind::timed_out:
      return ConnectionError::timed_out;
    case Kind::locally_closed:
      return ConnectionError::locally_closed;
    case Kind::cids_exhausted:
      return ConnectionError::cids_exhausted;
    case Kind::application_closed:
      return endpoint::wire_error(code, application_category());
    case Kind::transport_error:
    case Kind::connection_closed:
      break;
  }
  if (is_crypto_error(code)) return endpoint::wire_error(code - crypto_error_first, tls_category());
  return endpoint::wire_error(code, transport_category());
}

std::string CloseReason::to_string() const {
  const std::string text = reason.empty() ? std::string() : ": " + reason;
  switch (kind) {
    case Kind::transport_error:
      return fmt::format("closed by this side's QUIC with {}{}", code_name(code), text);
    case Kind::connection_closed:
      return fmt::format("closed by the peer's QUIC with {}{}", code_name(code), text);
    case Kind::application_closed:
      return fmt::format("closed by the peer's application with code {}{}", code, text);
    case Kind::locally_closed:
      return fmt::format("closed by this side with code {}{}", code, text);
    default:
      return error().message();
  }
}

std::ostream& operator<<(std::ostream& out, const CloseReason& reason) {
  return out << reason.to_string();
}

}  // namespace iroh
