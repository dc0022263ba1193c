// SPDX-License-Identifier: MIT OR Apache-2.0
// The keys that seal our servers' session tickets, and the filter against early data that comes twice.
// [endpoint.md §2.8], [RFC 8446 §8]
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_set>

#include "base/byte_span.hpp"

namespace iroh::tls {

/// Belongs to one endpoint, whose sessions run one at a time.
class TicketKeys {
 public:
  /// What GnuTLS takes as a ticket key.
  static constexpr std::size_t key_size = 64;
  using Key = std::array<std::byte, key_size>;

  /// ClientHellos with early data that are remembered. Without the bound a client with a ticket makes us remember one
  /// more each time; when it is reached all tickets become void, and with them all that is remembered.
  static constexpr std::size_t remembered_max = 16 * 1024;

  TicketKeys();
  TicketKeys(const TicketKeys&) = delete;
  TicketKeys& operator=(const TicketKeys&) = delete;
  ~TicketKeys();

  /// GnuTLS would accept early data under another protocol than the ticket's, and its tickets carry nothing of ours:
  /// a ticket of another protocol or another context is sealed with another key, hence unknown.
  Key key_for(std::string_view alpn, base::ByteSpan context) const;

  /// False if early data with this identifier was admitted before: a replay. [RFC 8446 §8.2]
  bool admit_early_data(base::ByteSpan id);

  std::size_t remembered() const;

 private:
  std::array<std::byte, 32> secret_{};  // random: tickets do not survive the endpoint
  std::uint64_t generation_ = 0;
  std::unordered_set<std::uint64_t> admitted_;
};

}  // namespace iroh::tls
