// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/endpoint/errors.hpp"

#include <fmt/format.h>

#include <string>

#include "endpoint/code_names.hpp"

namespace iroh {
namespace {

namespace errc = boost::system::errc;
using boost::system::error_category;
using boost::system::error_condition;

class EndpointCategory final : public error_category {
 public:
  const char* name() const noexcept override { return "iroh.endpoint"; }
  std::string message(int value) const override {
    switch (static_cast<EndpointError>(value)) {
      case EndpointError::closed:
        return "the endpoint is closed";
      case EndpointError::self_connect:
        return "an endpoint cannot connect to itself";
      case EndpointError::invalid_alpn:
        return "a protocol name (ALPN) must have 1 to 255 bytes";
      case EndpointError::no_address:
        return "no address of the remote endpoint is known";
      case EndpointError::not_supported:
        return "not supported yet";
      case EndpointError::invalid_prefix_length:
        return "a prefix length is at most 32 for IPv4 and 128 for IPv6";
      case EndpointError::duplicate_default_addr:
        return "two bind addresses of one family are default routes";
      case EndpointError::no_valid_address:
        return "no valid address available: no socket is bound";
      case EndpointError::tls_setup:
        return "the TLS library could not be set up";
      case EndpointError::no_executor:
        return "bind() needs an executor: the completion token has none";
      case EndpointError::handler_failed:
        return "a protocol handler failed fatally and ended the endpoint";
      case EndpointError::invalid_options:
        return "an option is out of range";
      case EndpointError::locally_rejected:
        return "a hook of this endpoint has rejected the connection";
      case EndpointError::already_validated:
        return "the client has proven its address already";
    }
    return "unknown error";
  }
  error_condition default_error_condition(int value) const noexcept override {
    if (static_cast<EndpointError>(value) == EndpointError::not_supported)
      return errc::make_error_condition(errc::not_supported);
    return error_category::default_error_condition(value);
  }
};

class ConnectionCategory final : public error_category {
 public:
  const char* name() const noexcept override { return "iroh.connection"; }
  std::string message(int value) const override {
    switch (static_cast<ConnectionError>(value)) {
      case ConnectionError::version_mismatch:
        return "the peer speaks no version of QUIC that we do";
      case ConnectionError::reset:
        return "the connection was reset by the peer";
      case ConnectionError::timed_out:
        return "the connection timed out";
      case ConnectionError::locally_closed:
        return "the connection was closed by this side";
      case ConnectionError::cids_exhausted:
        return "the connection ran out of connection ids";
    }
    return "unknown error";
  }
  error_condition default_error_condition(int value) const noexcept override {
    switch (static_cast<ConnectionError>(value)) {
      case ConnectionError::timed_out:
        return errc::make_error_condition(errc::timed_out);
      case ConnectionError::reset:
        return errc::make_error_condition(errc::connection_reset);
      default:
        return error_category::default_error_condition(value);
    }
  }
};

class StreamCategory final : public error_category {
 public:
  const char* name() const noexcept override { return "iroh.stream"; }
  std::string message(int value) const override {
    switch (static_cast<StreamError>(value)) {
      case StreamError::closed:
        return "the stream is closed";
      case StreamError::busy:
        return "another operation of the same kind is pending on the stream";
      case StreamError::too_long:
        return "the stream is longer than the limit";
      case StreamError::ended_early:
        return "the stream ended early";
      case StreamError::zero_rtt_rejected:
        return "the server has not taken the early data of this stream";
    }
    return "unknown error";
  }
};

class DatagramCategory final : public error_category {
 public:
  const char* name() const noexcept override { return "iroh.datagram"; }
  std::string message(int value) const override {
    switch (static_cast<DatagramError>(value)) {
      case DatagramError::unsupported_by_peer:
        return "the peer does not accept datagrams";
      case DatagramError::disabled:
        return "datagrams are disabled";
      case DatagramError::too_large:
        return "the datagram is too large";
    }
    return "unknown error";
  }
};

/// Categories whose values are codes from the wire: 0 is an error, too.
class WireCategory : public error_category {
 public:
  bool failed(int) const noexcept override { return true; }
};

class TransportCategory final : public WireCategory {
 public:
  const char* name() const noexcept override { return "iroh.transport"; }
  std::string message(int value) const override {
    return fmt::format("the connection was closed by QUIC: {}",
                       endpoint::transport_code_name(static_cast<unsigned>(value)));
  }
  error_condition default_error_condition(int value) const noexcept override {
    if (value == 0x02) return errc::make_error_condition(errc::connection_refused);
    return error_category::default_error_condition(value);
  }
};

class TlsCategory final : public WireCategory {
 public:
  const char* name() const noexcept override { return "iroh.tls"; }
  std::string message(int value) const override {
    return fmt::format("the handshake failed: {}", endpoint::tls_alert_name(static_cast<unsigned>(value)));
  }
};

class ApplicationCategory final : public WireCategory {
 public:
  const char* name() const noexcept override { return "iroh.application"; }
  std::string message(int value) const override {
    return fmt::format("the connection was closed by the peer's application with code {}", value);
  }
};

class StreamResetCategory final : public WireCategory {
 public:
  const char* name() const noexcept override { return "iroh.stream.reset"; }
  std::string message(int value) const override {
    return fmt::format("the stream was reset by the peer with code {}", value);
  }
};

class StreamStoppedCategory final : public WireCategory {
 public:
  const char* name() const noexcept override { return "iroh.stream.stopped"; }
  std::string message(int value) const override {
    return fmt::format("the stream was stopped by the peer with code {}", value);
  }
};

Reaction reaction_to_endpoint(EndpointError error) noexcept {
  switch (error) {
    case EndpointError::no_address:
    case EndpointError::no_valid_address:
      return Reaction::retry_later;
    case EndpointError::closed:
    case EndpointError::locally_rejected:
    case EndpointError::tls_setup:
    case EndpointError::handler_failed:
      return Reaction::give_up;
    default:
      return Reaction::fix_call;
  }
}

Reaction reaction_to_connection(ConnectionError error) noexcept {
  switch (error) {
    case ConnectionError::version_mismatch:
    case ConnectionError::locally_closed:
      return Reaction::give_up;
    default:
      return Reaction::reconnect;
  }
}

Reaction reaction_to_stream(StreamError error) noexcept {
  if (error == StreamError::zero_rtt_rejected) return Reaction::retry_later;
  return error == StreamError::closed || error == StreamError::busy ? Reaction::fix_call : Reaction::give_up;
}

Reaction reaction_to_datagram(DatagramError error) noexcept {
  return error == DatagramError::unsupported_by_peer ? Reaction::give_up : Reaction::fix_call;
}

Reaction reaction_to_transport(int code) noexcept {
  switch (code) {
    case 0x02:
      return Reaction::retry_later;  // CONNECTION_REFUSED
    case 0x00:                       // NO_ERROR: the peer goes away
    case 0x01:                       // INTERNAL_ERROR
    case 0x10:
      return Reaction::reconnect;  // NO_VIABLE_PATH
    default:
      return Reaction::give_up;  // one of the two implementations is at fault
  }
}

Reaction reaction_to_tls(int alert) noexcept {
  return alert == endpoint::alert_no_application_protocol ? Reaction::fix_call : Reaction::give_up;
}

class ReactionCategory final : public error_category {
 public:
  const char* name() const noexcept override { return "iroh.reaction"; }
  std::string message(int value) const override {
    switch (static_cast<Reaction>(value)) {
      case Reaction::retry_later:
        return "retry later";
      case Reaction::reconnect:
        return "reconnect";
      case Reaction::give_up:
        return "give up";
      case Reaction::fix_call:
        return "fix the call";
    }
    return "unknown reaction";
  }
  bool equivalent(const error_code& error, int condition) const noexcept override {
    return reaction_to(error) == static_cast<Reaction>(condition);
  }
};

}  // namespace

const error_category& endpoint_category() noexcept {
  static const EndpointCategory category;
  return category;
}
const error_category& connection_category() noexcept {
  static const ConnectionCategory category;
  return category;
}
const error_category& stream_category() noexcept {
  static const StreamCategory category;
  return category;
}
const error_category& datagram_category() noexcept {
  static const DatagramCategory category;
  return category;
}
const error_category& transport_category() noexcept {
  static const TransportCategory category;
  return category;
}
const error_category& tls_category() noexcept {
  static const TlsCategory category;
  return category;
}
const error_category& application_category() noexcept {
  static const ApplicationCategory category;
  return category;
}
const error_category& stream_reset_category() noexcept {
  static const StreamResetCategory category;
  return category;
}
const error_category& stream_stopped_category() noexcept {
  static const StreamStoppedCategory category;
  return category;
}
const error_category& reaction_category() noexcept {
  static const ReactionCategory category;
  return category;
}

std::optional<Reaction> reaction_to(const error_code& error) noexcept {
  const auto& category = error.category();
  const int value = error.value();
  if (category == endpoint_category()) return reaction_to_endpoint(static_cast<EndpointError>(value));
  if (category == connection_category()) return reaction_to_connection(static_cast<ConnectionError>(value));
  if (category == stream_category()) return reaction_to_stream(static_cast<StreamError>(value));
  if (category == datagram_category()) return reaction_to_datagram(static_cast<DatagramError>(value));
  if (category == transport_category()) return reaction_to_transport(value);
  if (category == tls_category()) return reaction_to_tls(value);
  if (category == application_category() || category == stream_reset_category() ||
      category == stream_stopped_category()) {
    return Reaction::give_up;
  }
  if (error == errc::address_in_use || error == errc::address_not_available || error == errc::permission_denied) {
    return Reaction::fix_call;
  }
  return std::nullopt;
}

}  // namespace iroh
