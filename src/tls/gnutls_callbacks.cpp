// SPDX-License-Identifier: MIT OR Apache-2.0
// What GnuTLS calls while a handshake message is processed.
#include <algorithm>

#include "base/assert.hpp"
#include "base/hex.hpp"
#include "tls/alert.hpp"
#include "tls/alpn.hpp"
#include "tls/gnutls_session.hpp"
#include "tls/raw_public_key.hpp"

namespace iroh::tls {

namespace {

// [RFC 9001 §8.2]
constexpr int transport_parameters_extension = 57;

// ALPN is 16. GnuTLS refuses to replace its own extension, which only holds 8 names of 31 bytes, but compares the
// number as an int and keeps its low 16 bits. is_supported() finds out if that ever changes. [RFC 7301 §3.1],
// [endpoint.md §2.7]
constexpr int alpn_extension = 0x1'0000 + 16;

constexpr unsigned extension_flags =
    GNUTLS_EXT_FLAG_TLS | GNUTLS_EXT_FLAG_CLIENT_HELLO | GNUTLS_EXT_FLAG_EE | GNUTLS_EXT_FLAG_OVERRIDE_INTERNAL;

Level from_gnutls(gnutls_record_encryption_level_t level) noexcept {
  static_assert(static_cast<int>(Level::initial) == GNUTLS_ENCRYPTION_LEVEL_INITIAL);
  static_assert(static_cast<int>(Level::early) == GNUTLS_ENCRYPTION_LEVEL_EARLY);
  static_assert(static_cast<int>(Level::handshake) == GNUTLS_ENCRYPTION_LEVEL_HANDSHAKE);
  static_assert(static_cast<int>(Level::application) == GNUTLS_ENCRYPTION_LEVEL_APPLICATION);
  return static_cast<Level>(level);
}

base::ByteSpan as_span(const void* data, std::size_t size) noexcept {
  return {static_cast<const std::byte*>(data), size};
}

std::optional<crypto::CipherSuite> cipher_suite(gnutls_session_t session, Level level) noexcept {
  // Early data is protected as the session was that the ticket comes from.
  switch (level == Level::early ? gnutls_early_cipher_get(session) : gnutls_cipher_get(session)) {
    case GNUTLS_CIPHER_AES_128_GCM:
      return crypto::CipherSuite::aes_128_gcm_sha256;
    case GNUTLS_CIPHER_AES_256_GCM:
      return crypto::CipherSuite::aes_256_gcm_sha384;
    case GNUTLS_CIPHER_CHACHA20_POLY1305:
      return crypto::CipherSuite::chacha20_poly1305_sha256;
    default:
      return std::nullopt;
  }
}

int append(gnutls_buffer_t buffer, base::ByteSpan data) noexcept {
  return gnutls_buffer_append_data(buffer, data.data(), data.size());
}

}  // namespace

GnutlsSession& GnutlsSession::self(gnutls_session_t session) noexcept {
  return *static_cast<GnutlsSession*>(gnutls_session_get_ptr(session));
}

int GnutlsSession::register_extensions(gnutls_session_t session) {
  // Both are parsed before on_client_hello() is called.
  const int result = gnutls_session_ext_register(
      session, "ALPN", alpn_extension, GNUTLS_EXT_APPLICATION,
      [](gnutls_session_t s, const unsigned char* data, std::size_t size) noexcept {
        return self(s).on_alpn(as_span(data, size));
      },
      [](gnutls_session_t s, gnutls_buffer_t buffer) noexcept { return append(buffer, self(s).alpn_to_send()); },
      nullptr, nullptr, nullptr, extension_flags);
  if (result < 0) return result;
  return gnutls_session_ext_register(
      session, "QUIC Transport Parameters", transport_parameters_extension, GNUTLS_EXT_APPLICATION,
      [](gnutls_session_t s, const unsigned char* data, std::size_t size) noexcept {
        const auto bytes = as_span(data, size);
        self(s).peer_parameters_.emplace(bytes.begin(), bytes.end());
        return 0;
      },
      [](gnutls_session_t s, gnutls_buffer_t buffer) noexcept {
        const auto& parameters = self(s).setup_.transport_parameters;
        // GnuTLS leaves out an extension without data unless it is told otherwise.
        return parameters.empty() ? GNUTLS_E_INT_RET_0 : append(buffer, parameters);
      },
      nullptr, nullptr, nullptr, extension_flags);
}

bool GnutlsSession::is_supported() {
  gnutls_session_t session = nullptr;
  const bool ok = gnutls_init(&session, GNUTLS_CLIENT) == 0 && register_extensions(session) == 0;
  if (session != nullptr) gnutls_deinit(session);
  return ok;
}

void GnutlsSession::install_callbacks() {
  require(register_extensions(session()));
  gnutls_handshake_set_secret_function(session(), [](gnutls_session_t s, gnutls_record_encryption_level_t level,
                                                     const void* read, const void* write, std::size_t size) noexcept {
    return self(s).on_secrets(from_gnutls(level), as_span(read, read != nullptr ? size : 0),
                              as_span(write, write != nullptr ? size : 0));
  });
  gnutls_handshake_set_read_function(
      session(), [](gnutls_session_t s, gnutls_record_encryption_level_t level, gnutls_handshake_description_t type,
                    const void* data, std::size_t size) noexcept {
        // [RFC 9001 §8.4] QUIC has no change_cipher_spec.
        if (type != GNUTLS_HANDSHAKE_CHANGE_CIPHER_SPEC) self(s).on_crypto(from_gnutls(level), as_span(data, size));
        return 0;
      });
  // Alerts are returned by feed(); without this function GnuTLS would try to send them as records.
  gnutls_alert_set_read_function(session(), [](gnutls_session_t, gnutls_record_encryption_level_t, gnutls_alert_level_t,
                                               gnutls_alert_description_t) noexcept { return 0; });
  gnutls_handshake_set_post_client_hello_function(
      session(), [](gnutls_session_t s) noexcept { return self(s).on_client_hello(); });
  gnutls_handshake_set_hook_function(
      session(), GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_BOTH,
      [](gnutls_session_t s, unsigned type, unsigned when, unsigned incoming, const gnutls_datum_t* body) noexcept {
        if (incoming == 0) return 0;
        return self(s).on_message(type, when == GNUTLS_HOOK_PRE, as_span(body->data, body->size));
      });
  // [endpoint.md 24] GnuTLS by itself writes secrets to the file that SSLKEYLOGFILE names.
  gnutls_session_set_keylog_function(session(),
                                     [](gnutls_session_t s, const char* label, const gnutls_datum_t* secret) noexcept {
                                       self(s).on_key_log(label, as_span(secret->data, secret->size));
                                       return 0;
                                     });
}

void GnutlsSession::on_key_log(std::string_view label, base::ByteSpan secret) {
  if (label == "EXPORTER_SECRET") exporter_secret_ = Secret(secret);
  if (label == "CLIENT_TRAFFIC_SECRET_0") client_traffic_secret_ = Secret(secret);
  if (setup_.key_log == nullptr || !*setup_.key_log) return;
  gnutls_datum_t client_random{};
  gnutls_session_get_random(session(), &client_random, nullptr);
  std::string line(label);
  line += ' ';
  line += base::to_hex(as_span(client_random.data, client_random.size));
  line += ' ';
  line += base::to_hex(secret);
  (*setup_.key_log)(line);
}

int GnutlsSession::refuse(Alert alert) {
  refusal_ = std::move(alert);
  return GNUTLS_E_APPLICATION_ERROR_MIN;
}

int GnutlsSession::on_secrets(Level level, base::ByteSpan read, base::ByteSpan write) {
  const auto suite = cipher_suite(session(), level);
  if (!suite) return refuse(make_alert(AlertDescription::internal_error, "unknown cipher suite"));
  if (!read.empty() && level != Level::early) read_level_ = level;
  if (level == Level::application) {
    suite_ = *suite;
    if (setup_.role == Role::server && !client_traffic_secret_.empty()) return on_server_application_secret(write);
  }
  push(Secrets{level, *suite, Secret(read), Secret(write)});
  return 0;
}

/// GnuTLS gives the reading half of a server only with the client's Finished. It is known before, and QUIC wants both
/// halves together: the writing one protects 0.5-RTT packets. Not to read too early is QUIC's duty. [RFC 9001 §5.7]
int GnutlsSession::on_server_application_secret(base::ByteSpan write) {
  if (!write.empty()) push(Secrets{Level::application, suite_, client_traffic_secret_, Secret(write)});
  return 0;
}

void GnutlsSession::on_crypto(Level level, base::ByteSpan bytes) {
  if (next_output_ < outputs_.size()) {
    auto* last = std::get_if<CryptoData>(&outputs_.back());
    if (last != nullptr && last->level == level) {
      last->bytes.insert(last->bytes.end(), bytes.begin(), bytes.end());
      return;
    }
  }
  push(CryptoData{level, {bytes.begin(), bytes.end()}});
}

int GnutlsSession::on_alpn(base::ByteSpan data) {
  const auto names = decode_alpns(data);
  if (!names) return refuse(make_alert(AlertDescription::decode_error, "malformed ALPN extension"));
  auto chosen = choose_alpn(*names);
  if (!chosen) return refuse(std::move(chosen.error()));
  alpn_ = *std::move(chosen);
  return 0;
}

int GnutlsSession::on_client_hello() {
  // [RFC 9001 §4.2] GnuTLS would go on for a while and then find no cipher suite.
  if (gnutls_protocol_get_version(session()) != GNUTLS_TLS1_3) {
    return refuse(make_alert(AlertDescription::protocol_version, "the client does not offer TLS 1.3"));
  }
  // [endpoint.md 20] No ALPN extension is answered like no overlap.
  if (alpn_.empty()) {
    return refuse(make_alert(AlertDescription::no_application_protocol, "the client offers no application protocol"));
  }
  // [RFC 9001 §8.2]
  if (!peer_parameters_) {
    return refuse(make_alert(AlertDescription::missing_extension, "the client sent no transport parameters"));
  }
  return on_alpn_chosen();
}

int GnutlsSession::on_message(unsigned type, bool before, base::ByteSpan body) {
  if (type == GNUTLS_HANDSHAKE_NEW_SESSION_TICKET && !before) on_ticket_received();
  if (type != GNUTLS_HANDSHAKE_CERTIFICATE_PKT || !before) return 0;
  const auto certificate = single_certificate(body, setup_.role == Role::server);
  if (!certificate) return refuse(certificate.error());
  const auto id = check_key(*certificate);
  if (!id) return refuse(id.error());
  remote_id_ = *id;
  return 0;
}

}  // namespace iroh::tls
