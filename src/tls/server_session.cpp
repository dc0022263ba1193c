// SPDX-License-Identifier: MIT OR Apache-2.0
// The server's side: choosing the protocol, demanding a client certificate, issuing tickets.
#include "crypto/system_random.hpp"
#include "tls/alert.hpp"
#include "tls/alpn.hpp"
#include "tls/gnutls_session.hpp"
#include "tls/raw_public_key.hpp"

namespace iroh::tls {

namespace {

/// [endpoint.md §2.8]
constexpr int ticket_lifetime_seconds = 86'400;

class ServerSession final : public GnutlsSession {
 public:
  ServerSession(std::shared_ptr<const Identity> owner, ServerOptions options)
      : GnutlsSession(std::move(owner), {.role = Role::server,
                                         .transport_parameters = std::move(options.transport_parameters),
                                         .early_data = options.early_data,
                                         .key_log = std::move(options.key_log)}),
        alpns_(std::move(options.alpns)),
        resumption_context_(std::move(options.resumption_context)) {
    if (session() == nullptr) return;
    // [endpoint.md 16]
    gnutls_certificate_server_set_request(session(), GNUTLS_CERT_REQUIRE);
    gnutls_db_set_cache_expiration(session(), ticket_lifetime_seconds);
    if (!options.early_data) return;
    gnutls_anti_replay_enable(session(), identity().anti_replay());
    // [RFC 9001 §4.6.1] The one value that QUIC allows: its own limits bound early data.
    require(gnutls_record_set_max_early_data_size(session(), 0xffffffff));
  }

  // [endpoint.md 23] GnuTLS declines by itself if the client did not offer psk_dhe_ke.
  void send_ticket() override {
    if (is_complete() && session() != nullptr) (void)gnutls_session_ticket_send(session(), 1, 0);
  }

 private:
  std::vector<std::byte> alpn_to_send() const override { return encode_alpns({std::string(alpn())}); }

  // The key depends on the protocol, so it can be given to GnuTLS only now, just before it looks at tickets.
  int on_alpn_chosen() override {
    auto key = identity().tickets().key_for(alpn(), resumption_context_);
    const gnutls_datum_t datum{base::as_u8(key.data()), static_cast<unsigned>(key.size())};
    const int result = gnutls_session_ticket_enable_server(session(), &datum);
    crypto::wipe(key);
    return result;
  }

  std::expected<std::string, Alert> choose_alpn(const std::vector<std::string_view>& received) const override {
    // [endpoint.md 60] The server's order decides.
    const std::string* chosen = select_alpn(alpns_, received);
    // [endpoint.md 20]
    if (chosen == nullptr) {
      return alert_error(AlertDescription::no_application_protocol, "no common application protocol");
    }
    return *chosen;
  }

  std::expected<EndpointId, Alert> check_key(base::ByteSpan spki) const override { return check_client_key(spki); }

  bool expects(Level level, std::uint8_t type) const noexcept override {
    switch (type) {
      case GNUTLS_HANDSHAKE_CLIENT_HELLO:
        return level == Level::initial;
      case GNUTLS_HANDSHAKE_CERTIFICATE_PKT:
      case GNUTLS_HANDSHAKE_CERTIFICATE_VERIFY:
      case GNUTLS_HANDSHAKE_FINISHED:
        return level == Level::handshake;
      default:
        return false;
    }
  }

  std::vector<std::string> alpns_;
  std::vector<std::byte> resumption_context_;
};

}  // namespace

std::unique_ptr<Session> make_server_session(std::shared_ptr<const Identity> identity, ServerOptions options) {
  return std::make_unique<ServerSession>(std::move(identity), std::move(options));
}

}  // namespace iroh::tls
