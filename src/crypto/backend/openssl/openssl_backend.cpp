// SPDX-License-Identifier: MIT OR Apache-2.0
#include <openssl/evp.h>

#include <utility>

#include "base/assert.hpp"
#include "crypto/backend/backends.hpp"

namespace iroh::crypto {

using base::as_u8;

namespace {

/// Fetched once per process: the lookup costs more than sealing a packet.
const EVP_CIPHER* cipher(CipherSuite suite) {
  static const EVP_CIPHER* const aes_128_gcm = EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr);
  static const EVP_CIPHER* const aes_256_gcm = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  static const EVP_CIPHER* const chacha20_poly1305 = EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr);
  switch (suite) {
    case CipherSuite::aes_128_gcm_sha256:
      return aes_128_gcm;
    case CipherSuite::aes_256_gcm_sha384:
      return aes_256_gcm;
    case CipherSuite::chacha20_poly1305_sha256:
      return chacha20_poly1305;
  }
  std::unreachable();
}

class OpensslKey final : public AeadKey {
 public:
  explicit OpensslKey(EVP_CIPHER_CTX* context) noexcept : context_(context) {}
  ~OpensslKey() override { EVP_CIPHER_CTX_free(context_); }

  void seal(std::span<const SealJob> jobs) noexcept override {
    for (const SealJob& job : jobs) {
      bool ok = begin(job.nonce, job.aad, 1);
      std::byte* out = job.out;
      for (const auto [data, size] : job.runs) {
        ok = ok && update(out, data, size);
        out += size;
      }
      ok = ok && finish(out) && EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_AEAD_GET_TAG, tag_size, out) == 1;
      IROH_ASSERT(ok);
    }
  }

  void open(std::span<OpenJob> jobs) noexcept override {
    for (OpenJob& job : jobs) {
      job.ok = false;
      if (job.sealed.size() < tag_size) continue;
      const std::size_t size = job.sealed.size() - tag_size;
      std::byte* data = job.sealed.data();
      job.ok = begin(job.nonce, job.aad, 0) && update(data, data, size) &&
               EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_AEAD_SET_TAG, tag_size, data + size) == 1 && finish(data + size);
    }
  }

 private:
  bool begin(const Nonce& nonce, base::ByteSpan aad, int encrypt) noexcept {
    int written = 0;
    return EVP_CipherInit_ex(context_, nullptr, nullptr, nullptr, as_u8(nonce.data()), encrypt) == 1 &&
           (aad.empty() ||
            EVP_CipherUpdate(context_, nullptr, &written, as_u8(aad.data()), static_cast<int>(aad.size())) == 1);
  }
  bool update(std::byte* out, const std::byte* data, std::size_t size) noexcept {
    int written = 0;
    return size == 0 || EVP_CipherUpdate(context_, as_u8(out), &written, as_u8(data), static_cast<int>(size)) == 1;
  }
  bool finish(std::byte* out) noexcept {
    int written = 0;
    return EVP_CipherFinal_ex(context_, as_u8(out), &written) == 1;
  }

  EVP_CIPHER_CTX* context_;
};

class OpensslBackend final : public PacketCipherBackend {
 public:
  std::string_view name() const noexcept override { return "openssl"; }
  bool supports(CipherSuite suite) const noexcept override { return cipher(suite) != nullptr; }
  std::unique_ptr<AeadKey> make_aead_key(CipherSuite suite, base::ByteSpan key) const override {
    IROH_ASSERT(key.size() == key_size(suite));
    EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
    IROH_ASSERT(context != nullptr);
    const int result = EVP_CipherInit_ex(context, cipher(suite), nullptr, as_u8(key.data()), nullptr, 1);
    IROH_ASSERT(result == 1);
    return std::make_unique<OpensslKey>(context);
  }
  std::unique_ptr<HeaderKey> make_header_key(CipherSuite suite, base::ByteSpan key) const override {
    return make_nettle_header_key(suite, key);
  }
};

}  // namespace

const PacketCipherBackend* openssl_backend() {
  static const OpensslBackend backend;
  return &backend;
}

}  // namespace iroh::crypto
