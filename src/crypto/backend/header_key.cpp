// SPDX-License-Identifier: MIT OR Apache-2.0
#include <nettle/aes.h>
#include <nettle/chacha.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.hpp"
#include "crypto/backend/backends.hpp"
#include "crypto/system_random.hpp"

namespace iroh::crypto {

using base::as_u8;

namespace {

/// [RFC 9001 §5.4.3] mask = first bytes of AES-ECB(hp_key, sample). Samples lie one behind the other, so that a batch
/// of them is one ECB call.
template <class Context, auto set_key, auto encrypt>
class AesHeaderKey final : public HeaderKey {
 public:
  explicit AesHeaderKey(base::ByteSpan key) { set_key(&context_, as_u8(key.data())); }
  ~AesHeaderKey() override { wipe(std::as_writable_bytes(std::span(&context_, 1))); }

  void masks(std::span<const HeaderSample> samples, std::span<HeaderMask> masks) noexcept override {
    IROH_ASSERT(samples.size() == masks.size());
    constexpr std::size_t batch_size = 32;
    std::array<HeaderSample, batch_size> blocks;
    while (!samples.empty()) {
      const std::size_t count = std::min(samples.size(), batch_size);
      encrypt(&context_, count * header_sample_size, as_u8(blocks[0].data()), as_u8(samples[0].data()));
      for (std::size_t i = 0; i < count; ++i) std::copy_n(blocks[i].begin(), header_mask_size, masks[i].begin());
      samples = samples.subspan(count);
      masks = masks.subspan(count);
    }
  }

 private:
  Context context_;
};

using Aes128HeaderKey = AesHeaderKey<aes128_ctx, &aes128_set_encrypt_key, &aes128_encrypt>;
using Aes256HeaderKey = AesHeaderKey<aes256_ctx, &aes256_set_encrypt_key, &aes256_encrypt>;

/// [RFC 9001 §5.4.4] counter = sample[0..3], nonce = sample[4..15], mask = the first bytes of the key stream.
class ChaCha20HeaderKey final : public HeaderKey {
 public:
  explicit ChaCha20HeaderKey(base::ByteSpan key) { chacha_set_key(&context_, as_u8(key.data())); }
  ~ChaCha20HeaderKey() override { wipe(std::as_writable_bytes(std::span(&context_, 1))); }

  void masks(std::span<const HeaderSample> samples, std::span<HeaderMask> masks) noexcept override {
    IROH_ASSERT(samples.size() == masks.size());
    constexpr HeaderMask zeros{};
    for (std::size_t i = 0; i < samples.size(); ++i) {
      // nettle's original ChaCha has an 8-byte counter and an 8-byte nonce: the same 16 bytes, cut elsewhere.
      chacha_set_nonce(&context_, as_u8(samples[i].data()) + CHACHA_COUNTER_SIZE);
      chacha_set_counter(&context_, as_u8(samples[i].data()));
      chacha_crypt(&context_, header_mask_size, as_u8(masks[i].data()), as_u8(zeros.data()));
    }
  }

 private:
  chacha_ctx context_;
};

}  // namespace

std::unique_ptr<HeaderKey> make_nettle_header_key(CipherSuite suite, base::ByteSpan key) {
  IROH_ASSERT(key.size() == key_size(suite));
  switch (suite) {
    case CipherSuite::aes_128_gcm_sha256:
      return std::make_unique<Aes128HeaderKey>(key);
    case CipherSuite::aes_256_gcm_sha384:
      return std::make_unique<Aes256HeaderKey>(key);
    case CipherSuite::chacha20_poly1305_sha256:
      return std::make_unique<ChaCha20HeaderKey>(key);
  }
  std::unreachable();
}

}  // namespace iroh::crypto
