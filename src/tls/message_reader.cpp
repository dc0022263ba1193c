// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tls/message_reader.hpp"

#include "base/byte_reader.hpp"
#include "tls/alert.hpp"

namespace iroh::tls {

std::expected<void, Alert> MessageReader::append(Level level, base::ByteSpan bytes) {
  if (level != level_ && !is_empty()) {
    return alert_error(AlertDescription::unexpected_message, "a handshake message spans a change of keys");
  }
  level_ = level;
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(at_));
  at_ = 0;
  pending_.insert(pending_.end(), bytes.begin(), bytes.end());
  return {};
}

std::expected<std::optional<base::ByteSpan>, Alert> MessageReader::next() {
  base::ByteReader reader(base::ByteSpan(pending_).subspan(at_));
  const auto header = reader.u32();
  if (!header) return std::nullopt;
  const std::size_t size = *header & 0xff'ffff;
  if (message_header_size + size > message_size_max) {
    return alert_error(AlertDescription::decode_error, "handshake message too large");
  }
  if (reader.remaining() < size) return std::nullopt;
  const auto message = base::ByteSpan(pending_).subspan(at_, message_header_size + size);
  at_ += message.size();
  return message;
}

}  // namespace iroh::tls
