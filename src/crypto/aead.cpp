// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/aead.hpp"

#include <nettle/gcm.h>

#include <array>

#include "crypto/system_random.hpp"

namespace iroh::crypto {

using base::as_u8;

namespace {

constexpr std::size_t gcm_tag_size = 16;

/// An AES-128-GCM operation with key, nonce and associated data set; wiped when it dies.
class Gcm {
 public:
  Gcm(Aes128KeySpan key, GcmNonceSpan nonce, base::ByteSpan aad) noexcept {
    gcm_aes128_set_key(&context_, as_u8(key.data()));
    gcm_aes128_set_iv(&context_, nonce.size(), as_u8(nonce.data()));
    gcm_aes128_update(&context_, aad.size(), as_u8(aad.data()));
  }
  Gcm(const Gcm&) = delete;
  Gcm& operator=(const Gcm&) = delete;
  ~Gcm() { wipe(std::as_writable_bytes(std::span(&context_, 1))); }

  gcm_aes128_ctx* get() noexcept { return &context_; }

 private:
  gcm_aes128_ctx context_;
};

}  // namespace

std::vector<std::byte> aes_128_gcm_seal(Aes128KeySpan key, GcmNonceSpan nonce, base::ByteSpan aad,
                                        base::ByteSpan plaintext) {
  std::vector<std::byte> sealed(plaintext.size() + gcm_tag_size);
  Gcm gcm(key, nonce, aad);
  gcm_aes128_encrypt(gcm.get(), plaintext.size(), as_u8(sealed.data()), as_u8(plaintext.data()));
  gcm_aes128_digest(gcm.get(), gcm_tag_size, as_u8(sealed.data()) + plaintext.size());
  return sealed;
}

std::optional<std::vector<std::byte>> aes_128_gcm_open(Aes128KeySpan key, GcmNonceSpan nonce, base::ByteSpan aad,
                                                       base::ByteSpan sealed) {
  if (sealed.size() < gcm_tag_size) return std::nullopt;
  const auto ciphertext = sealed.first(sealed.size() - gcm_tag_size);
  std::vector<std::byte> plaintext(ciphertext.size());
  Gcm gcm(key, nonce, aad);
  gcm_aes128_decrypt(gcm.get(), ciphertext.size(), as_u8(plaintext.data()), as_u8(ciphertext.data()));
  std::array<std::byte, gcm_tag_size> tag;
  gcm_aes128_digest(gcm.get(), tag.size(), as_u8(tag.data()));
  if (!constant_time_equal(tag, sealed.last(gcm_tag_size))) return std::nullopt;
  return plaintext;
}

}  // namespace iroh::crypto
