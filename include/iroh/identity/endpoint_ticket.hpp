// SPDX-License-Identifier: MIT OR Apache-2.0
/// EndpointTicket: an EndpointAddr as one word that can be copied, pasted and sent in a message. [endpoint.md §1.9]
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "iroh/base/result.hpp"
#include "iroh/identity/endpoint_addr.hpp"
#include "iroh/identity/ticket_error.hpp"

namespace iroh {

/// "endpoint" and lower-case base32. Flow info and scope id of IPv6 addresses are not carried.
class EndpointTicket {
 public:
  static constexpr std::string_view prefix = "endpoint";

  explicit EndpointTicket(EndpointAddr addr) : addr_(std::move(addr)) {}

  /// The prefix must match exactly, the rest may be in any case. Fails with a TicketError.
  static Result<EndpointTicket> parse(std::string_view text);
  /// The bytes below the text. Fails with a TicketError.
  static Result<EndpointTicket> from_bytes(std::span<const std::byte> bytes);

  const EndpointAddr& addr() const noexcept { return addr_; }
  const EndpointId& id() const noexcept { return addr_.id(); }
  std::string to_string(CustomAddrForm form = CustomAddrForm::iroh_1_4) const;
  std::vector<std::byte> to_bytes(CustomAddrForm form = CustomAddrForm::iroh_1_4) const;

  friend bool operator==(const EndpointTicket&, const EndpointTicket&) noexcept = default;
  friend std::strong_ordering operator<=>(const EndpointTicket&, const EndpointTicket&) noexcept = default;

 private:
  EndpointAddr addr_;
};

/// Writes to_string().
std::ostream& operator<<(std::ostream& out, const EndpointTicket& ticket);

}  // namespace iroh

template <>
struct std::hash<iroh::EndpointTicket> {
  std::size_t operator()(const iroh::EndpointTicket& ticket) const noexcept;
};
