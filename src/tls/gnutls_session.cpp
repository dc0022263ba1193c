// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tls/gnutls_session.hpp"

#include "base/try.hpp"
#include "tls/alert.hpp"
#include "tls/raw_public_key.hpp"

namespace iroh::tls {

namespace {

// [RFC 8446 §4]
constexpr std::uint8_t new_session_ticket_type = 4;

/// Servers send one or two. More would only cost us time and the user memory.
constexpr unsigned tickets_received_max = 8;

unsigned init_flags(bool is_server) noexcept {
  // Early data is not enabled yet: without it neither side offers or accepts 0-RTT.
  constexpr unsigned common = GNUTLS_ENABLE_RAWPK | GNUTLS_NO_TICKETS_TLS12 | GNUTLS_NO_END_OF_EARLY_DATA;
  return is_server ? common | GNUTLS_SERVER | GNUTLS_NO_AUTO_SEND_TICKET
                   : common | GNUTLS_CLIENT | GNUTLS_KEY_SHARE_TOP;
}

/// The key that GnuTLS verified signatures with; on a resumed session, the one stored with the ticket.
std::optional<base::ByteSpan> verified_key(gnutls_session_t session) {
  unsigned count = 0;
  const gnutls_datum_t* certificates = gnutls_certificate_get_peers(session, &count);
  if (certificates == nullptr || count != 1) return std::nullopt;
  return std::as_bytes(std::span(certificates->data, certificates->size));
}

bool uses_raw_keys(gnutls_session_t session) noexcept {
  return gnutls_certificate_type_get2(session, GNUTLS_CTYPE_CLIENT) == GNUTLS_CRT_RAWPK &&
         gnutls_certificate_type_get2(session, GNUTLS_CTYPE_SERVER) == GNUTLS_CRT_RAWPK;
}

}  // namespace

GnutlsSession::GnutlsSession(Role role, std::shared_ptr<const Identity> identity,
                             std::vector<std::byte> transport_parameters)
    : identity_(std::move(identity)), transport_parameters_(std::move(transport_parameters)), role_(role) {
  gnutls_session_t session = nullptr;
  require(gnutls_init(&session, init_flags(role_ == Role::server)));
  session_.reset(session);
  if (session == nullptr) return;  // out of memory; start() and feed() will say so
  gnutls_session_set_ptr(session, this);
  require(gnutls_priority_set(session, role_ == Role::server ? server_priority() : client_priority()));
  require(gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, identity_->credentials()));
  install_callbacks();
}

void GnutlsSession::require(int result) {
  if (result < 0 && !failure_) failure_ = make_alert(AlertDescription::internal_error, gnutls_strerror(result));
}

std::expected<void, Alert> GnutlsSession::start() {
  if (failure_) return std::unexpected(*failure_);
  return role_ == Role::client ? advance() : std::expected<void, Alert>();
}

std::expected<void, Alert> GnutlsSession::feed(Level level, base::ByteSpan bytes) {
  if (failure_) return std::unexpected(*failure_);
  // [RFC 9001 §4.1.3] Handshake bytes come at the level that is being read, not at one that is done with.
  if (level != read_level_ && !bytes.empty()) {
    return fail(make_alert(AlertDescription::unexpected_message, "handshake bytes at the wrong encryption level"));
  }
  if (auto appended = messages_.append(level, bytes); !appended) return fail(std::move(appended.error()));
  for (;;) {
    auto message = messages_.next();
    if (!message) return fail(std::move(message.error()));
    if (!*message) return {};
    IROH_TRY_VOID(process(level, **message));
    // [RFC 9001 §4.1.3] Nothing may follow the message that changes the keys.
    if (read_level_ != level && !messages_.is_empty()) {
      return fail(make_alert(AlertDescription::unexpected_message, "handshake bytes follow a change of keys"));
    }
  }
}

std::expected<void, Alert> GnutlsSession::process(Level level, base::ByteSpan message) {
  const auto type = std::to_integer<std::uint8_t>(message.front());
  // [RFC 9001 §6], [RFC 9001 §4.4] KeyUpdate and post-handshake CertificateRequest fall here as well.
  if (!expects(level, type)) {
    return fail(make_alert(AlertDescription::unexpected_message, "unexpected handshake message"));
  }
  if (type == new_session_ticket_type && ++tickets_received_ > tickets_received_max) return {};
  const auto gnutls_level = static_cast<gnutls_record_encryption_level_t>(level);
  const int result = gnutls_handshake_write(session(), gnutls_level, message.data(), message.size());
  if (result < 0 && gnutls_error_is_fatal(result) != 0) return fail(result);
  return is_complete_ ? std::expected<void, Alert>() : advance();
}

std::expected<void, Alert> GnutlsSession::advance() {
  const int result = gnutls_handshake(session());
  if (result < 0 && gnutls_error_is_fatal(result) != 0) return fail(result);
  IROH_TRY_VOID(check_negotiated());
  return result == 0 ? complete() : std::expected<void, Alert>();
}

/// What the hello messages settled, as soon as they are processed.
std::expected<void, Alert> GnutlsSession::check_negotiated() {
  if (read_level_ == Level::initial) return {};
  // [endpoint.md §2.2] Never fall back to X.509. A client knows only after EncryptedExtensions, hence complete().
  if (role_ == Role::server && !uses_raw_keys(session())) {
    return fail(make_alert(AlertDescription::handshake_failure, "the client does not offer raw public keys"));
  }
  if (peer_parameters_ && !peer_parameters_reported_) {
    peer_parameters_reported_ = true;
    push(PeerTransportParameters{*peer_parameters_});
  }
  return {};
}

std::expected<void, Alert> GnutlsSession::complete() {
  if (!uses_raw_keys(session())) {
    return fail(make_alert(AlertDescription::handshake_failure, "raw public keys were not negotiated"));
  }
  if (!peer_parameters_) {
    return fail(make_alert(AlertDescription::missing_extension, "the peer sent no transport parameters"));
  }
  // [endpoint.md §2.5] An ALPN always exists on a completed connection.
  if (alpn_.empty()) return fail(make_alert(AlertDescription::no_application_protocol, "no ALPN was negotiated"));
  // [endpoint.md 16], [endpoint.md §2.8] No Certificate message is seen on resumption: the identity is that of the
  // original connection, and judged again. Otherwise it must be the one that was judged.
  const auto key = verified_key(session());
  if (!key) return fail(make_alert(AlertDescription::certificate_required, "the peer has no identity"));
  auto id = check_key(*key);
  if (!id) return fail(std::move(id.error()));
  if (remote_id_.value_or(*id) != *id) {
    return fail(make_alert(AlertDescription::internal_error, "the peer's identity is ambiguous"));
  }
  remote_id_ = *id;
  is_complete_ = true;
  push(Completed{});
  return {};
}

std::expected<void, Alert> GnutlsSession::fail(Alert alert) {
  // What this message produced is moot: the connection closes with the alert and nothing else.
  outputs_.clear();
  next_output_ = 0;
  failure_ = std::move(alert);
  return std::unexpected(*failure_);
}

std::expected<void, Alert> GnutlsSession::fail(int error) {
  return fail(refusal_ ? *std::move(refusal_) : alert_from_gnutls(error));
}

void GnutlsSession::push(Output output) {
  outputs_.push_back(std::move(output));
}

std::optional<Output> GnutlsSession::poll_output() {
  if (next_output_ < outputs_.size()) return std::move(outputs_[next_output_++]);
  outputs_.clear();
  next_output_ = 0;
  return std::nullopt;
}

std::expected<std::vector<std::byte>, Alert> GnutlsSession::export_keying_material(std::string_view label,
                                                                                   base::ByteSpan context,
                                                                                   std::size_t size) {
  if (!is_complete_) return alert_error(AlertDescription::internal_error, "the handshake is not complete");
  std::vector<std::byte> out(size);
  const int result =
      gnutls_prf_rfc5705(session(), label.size(), label.data(), context.size(),
                         reinterpret_cast<const char*>(context.data()), size, reinterpret_cast<char*>(out.data()));
  if (result < 0) return alert_error(AlertDescription::internal_error, gnutls_strerror(result));
  return out;
}

}  // namespace iroh::tls
