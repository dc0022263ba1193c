// SPDX-License-Identifier: MIT OR Apache-2.0
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <cstring>
#include <utility>

#include "base/assert.hpp"
#include "crypto/backend/backends.hpp"

namespace iroh::crypto {

using base::as_u8;

namespace {

gnutls_cipher_algorithm_t algorithm(CipherSuite suite) noexcept {
  switch (suite) {
    case CipherSuite::aes_128_gcm_sha256:
      return GNUTLS_CIPHER_AES_128_GCM;
    case CipherSuite::aes_256_gcm_sha384:
      return GNUTLS_CIPHER_AES_256_GCM;
    case CipherSuite::chacha20_poly1305_sha256:
      return GNUTLS_CIPHER_CHACHA20_POLY1305;
  }
  std::unreachable();
}

class GnutlsKey final : public AeadKey {
 public:
  explicit GnutlsKey(gnutls_aead_cipher_hd_t handle) noexcept : handle_(handle) {}
  ~GnutlsKey() override { gnutls_aead_cipher_deinit(handle_); }

  void seal(std::span<const SealJob> jobs) noexcept override {
    for (const SealJob& job : jobs) seal_one(job);
  }

  void open(std::span<OpenJob> jobs) noexcept override {
    for (OpenJob& job : jobs) {
      job.ok = false;
      if (job.sealed.size() < tag_size) continue;
      std::size_t size = job.sealed.size() - tag_size;
      job.ok =
          gnutls_aead_cipher_decrypt(handle_, job.nonce.data(), nonce_size, job.aad.data(), job.aad.size(), tag_size,
                                     job.sealed.data(), job.sealed.size(), job.sealed.data(), &size) == 0;
    }
  }

 private:
  void seal_one(const SealJob& job) noexcept {
    // The library's scattered form allocates; gathering first costs less.
    const std::byte* data = job.out;
    std::size_t size = 0;
    if (job.runs.size() == 1) {
      data = job.runs.front().data;
      size = job.runs.front().size;
    } else {
      for (const auto [run, run_size] : job.runs) {
        if (run != job.out + size && run_size > 0) std::memcpy(job.out + size, run, run_size);
        size += run_size;
      }
    }
    std::size_t sealed_size = size + tag_size;
    const int result = gnutls_aead_cipher_encrypt(handle_, job.nonce.data(), nonce_size, job.aad.data(), job.aad.size(),
                                                  tag_size, data, size, job.out, &sealed_size);
    IROH_ASSERT(result == 0 && sealed_size == size + tag_size);
  }

  gnutls_aead_cipher_hd_t handle_;
};

class GnutlsBackend final : public PacketCipherBackend {
 public:
  std::string_view name() const noexcept override { return "gnutls"; }
  bool supports(CipherSuite) const noexcept override { return true; }
  std::unique_ptr<AeadKey> make_aead_key(CipherSuite suite, base::ByteSpan key) const override {
    IROH_ASSERT(key.size() == key_size(suite));
    // The library copies the key, its parameter merely lacks a const.
    const gnutls_datum_t datum{const_cast<std::uint8_t*>(as_u8(key.data())), static_cast<unsigned>(key.size())};
    gnutls_aead_cipher_hd_t handle = nullptr;
    const int result = gnutls_aead_cipher_init(&handle, algorithm(suite), &datum);
    IROH_ASSERT(result == 0);
    return std::make_unique<GnutlsKey>(handle);
  }
  std::unique_ptr<HeaderKey> make_header_key(CipherSuite suite, base::ByteSpan key) const override {
    return make_nettle_header_key(suite, key);
  }
};

}  // namespace

const PacketCipherBackend* gnutls_backend() {
  static const GnutlsBackend backend;
  return &backend;
}

}  // namespace iroh::crypto
