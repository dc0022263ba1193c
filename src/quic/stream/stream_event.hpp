// SPDX-License-Identifier: MIT OR Apache-2.0
// What the streams of a connection tell the application, and why a call on a stream gives no bytes.
#pragma once

#include <cstdint>

#include "quic/types.hpp"

namespace iroh::quic {

struct StreamEvent {
  enum class Kind : std::uint8_t {
    opened,     ///< the peer has opened streams of this direction: accept() until it gives none
    available,  ///< more streams of this direction may be opened
    readable,   ///< data, the end, or a reset: read() until it is blocked
    writable,   ///< a write() that was blocked may succeed
    finished,   ///< all our data and the FIN are acknowledged
    stopped,    ///< the peer wants no more, for the reason code
  };
  Kind kind = Kind::opened;
  Dir dir = Dir::bi;
  StreamId id;             ///< unless opened or available
  std::uint64_t code = 0;  ///< stopped only
  friend bool operator==(const StreamEvent&, const StreamEvent&) = default;
};

struct WriteError {
  enum class Kind : std::uint8_t {
    blocked,  ///< by flow control or the send window; writable will follow
    stopped,  ///< by the peer, for the reason code
    closed,   ///< finished or reset by us, receive-only, or no such stream (any more)
  };
  Kind kind = Kind::closed;
  std::uint64_t code = 0;
  friend bool operator==(const WriteError&, const WriteError&) = default;
};

struct ReadError {
  enum class Kind : std::uint8_t {
    blocked,   ///< nothing there yet; readable will follow
    finished,  ///< everything up to the peer's FIN has been read. Said once, then the stream may be gone
    reset,     ///< by the peer, for the reason code. Said once, then the stream may be gone
    closed,    ///< stopped by us, send-only, or no such stream (any more)
  };
  Kind kind = Kind::closed;
  std::uint64_t code = 0;
  friend bool operator==(const ReadError&, const ReadError&) = default;
};

}  // namespace iroh::quic
