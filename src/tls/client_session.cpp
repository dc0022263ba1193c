// SPDX-License-Identifier: MIT OR Apache-2.0
// The client's side: what it offers, the server it expects, tickets.
#include <algorithm>

#include "base/assert.hpp"
#include "base/byte_reader.hpp"
#include "tls/alert.hpp"
#include "tls/alpn.hpp"
#include "tls/gnutls_session.hpp"
#include "tls/raw_public_key.hpp"

namespace iroh::tls {

namespace {

/// [endpoint.md 22] A ticket of ours starts with both ids, so that it is never used under another identity or for
/// another peer: the server would take us for whom we were then. The protocol follows: early data must use the same.
std::vector<std::byte> ticket_prefix(const EndpointId& local, const EndpointId& remote) {
  std::vector<std::byte> prefix(local.bytes().begin(), local.bytes().end());
  prefix.insert(prefix.end(), remote.bytes().begin(), remote.bytes().end());
  return prefix;
}

struct OpenedTicket {
  std::string_view alpn;
  base::ByteSpan data;  // GnuTLS's
};

std::optional<OpenedTicket> open_ticket(base::ByteSpan ticket, base::ByteSpan prefix) {
  base::ByteReader reader(ticket);
  const auto ids = reader.bytes(prefix.size());
  if (!ids || !base::equal(*ids, prefix)) return std::nullopt;
  const auto alpn_size = reader.u8();
  if (!alpn_size) return std::nullopt;
  const auto alpn = reader.bytes(*alpn_size);
  if (!alpn) return std::nullopt;
  return OpenedTicket{base::as_text(*alpn), reader.rest()};
}

/// [RFC 8446 §4.2.10] Early data is for the protocol that was in use when the ticket was issued.
bool may_offer_early_data(const Identity& identity, const ClientOptions& options) {
  if (!options.early_data) return false;
  const auto ticket = open_ticket(options.ticket, ticket_prefix(identity.id(), options.expected_remote));
  return ticket && std::ranges::find(options.alpns, ticket->alpn) != options.alpns.end();
}

class ClientSession final : public GnutlsSession {
 public:
  ClientSession(std::shared_ptr<const Identity> identity, ClientOptions options)
      : ClientSession(identity, options, may_offer_early_data(*identity, options)) {}

 private:
  ClientSession(const std::shared_ptr<const Identity>& identity, ClientOptions& options, bool early_data)
      : GnutlsSession(identity, {.role = Role::client,
                                 .transport_parameters = std::move(options.transport_parameters),
                                 .early_data = early_data,
                                 .key_log = std::move(options.key_log)}),
        expected_remote_(options.expected_remote),
        alpns_(std::move(options.alpns)) {
    use_ticket(options.ticket);
  }

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
    const auto opened = open_ticket(ticket, prefix);
    if (session() == nullptr || !opened) return;
    ticket_alpn_ = opened->alpn;
    const auto data = opened->data;
    // A ticket that GnuTLS does not like, an expired one for example, merely means a full handshake.
    (void)gnutls_session_set_data(session(), data.data(), data.size());
  }

  void on_ticket_received() override {
    gnutls_datum_t data{};
    if (gnutls_session_get_data2(session(), &data) < 0) return;
    auto ticket = ticket_prefix(identity().id(), expected_remote_);
    ticket.push_back(static_cast<std::byte>(alpn().size()));
    const auto name = base::as_bytes(alpn());
    ticket.insert(ticket.end(), name.begin(), name.end());
    const auto bytes = std::as_bytes(std::span(data.data, data.size));
    ticket.insert(ticket.end(), bytes.begin(), bytes.end());
    gnutls_free(data.data);
    push(NewTicket{std::move(ticket)});
  }

  // [RFC 8446 §4.2.10] A server that does not check would take early data for what it is not.
  std::expected<void, Alert> check_early_data() const override {
    if (alpn() == ticket_alpn_) return {};
    return alert_error(AlertDescription::illegal_parameter, "early data accepted under another protocol");
  }

  EndpointId expected_remote_;
  std::string ticket_alpn_;
  std::vector<std::string> alpns_;
};

}  // namespace

std::unique_ptr<Session> make_client_session(std::shared_ptr<const Identity> identity, ClientOptions options) {
  IROH_ASSERT(!options.alpns.empty());
  return std::make_unique<ClientSession>(std::move(identity), std::move(options));
}

}  // namespace iroh::tls
