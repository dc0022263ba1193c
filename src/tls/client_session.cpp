// SPDX-License-Identifier: MIT OR Apache-2.0
// The client's side: what it offers, the server it expects, tickets.
#include <algorithm>

#include "base/assert.hpp"
#include "tls/alert.hpp"
#include "tls/alpn.hpp"
#include "tls/gnutls_session.hpp"
#include "tls/raw_public_key.hpp"

namespace iroh::tls {

namespace {

/// [endpoint.md 22] A ticket of ours starts with both ids, so that it is never used under another identity or for
/// another peer: the server would take us for whom we were then.
std::vector<std::byte> ticket_prefix(const EndpointId& local, const EndpointId& remote) {
  std::vector<std::byte> prefix(local.bytes().begin(), local.bytes().end());
  prefix.insert(prefix.end(), remote.bytes().begin(), remote.bytes().end());
  return prefix;
}

class ClientSession final : public GnutlsSession {
 public:
  ClientSession(std::shared_ptr<const Identity> identity, ClientOptions options)
      : GnutlsSession(Role::client, std::move(identity), std::move(options.transport_parameters)),
        expected_remote_(options.expected_remote),
        alpns_(std::move(options.alpns)) {
    use_ticket(options.ticket);
  }

 private:
  std::vector<std::byte> alpn_to_send() const override { return encode_alpns(alpns_); }

  // [RFC 7301 §3.1] Exactly one, and one that was offered.
  std::expected<std::string, Alert> choose_alpn(const std::vector<std::string_view>& received) const override {
    if (received.size() != 1 || std::ranges::find(alpns_, received.front()) == alpns_.end()) {
      return alert_error(AlertDescription::illegal_parameter, "the server chose a protocol that was not offered");
    }
    return std::string(received.front());
  }

  std::expected<EndpointId, Alert> check_key(base::ByteSpan spki) const override {
    return check_server_key(spki, expected_remote_);
  }

  bool expects(Level level, std::uint8_t type) const noexcept override {
    switch (type) {
      case GNUTLS_HANDSHAKE_SERVER_HELLO:
        return level == Level::initial;  // HelloRetryRequest too
      case GNUTLS_HANDSHAKE_ENCRYPTED_EXTENSIONS:
      case GNUTLS_HANDSHAKE_CERTIFICATE_REQUEST:
      case GNUTLS_HANDSHAKE_CERTIFICATE_PKT:
      case GNUTLS_HANDSHAKE_CERTIFICATE_VERIFY:
      case GNUTLS_HANDSHAKE_FINISHED:
        return level == Level::handshake;
      case GNUTLS_HANDSHAKE_NEW_SESSION_TICKET:
        return level == Level::application;
      default:
        return false;
    }
  }

  void use_ticket(const std::vector<std::byte>& ticket) {
    const auto prefix = ticket_prefix(identity().id(), expected_remote_);
    if (session() == nullptr || ticket.size() <= prefix.size() ||
        !base::equal(base::ByteSpan(ticket).first(prefix.size()), prefix)) {
      return;
    }
    const auto data = base::ByteSpan(ticket).subspan(prefix.size());
    // A ticket that GnuTLS does not like, an expired one for example, merely means a full handshake.
    (void)gnutls_session_set_data(session(), data.data(), data.size());
  }

  void on_ticket_received() override {
    gnutls_datum_t data{};
    if (gnutls_session_get_data2(session(), &data) < 0) return;
    auto ticket = ticket_prefix(identity().id(), expected_remote_);
    const auto bytes = std::as_bytes(std::span(data.data, data.size));
    ticket.insert(ticket.end(), bytes.begin(), bytes.end());
    gnutls_free(data.data);
    push(NewTicket{std::move(ticket)});
  }

  EndpointId expected_remote_;
  std::vector<std::string> alpns_;
};

}  // namespace

std::unique_ptr<Session> make_client_session(std::shared_ptr<const Identity> identity, ClientOptions options) {
  IROH_ASSERT(!options.alpns.empty());
  return std::make_unique<ClientSession>(std::move(identity), std::move(options));
}

}  // namespace iroh::tls
