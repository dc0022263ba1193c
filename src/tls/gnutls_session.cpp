// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tls/gnutls_session.hpp"

#include <gnutls/crypto.h>

#include "base/try.hpp"
#include "crypto/hkdf.hpp"
#include "tls/alert.hpp"
#include "tls/raw_public_key.hpp"

namespace iroh::tls {

namespace {

// [RFC 8446 §4]
constexpr std::uint8_t new_session_ticket_type = 4;

/// Servers send one or two. More would only cost us time and the user memory.
constexpr unsigned tickets_received_max = 8;

/// [RFC 8446 §7.1] 255 bytes with the prefix "tls13 ".
constexpr std::size_t exporter_label_max = 249;

unsigned init_flags(bool is_server, bool early_data) noexcept {
  constexpr unsigned common = GNUTLS_ENABLE_RAWPK | GNUTLS_NO_TICKETS_TLS12 | GNUTLS_NO_END_OF_EARLY_DATA;
  const unsigned early = early_data ? GNUTLS_ENABLE_EARLY_DATA : 0;
  return is_server ? common | early | GNUTLS_SERVER | GNUTLS_NO_AUTO_SEND_TICKET
                   : common | early | GNUTLS_CLIENT | GNUTLS_KEY_SHARE_TOP;
}

/// TLS-Exporter, written out so that the GnuTLS session need not live as long as the connection. [RFC 8446 §7.5]
std::optional<std::vector<std::byte>> hash(crypto::HashAlgorithm algorithm, base::ByteSpan data) {
  std::vector<std::byte> digest(crypto::hash_size(algorithm));
  const auto id = algorithm == crypto::HashAlgorithm::sha384 ? GNUTLS_DIG_SHA384 : GNUTLS_DIG_SHA256;
  if (gnutls_hash_fast(id, data.data(), data.size(), digest.data()) < 0) return std::nullopt;
  return digest;
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

GnutlsSession::GnutlsSession(std::shared_ptr<const Identity> identity, Setup setup)
    : identity_(std::move(identity)), setup_(std::move(setup)) {
  const bool is_server = setup_.role == Role::server;
  gnutls_session_t session = nullptr;
  require(gnutls_init(&session, init_flags(is_server, setup_.early_data)));
  session_.reset(session);
  if (session == nullptr) return;  // out of memory; start() and feed() will say so
  gnutls_session_set_ptr(session, this);
  require(gnutls_priority_set(session, is_server ? server_priority() : client_priority()));
  require(gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, identity_->credentials()));
  install_callbacks();
}

void GnutlsSession::require(int result) {
  if (result < 0 && !failure_) failure_ = make_alert(AlertDescription::internal_error, gnutls_strerror(result));
}

std::expected<void, Alert> GnutlsSession::start() {
  if (failure_) return std::unexpected(*failure_);
  return setup_.role == Role::client ? advance() : std::expected<void, Alert>();
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
  if (session_ == nullptr) return skip_after_release(message);
  if (type == new_session_ticket_type && ++tickets_received_ > tickets_received_max) return {};
  const auto gnutls_level = static_cast<gnutls_record_encryption_level_t>(level);
  const int result = gnutls_handshake_write(session(), gnutls_level, message.data(), message.size());
  if (result < 0 && gnutls_error_is_fatal(result) != 0) return fail(result);
  return is_complete_ ? std::expected<void, Alert>() : advance();
}

/// Only tickets may come when the handshake is over, and nobody waits for them any more.
std::expected<void, Alert> GnutlsSession::skip_after_release(base::ByteSpan message) {
  if (std::to_integer<std::uint8_t>(message.front()) == new_session_ticket_type) return {};
  return fail(make_alert(AlertDescription::unexpected_message, "unexpected handshake message"));
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
  if (setup_.role == Role::server && !uses_raw_keys(session())) {
    return fail(make_alert(AlertDescription::handshake_failure, "the client does not offer raw public keys"));
  }
  if (peer_parameters_ && !peer_parameters_reported_) {
    peer_parameters_reported_ = true;
    is_early_data_accepted_ = (gnutls_session_get_flags(session()) & GNUTLS_SFLAGS_EARLY_DATA) != 0;
    if (is_early_data_accepted_) {
      if (auto checked = check_early_data(); !checked) return fail(std::move(checked.error()));
    }
    push(PeerTransportParameters{*peer_parameters_, is_early_data_accepted_});
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
  is_resumed_ = gnutls_session_is_resumed(session()) != 0;
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
  const auto algorithm = crypto::hash_of(suite_);
  const auto empty_hash = hash(algorithm, {});
  const auto context_hash = hash(algorithm, context);
  if (!empty_hash || !context_hash || exporter_secret_.empty() || label.size() > exporter_label_max ||
      size > 255 * crypto::hash_size(algorithm)) {
    return alert_error(AlertDescription::internal_error, "no such key can be exported");
  }
  const Secret derived(
      crypto::hkdf_expand_label(algorithm, exporter_secret_.bytes(), label, *empty_hash, crypto::hash_size(algorithm)));
  return crypto::hkdf_expand_label(algorithm, derived.bytes(), "exporter", *context_hash, size);
}

void GnutlsSession::release() {
  if (!is_complete_) return;
  session_.reset();
  client_traffic_secret_ = {};
  setup_.transport_parameters = {};
  peer_parameters_.reset();
  messages_ = {};
}

}  // namespace iroh::tls
