// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tls/identity.hpp"

#include <algorithm>
#include <array>

#include "crypto/system_random.hpp"
#include "tls/gnutls_session.hpp"
#include "tls/raw_public_key.hpp"

namespace iroh::tls {

namespace {

// [endpoint.md §2.1] TLS 1.3 only, Ed25519 only, raw public keys only. AES-128 stands first: it is the fastest here,
// and as a server the choice is ours. X25519 stands first and is the only key share sent. The compatibility mode of TLS
// over TCP is off, as QUIC demands [RFC 9001 §8.4], and so are two extensions that mean something in older versions
// only.
#define IROH_TLS_ALGORITHMS                                                     \
  "NORMAL:-VERS-ALL:+VERS-TLS1.3"                                               \
  ":-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305"                   \
  ":-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1"                 \
  ":-SIGN-ALL:+SIGN-EDDSA-ED25519:-CTYPE-ALL:+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK" \
  ":%DISABLE_TLS13_COMPAT_MODE:%NO_ETM:%DISABLE_SAFE_RENEGOTIATION"
// ECDHE-PSK makes the client offer psk_dhe_ke alone: resumption without a key exchange would give up forward secrecy.
constexpr const char* client_algorithms = IROH_TLS_ALGORITHMS ":-KX-ALL:+ECDHE-PSK";
constexpr const char* server_algorithms = IROH_TLS_ALGORITHMS ":%SERVER_PRECEDENCE";
#undef IROH_TLS_ALGORITHMS

gnutls_priority_t make_priority(const char* text) noexcept {
  gnutls_priority_t priority = nullptr;
  return gnutls_priority_init(&priority, text, nullptr) == 0 ? priority : nullptr;
}

/// [RFC 8410 §7] PrivateKeyInfo of an Ed25519 seed; wiped when it dies.
struct Pkcs8 {
  explicit Pkcs8(std::span<const std::byte, 32> seed) noexcept {
    constexpr std::array<std::uint8_t, 16> prefix = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                                     0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};
    std::ranges::copy(seed, std::ranges::copy(std::as_bytes(std::span(prefix)), bytes.begin()).out);
  }
  Pkcs8(const Pkcs8&) = delete;
  Pkcs8& operator=(const Pkcs8&) = delete;
  ~Pkcs8() { crypto::wipe(bytes); }

  std::array<std::byte, 48> bytes;
};

gnutls_datum_t datum(base::MutableByteSpan bytes) noexcept {
  return {base::as_u8(bytes.data()), static_cast<unsigned>(bytes.size())};
}

}  // namespace

gnutls_priority_t client_priority() noexcept {
  static const gnutls_priority_t priority = make_priority(client_algorithms);
  return priority;
}

gnutls_priority_t server_priority() noexcept {
  static const gnutls_priority_t priority = make_priority(server_algorithms);
  return priority;
}

std::expected<std::shared_ptr<const Identity>, std::string> Identity::create(const SecretKey& key) {
  if (client_priority() == nullptr || server_priority() == nullptr) {
    return std::unexpected("GnuTLS lacks TLS 1.3 with raw public keys, Ed25519, AES-GCM or ChaCha20");
  }
  auto identity = std::make_shared<Identity>(key.public_key());
  Pkcs8 pkcs8(key.bytes());
  Spki spki = encode_spki(identity->id_.bytes());
  const gnutls_datum_t private_key = datum(pkcs8.bytes);
  const gnutls_datum_t public_key = datum(spki);
  int result = gnutls_certificate_allocate_credentials(&identity->credentials_);
  if (result == 0) {
    result =
        gnutls_certificate_set_rawpk_key_mem(identity->credentials_, &public_key, &private_key, GNUTLS_X509_FMT_DER,
                                             nullptr, GNUTLS_KEY_DIGITAL_SIGNATURE, nullptr, 0, 0);
  }
  if (result >= 0) result = gnutls_session_ticket_key_generate(&identity->ticket_key_);
  if (result < 0) return std::unexpected(std::string(gnutls_strerror(result)));
  if (!GnutlsSession::is_supported()) return std::unexpected("this GnuTLS does not let us add the extensions of QUIC");
  return identity;
}

Identity::~Identity() {
  if (credentials_ != nullptr) gnutls_certificate_free_credentials(credentials_);
  if (ticket_key_.data != nullptr) {
    crypto::wipe(std::as_writable_bytes(std::span(ticket_key_.data, ticket_key_.size)));
    gnutls_free(ticket_key_.data);
  }
}

std::expected<std::shared_ptr<const Identity>, std::string> make_identity(const SecretKey& key) {
  return Identity::create(key);
}

}  // namespace iroh::tls
