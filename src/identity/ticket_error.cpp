// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/identity/ticket_error.hpp"

#include <string>

#include "base/error_category.hpp"

namespace iroh {
namespace {

TicketErrorKind kind_of(TicketError error) noexcept {
  switch (error) {
    case TicketError::wrong_prefix:
    case TicketError::old_node_ticket:
      return TicketErrorKind::kind;
    case TicketError::invalid_base32:
      return TicketErrorKind::encoding;
    case TicketError::verification_failed:
      return TicketErrorKind::verify;
    case TicketError::unknown_variant:
    case TicketError::truncated:
    case TicketError::invalid_endpoint_id:
    case TicketError::invalid_address:
      return TicketErrorKind::postcard;
  }
  return TicketErrorKind::postcard;
}

std::string message(int value) {
  switch (static_cast<TicketError>(value)) {
    case TicketError::wrong_prefix:
      return "wrong prefix, expected endpoint";
    case TicketError::old_node_ticket:
      return "wrong prefix, expected endpoint: this is a node ticket of an iroh older than 1.0, which cannot talk to "
             "iroh 1.x; ask for a new ticket";
    case TicketError::invalid_base32:
      return "invalid ticket: not lower-case base32 without padding";
    case TicketError::unknown_variant:
      return "invalid ticket: unknown variant, made by a newer version";
    case TicketError::truncated:
      return "invalid ticket: it ends too early";
    case TicketError::invalid_endpoint_id:
      return "invalid ticket: the endpoint id is not a valid public key";
    case TicketError::invalid_address:
      return "invalid ticket: it holds an address that cannot be understood";
    case TicketError::verification_failed:
      return "invalid ticket: verification failed";
  }
  return "unknown error";
}

boost::system::error_condition condition(int value) noexcept {
  return make_error_condition(kind_of(static_cast<TicketError>(value)));
}

std::string kind_message(int value) {
  switch (static_cast<TicketErrorKind>(value)) {
    case TicketErrorKind::kind:
      return "not a ticket of this kind";
    case TicketErrorKind::encoding:
      return "invalid text encoding of a ticket";
    case TicketErrorKind::postcard:
      return "invalid content of a ticket";
    case TicketErrorKind::verify:
      return "ticket verification failed";
  }
  return "unknown error";
}

}  // namespace

const boost::system::error_category& ticket_category() noexcept {
  static const base::ErrorCategory category("iroh.ticket", message, condition);
  return category;
}

const boost::system::error_category& ticket_kind_category() noexcept {
  static const base::ErrorCategory category("iroh.ticket.kind", kind_message);
  return category;
}

}  // namespace iroh
