// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tls/identity.hpp"

#include <gnutls/abstract.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>

#include "crypto/ed25519.hpp"
#include "crypto/system_random.hpp"
#include "tls/gnutls_session.hpp"
#include "tls/raw_public_key.hpp"

namespace iroh::tls {

namespace {

// AES-128 stands first: it is the fastest here, and as a server the choice is ours.
constexpr std::array<std::string_view, 3> ciphers = {"AES-128-GCM", "AES-256-GCM", "CHACHA20-POLY1305"};
// [endpoint.md §2.1] TLS 1.3 only, Ed25519 only, raw public keys only. X25519 stands first and is the only key share
// sent. The compatibility mode of TLS over TCP is off, as QUIC demands [RFC 9001 §8.4], and so are two extensions that
// mean something in older versions only.
constexpr std::string_view common_algorithms =
    "NORMAL:-VERS-ALL:+VERS-TLS1.3"
    ":-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1"
    ":-SIGN-ALL:+SIGN-EDDSA-ED25519:-CTYPE-ALL:+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK"
    ":%DISABLE_TLS13_COMPAT_MODE:%NO_ETM:%DISABLE_SAFE_RENEGOTIATION:-CIPHER-ALL";
// ECDHE-PSK makes the client offer psk_dhe_ke alone: resumption without a key exchange would give up forward secrecy.
constexpr std::string_view client_algorithms = ":-KX-ALL:+ECDHE-PSK";
constexpr std::string_view server_algorithms = ":%SERVER_PRECEDENCE";

/// IROH_TLS_CIPHER, read once, leaves one of the ciphers alone, so that measurements can compare the same on both
/// sides. Another name leaves none, and then no identity can be made.
gnutls_priority_t make_priority(std::string_view of_role) {
  const char* only = std::getenv("IROH_TLS_CIPHER");
  std::string text(common_algorithms);
  for (const std::string_view cipher : ciphers) {
    if (only == nullptr || *only == '\0' || cipher == only) text.append(":+").append(cipher);
  }
  gnutls_priority_t priority = nullptr;
  return gnutls_priority_init(&priority, text.append(of_role).c_str(), nullptr) == 0 ? priority : nullptr;
}

gnutls_datum_t datum(base::MutableByteSpan bytes) noexcept {
  return {base::as_u8(bytes.data()), static_cast<unsigned>(bytes.size())};
}

/// [performance.md §5] GnuTLS asks for signatures here: libsodium makes them in half the time that GnuTLS takes.
int sign(gnutls_privkey_t, gnutls_sign_algorithm_t algorithm, void* seed_and_key, unsigned, const gnutls_datum_t* data,
         gnutls_datum_t* signature) noexcept {
  if (algorithm != GNUTLS_SIGN_EDDSA_ED25519) return GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM;
  const auto* bytes = static_cast<const std::byte*>(seed_and_key);
  const auto made = crypto::ed25519_sign(crypto::Ed25519KeySpan(bytes, 32), crypto::Ed25519KeySpan(bytes + 32, 32),
                                         std::as_bytes(std::span(data->data, data->size)));
  signature->data = static_cast<unsigned char*>(gnutls_malloc(made.size()));
  if (signature->data == nullptr) return GNUTLS_E_MEMORY_ERROR;
  signature->size = static_cast<unsigned>(made.size());
  std::ranges::copy(made, std::as_writable_bytes(std::span(signature->data, signature->size)).begin());
  return 0;
}

int signer_info(gnutls_privkey_t, unsigned flags, void*) noexcept {
  if ((flags & GNUTLS_PRIVKEY_INFO_PK_ALGO) != 0) return GNUTLS_PK_EDDSA_ED25519;
  if ((flags & GNUTLS_PRIVKEY_INFO_PK_ALGO_BITS) != 0) return 256;
  if ((flags & GNUTLS_PRIVKEY_INFO_HAVE_SIGN_ALGO) != 0) {
    return GNUTLS_FLAGS_TO_SIGN_ALGO(flags) == GNUTLS_SIGN_EDDSA_ED25519 ? 1 : 0;
  }
  return -1;
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
  int result = identity->use_key(key);
  if (result >= 0) result = identity->enable_anti_replay();
  if (result < 0) return std::unexpected(std::string(gnutls_strerror(result)));
  if (!GnutlsSession::is_supported()) return std::unexpected("this GnuTLS does not let us add the extensions of QUIC");
  return identity;
}

int Identity::use_key(const SecretKey& key) {
  std::ranges::copy(id_.bytes(), std::ranges::copy(key.bytes(), signing_key_.begin()).out);
  Spki spki = encode_spki(id_.bytes());
  const gnutls_datum_t public_key = datum(spki);
  if (const int result = gnutls_certificate_allocate_credentials(&credentials_); result < 0) return result;
  gnutls_privkey_t signer = nullptr;
  if (const int result = gnutls_privkey_init(&signer); result < 0) return result;
  gnutls_pcert_st certificate{};
  int result = gnutls_privkey_import_ext4(signer, signing_key_.data(), sign, nullptr, nullptr, nullptr, signer_info, 0);
  if (result >= 0) {
    result =
        gnutls_pcert_import_rawpk_raw(&certificate, &public_key, GNUTLS_X509_FMT_DER, GNUTLS_KEY_DIGITAL_SIGNATURE, 0);
  }
  if (result >= 0) {
    result = gnutls_certificate_set_key(credentials_, nullptr, 0, &certificate, 1, signer);
    if (result >= 0) return result;  // both belong to the credentials now
    gnutls_pcert_deinit(&certificate);
  }
  gnutls_privkey_deinit(signer);
  return result;
}

int Identity::enable_anti_replay() {
  if (const int result = gnutls_anti_replay_init(&anti_replay_); result < 0) return result;
  // GnuTLS's own window would refuse every ticket older than its latest turn, at most 10 s. Ours is the filter below.
  gnutls_anti_replay_set_window(anti_replay_, std::numeric_limits<unsigned>::max());
  gnutls_anti_replay_set_ptr(anti_replay_, &tickets_);
  gnutls_anti_replay_set_add_function(
      anti_replay_, [](void* tickets, time_t, const gnutls_datum_t* key, const gnutls_datum_t*) noexcept {
        const auto id = std::as_bytes(std::span(key->data, key->size));
        return static_cast<TicketKeys*>(tickets)->admit_early_data(id) ? 0 : GNUTLS_E_DB_ENTRY_EXISTS;
      });
  return 0;
}

Identity::~Identity() {
  if (credentials_ != nullptr) gnutls_certificate_free_credentials(credentials_);
  if (anti_replay_ != nullptr) gnutls_anti_replay_deinit(anti_replay_);
  crypto::wipe(signing_key_);
}

std::expected<std::shared_ptr<const Identity>, std::string> make_identity(const SecretKey& key) {
  return Identity::create(key);
}

}  // namespace iroh::tls
