// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/packet_cipher.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "crypto/backend/backends.hpp"

namespace iroh::crypto {

namespace {

constexpr std::array suites = {CipherSuite::aes_128_gcm_sha256, CipherSuite::aes_256_gcm_sha384,
                               CipherSuite::chacha20_poly1305_sha256};

bool works(const PacketCipherBackend& backend) {
  return std::ranges::all_of(
      suites, [&](CipherSuite suite) { return !backend.supports(suite) || passes_self_check(backend, suite); });
}

/// The order is fixed, not measured at start-up: a measurement would depend on what else the machine does just then.
std::vector<const PacketCipherBackend*> find_backends() {
  std::vector<const PacketCipherBackend*> backends;
  for (const PacketCipherBackend* backend : {ipsec_mb_backend(), gnutls_backend(), openssl_backend()}) {
    if (backend != nullptr && works(*backend)) backends.push_back(backend);
  }
  return backends;
}

[[noreturn]] void refuse_backend_name(std::string_view name) {
  std::string names;
  for (const PacketCipherBackend* backend : packet_cipher_backends()) names.append(" ").append(backend->name());
  std::fprintf(stderr, "IROH_CRYPTO_BACKEND=%.*s is unknown or unusable on this machine; usable here:%s\n",
               static_cast<int>(name.size()), name.data(), names.c_str());
  std::exit(EXIT_FAILURE);
}

/// What IROH_CRYPTO_BACKEND names, null if it is unset or empty.
const PacketCipherBackend* forced_backend() {
  const char* value = std::getenv("IROH_CRYPTO_BACKEND");
  if (value == nullptr || *value == '\0') return nullptr;
  const auto backends = packet_cipher_backends();
  const auto found = std::ranges::find(backends, std::string_view(value), &PacketCipherBackend::name);
  if (found == backends.end()) refuse_backend_name(value);
  return *found;
}

const PacketCipherBackend* choose_backend(CipherSuite suite) {
  if (const auto* forced = forced_backend(); forced != nullptr && forced->supports(suite)) return forced;
  const auto backends = packet_cipher_backends();
  // GnuTLS's ChaCha20 is plain C and runs at a third of OpenSSL's speed: there it comes last.
  if (suite == CipherSuite::chacha20_poly1305_sha256) {
    const auto found = std::ranges::find_if(backends, [](const auto* backend) { return backend != gnutls_backend(); });
    if (found != backends.end()) return *found;
  }
  return backends.front();
}

}  // namespace

std::span<const PacketCipherBackend* const> packet_cipher_backends() {
  static const std::vector<const PacketCipherBackend*> backends = find_backends();
  return backends;
}

const PacketCipherBackend& packet_cipher_backend(CipherSuite suite) {
  static const std::array chosen = {choose_backend(suites[0]), choose_backend(suites[1]), choose_backend(suites[2])};
  const auto index = std::ranges::find(suites, suite) - suites.begin();
  return *chosen[static_cast<std::size_t>(index)];
}

}  // namespace iroh::crypto
