// SPDX-License-Identifier: MIT OR Apache-2.0
/// What can be wrong with a ticket: a code says what, a condition says which kind of error it is. [endpoint.md §1.9]
#pragma once

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/error_condition.hpp>
#include <type_traits>

namespace iroh {

/// Errors of EndpointTicket, in ticket_category().
enum class TicketError {
  wrong_prefix = 1,  ///< not the prefix of this kind of ticket
  old_node_ticket,   ///< a ticket of iroh before 1.0, which starts with "node" [tools.md §3.2]
  invalid_base32,
  unknown_variant,
  truncated,
  invalid_endpoint_id,
  invalid_address,
  verification_failed,  ///< the parts of the ticket contradict each other; endpoint tickets never do
};

/// The four kinds of error that iroh tells apart: `if (error == TicketErrorKind::encoding)`.
enum class TicketErrorKind { kind = 1, encoding, postcard, verify };

/// Name "iroh.ticket".
const boost::system::error_category& ticket_category() noexcept;
/// Name "iroh.ticket.kind".
const boost::system::error_category& ticket_kind_category() noexcept;

inline boost::system::error_code make_error_code(TicketError error) noexcept {
  return {static_cast<int>(error), ticket_category()};
}
inline boost::system::error_condition make_error_condition(TicketErrorKind kind) noexcept {
  return {static_cast<int>(kind), ticket_kind_category()};
}

}  // namespace iroh

template <>
struct boost::system::is_error_code_enum<iroh::TicketError> : std::true_type {};
template <>
struct boost::system::is_error_condition_enum<iroh::TicketErrorKind> : std::true_type {};
