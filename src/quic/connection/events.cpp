// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/connection/events.hpp"

#include <fmt/format.h>

namespace iroh::quic {
namespace {

std::string_view phrase(CloseReason::Kind kind) {
  using Kind = CloseReason::Kind;
  switch (kind) {
    case Kind::version_mismatch:
      return "no common QUIC version";
    case Kind::transport_error:
      return "closed because of an error of the peer";
    case Kind::connection_closed:
      return "closed by the peer's transport";
    case Kind::application_closed:
      return "closed by the peer";
    case Kind::reset:
      return "reset by the peer";
    case Kind::timed_out:
      return "timed out";
    case Kind::locally_closed:
      return "closed by this side";
    case Kind::cids_exhausted:
      return "out of connection ids";
  }
  return "closed";
}

}  // namespace

std::string CloseReason::to_string() const {
  std::string out(phrase(kind));
  if (kind != Kind::timed_out && kind != Kind::reset) out += fmt::format(" (code {:#x})", code);
  if (!reason.empty()) out += ": " + reason;
  return out;
}

}  // namespace iroh::quic
