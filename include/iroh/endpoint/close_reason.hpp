// SPDX-License-Identifier: MIT OR Apache-2.0
/// CloseReason: why a connection ended, with all that is known. [endpoint.md §3.7]
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

#include "iroh/base/result.hpp"

namespace iroh {

struct CloseReason {
  enum class Kind : std::uint8_t {
    version_mismatch,
    transport_error,     ///< this side found the peer, or the handshake, at fault
    connection_closed,   ///< the peer's QUIC closed
    application_closed,  ///< the peer's application closed
    reset,               ///< the peer has lost the connection's state
    timed_out,
    locally_closed,  ///< this side's application closed
    cids_exhausted,
  };
  Kind kind = Kind::locally_closed;
  std::uint64_t code = 0;        ///< QUIC's code, or the application's, by kind
  std::uint64_t frame_type = 0;  ///< the offending frame, if QUIC closed; 0: none
  std::string reason;            ///< text for humans, from whoever closed

  /// The code with which the peer's application closed is at hand: is it this one?
  bool is_application_close(std::uint64_t with_code) const noexcept {
    return kind == Kind::application_closed && code == with_code;
  }
  /// What pending and later operations of the connection fail with.
  error_code error() const noexcept;
  /// "closed by the peer's application with code 7: bye"
  std::string to_string() const;
  friend bool operator==(const CloseReason&, const CloseReason&) = default;
};

std::ostream& operator<<(std::ostream& out, const CloseReason& reason);

}  // namespace iroh
