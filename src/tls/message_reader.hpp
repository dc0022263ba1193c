// SPDX-License-Identifier: MIT OR Apache-2.0
// Cuts the CRYPTO stream into whole handshake messages, so that GnuTLS sees one at a time and never a part.
// [RFC 8446 §4], [RFC 9001 §4.1.3]
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <vector>

#include "base/byte_span.hpp"
#include "tls/session.hpp"

namespace iroh::tls {

/// msg_type and length. [RFC 8446 §4]
inline constexpr std::size_t message_header_size = 4;

/// Without this bound a peer could make us buffer the 16 MiB that a length field can announce. The largest honest
/// message is a ClientHello with a post-quantum key share and a ticket, about 3 KiB.
inline constexpr std::size_t message_size_max = 16 * 1024;

class MessageReader {
 public:
  /// Bytes of another level than those still pending are refused: messages do not span a change of keys.
  std::expected<void, Alert> append(Level level, base::ByteSpan bytes);

  /// The next whole message with its header, or nothing if more bytes are needed; an alert if it is too large. The view
  /// is good until the next call of append().
  std::expected<std::optional<base::ByteSpan>, Alert> next();

  /// True if no bytes wait for the rest of a message.
  bool is_empty() const noexcept { return at_ == pending_.size(); }

 private:
  Level level_ = Level::initial;
  std::vector<std::byte> pending_;
  std::size_t at_ = 0;  // start of the next message in pending_
};

}  // namespace iroh::tls
