// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/identity/endpoint_ticket.hpp"

#include <ostream>

#include "base/base32.hpp"
#include "base/try.hpp"
#include "identity/addr_postcard.hpp"

namespace iroh {
namespace {

constexpr std::uint32_t only_variant = 0;

std::unexpected<error_code> failure(TicketError error) {
  return std::unexpected(make_error_code(error));
}

/// What an error below means for the ticket.
TicketError ticket_error(const error_code& error) noexcept {
  if (error == make_error_code(KeyError::invalid_key_data)) return TicketError::invalid_endpoint_id;
  if (error == make_error_code(AddrError::postcard_truncated)) return TicketError::truncated;
  return TicketError::invalid_address;
}

Result<EndpointAddr> read_ticket(base::PostcardReader& reader, CustomAddrForm form) {
  const auto variant = reader.u32();
  if (!variant) return failure(TicketError::truncated);
  if (*variant != only_variant) return failure(TicketError::unknown_variant);
  auto addr = identity::read_endpoint_addr(reader, form);
  if (!addr) return failure(ticket_error(addr.error()));
  return addr;
}

}  // namespace

Result<EndpointTicket> EndpointTicket::parse(std::string_view text) {
  if (text.starts_with("node")) return failure(TicketError::old_node_ticket);
  if (!text.starts_with(prefix)) return failure(TicketError::wrong_prefix);
  const auto bytes = base::from_base32_any_case(text.substr(prefix.size()));
  if (!bytes) return failure(TicketError::invalid_base32);
  return from_bytes(*bytes);
}

Result<EndpointTicket> EndpointTicket::from_bytes(std::span<const std::byte> bytes) {
  // [endpoint.md §1.9] Trailing bytes are legal.
  IROH_TRY(addr, identity::read_either_form(bytes, read_ticket));
  return EndpointTicket(std::move(addr));
}

std::vector<std::byte> EndpointTicket::to_bytes(CustomAddrForm form) const {
  base::PostcardWriter writer;
  writer.u32(only_variant);
  identity::write_endpoint_addr(writer, addr_, form);
  return writer.take();
}

std::string EndpointTicket::to_string(CustomAddrForm form) const {
  std::string text(prefix);
  return text += base::to_base32(to_bytes(form), base::Base32::lower);
}

std::ostream& operator<<(std::ostream& out, const EndpointTicket& ticket) {
  return out << ticket.to_string();
}

}  // namespace iroh

std::size_t std::hash<iroh::EndpointTicket>::operator()(const iroh::EndpointTicket& ticket) const noexcept {
  return std::hash<iroh::EndpointAddr>()(ticket.addr());
}
