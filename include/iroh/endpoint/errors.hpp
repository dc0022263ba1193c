// SPDX-License-Identifier: MIT OR Apache-2.0
/// Errors of endpoints, connections and streams: one category per origin, and for each error what a caller can do about
/// it.
///
///   if (ec == iroh::EndpointError::no_address) ...     // this very error
///   if (ec == iroh::Reaction::retry_later) ...         // any error after which another try may succeed
///
/// A cancelled operation fails with boost::asio::error::operation_aborted.
#pragma once

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/error_condition.hpp>
#include <cstdint>
#include <optional>
#include <type_traits>

#include "iroh/base/result.hpp"

namespace iroh {

/// What went wrong with an endpoint, before there was a connection. In endpoint_category().
enum class EndpointError {
  closed = 1,              ///< the endpoint is closed, or its last handle is gone
  self_connect,            ///< the id that was dialled is the endpoint's own
  invalid_alpn,            ///< a protocol name is empty or longer than 255 bytes
  no_address,              ///< nothing is known of where the remote is
  not_supported,           ///< an option that this version does not have yet
  invalid_prefix_length,   ///< of a bind address: more than 32 or 128
  duplicate_default_addr,  ///< two bind addresses of one family are default routes
  no_valid_address,        ///< no socket could be bound
  tls_setup,               ///< the TLS library refused the key, or lacks what is needed
  no_executor,             ///< bind() without an executor, and the completion token brings none
  handler_failed,          ///< a protocol handler of the router ended the endpoint
  invalid_options,         ///< an option has a value out of range
  locally_rejected,        ///< a hook of this endpoint does not want the connection
  already_validated,       ///< Incoming::retry(): the client has proven its address
};

/// Why a connection is over, other than by an error code of QUIC or of the application. In connection_category().
enum class ConnectionError {
  version_mismatch = 1,
  reset,           ///< the peer has lost the connection's state
  timed_out,       ///< nothing was heard from the peer for too long
  locally_closed,  ///< this side has closed it, or dropped its last handle
  cids_exhausted,
};

/// Misuse or end of a stream. In stream_category().
enum class StreamError {
  closed = 1,         ///< finished, reset or stopped by this side
  busy,               ///< another read, or another write, of the stream has not completed yet
  too_long,           ///< read_to_end(): there is more than the limit
  ended_early,        ///< read_exact(): the stream ended before
  zero_rtt_rejected,  ///< the server did not take early data: open a new stream and send it again
};

/// In datagram_category().
enum class DatagramError {
  unsupported_by_peer = 1,
  disabled,   ///< by this endpoint's own options
  too_large,  ///< see Connection::max_datagram_size()
};

/// What a caller can do about an error; compares equal to the errors it fits.
enum class Reaction {
  retry_later = 1,  ///< the same call may succeed later
  reconnect,        ///< this connection is lost, a new one may work
  give_up,          ///< trying again will not help: the peer, or its user, has decided
  fix_call,         ///< the program asked for something that cannot be
};

const boost::system::error_category& endpoint_category() noexcept;    ///< "iroh.endpoint"
const boost::system::error_category& connection_category() noexcept;  ///< "iroh.connection"
const boost::system::error_category& stream_category() noexcept;      ///< "iroh.stream"
const boost::system::error_category& datagram_category() noexcept;    ///< "iroh.datagram"
/// "iroh.transport": the value is the QUIC error code that ended the connection, sent by whichever side. [RFC 9000
/// §20.1]
const boost::system::error_category& transport_category() noexcept;
/// "iroh.tls": the value is the TLS alert that ended the handshake. [RFC 8446 §6]
const boost::system::error_category& tls_category() noexcept;
/// "iroh.application": the value is the code with which the peer's application closed the connection. Code 0 is an
/// error like any other. Codes beyond int are cut to INT_MAX; close_reason() has them whole.
const boost::system::error_category& application_category() noexcept;
/// "iroh.stream.reset" and "iroh.stream.stopped": the value is the peer's application code, cut as above.
const boost::system::error_category& stream_reset_category() noexcept;
const boost::system::error_category& stream_stopped_category() noexcept;
const boost::system::error_category& reaction_category() noexcept;

/// Nothing for errors that come from elsewhere, such as a cancellation.
std::optional<Reaction> reaction_to(const error_code& error) noexcept;

inline error_code make_error_code(EndpointError error) noexcept {
  return {static_cast<int>(error), endpoint_category()};
}
inline error_code make_error_code(ConnectionError error) noexcept {
  return {static_cast<int>(error), connection_category()};
}
inline error_code make_error_code(StreamError error) noexcept {
  return {static_cast<int>(error), stream_category()};
}
inline error_code make_error_code(DatagramError error) noexcept {
  return {static_cast<int>(error), datagram_category()};
}
inline boost::system::error_condition make_error_condition(Reaction reaction) noexcept {
  return {static_cast<int>(reaction), reaction_category()};
}

}  // namespace iroh

template <>
struct boost::system::is_error_code_enum<iroh::EndpointError> : std::true_type {};
template <>
struct boost::system::is_error_code_enum<iroh::ConnectionError> : std::true_type {};
template <>
struct boost::system::is_error_code_enum<iroh::StreamError> : std::true_type {};
template <>
struct boost::system::is_error_code_enum<iroh::DatagramError> : std::true_type {};
template <>
struct boost::system::is_error_condition_enum<iroh::Reaction> : std::true_type {};
