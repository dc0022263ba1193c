// SPDX-License-Identifier: MIT OR Apache-2.0
/// BlobTicket: a blob's hash and an endpoint that has it, as one word. [blobs.md §1.9]
#pragma once

#include <cstddef>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "iroh/base/result.hpp"
#include "iroh/blobs/hash.hpp"
#include "iroh/identity/endpoint_addr.hpp"
#include "iroh/identity/ticket_error.hpp"

namespace iroh {

/// "blob" and lower-case base32. Carries one relay URL at most, and IP addresses; flow info, scope ids and custom
/// addresses are left out.
class BlobTicket {
 public:
  static constexpr std::string_view prefix = "blob";

  BlobTicket(EndpointAddr addr, const HashAndFormat& content) : addr_(std::move(addr)), content_(content) {}

  /// The prefix must match exactly, the rest may be in any case. Fails with a TicketError.
  static Result<BlobTicket> parse(std::string_view text);
  /// The bytes below the text. Fails with a TicketError.
  static Result<BlobTicket> from_bytes(std::span<const std::byte> bytes);

  const EndpointAddr& addr() const noexcept { return addr_; }
  const HashAndFormat& content() const noexcept { return content_; }
  const Hash& hash() const noexcept { return content_.hash; }
  /// The content is a sequence of blobs, to be fetched with its children.
  bool is_recursive() const noexcept { return content_.format == BlobFormat::hash_seq; }
  std::string to_string() const;
  std::vector<std::byte> to_bytes() const;

  friend bool operator==(const BlobTicket&, const BlobTicket&) noexcept = default;

 private:
  EndpointAddr addr_;
  HashAndFormat content_;
};

/// Writes to_string().
std::ostream& operator<<(std::ostream& out, const BlobTicket& ticket);

}  // namespace iroh
