// SPDX-License-Identifier: MIT OR Apache-2.0
#include <nettle/chacha-poly1305.h>
#include <nettle/gcm.h>

#include <algorithm>
#include <array>
#include <vector>

#include "crypto/backend/backends.hpp"

namespace iroh::crypto {

using base::as_u8;

namespace {

// Long enough for every unrolled loop of the libraries, and no multiple of anything.
constexpr std::size_t payload_size = 1237;

std::vector<std::byte> pattern(std::size_t size, unsigned step) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * step + 11);
  return bytes;
}

struct Sample {
  std::vector<std::byte> key;
  Nonce nonce;
  std::vector<std::byte> aad = pattern(29, 5);
  std::vector<std::byte> payload = pattern(payload_size, 7);

  explicit Sample(CipherSuite suite) : key(pattern(key_size(suite), 3)) {
    std::ranges::copy(pattern(nonce_size, 13), nonce.begin());
  }
};

template <class Context, auto set_key, auto set_nonce, auto update, auto encrypt, auto digest>
std::vector<std::byte> seal_with_nettle(const Sample& sample) {
  std::vector<std::byte> sealed(payload_size + tag_size);
  Context context;
  set_key(&context, as_u8(sample.key.data()));
  set_nonce(&context, as_u8(sample.nonce.data()));
  update(&context, sample.aad.size(), as_u8(sample.aad.data()));
  encrypt(&context, payload_size, as_u8(sealed.data()), as_u8(sample.payload.data()));
  digest(&context, tag_size, as_u8(sealed.data()) + payload_size);
  return sealed;
}

template <class Context, auto set_iv>
void set_gcm_nonce(Context* context, const std::uint8_t* nonce) {
  set_iv(context, nonce_size, nonce);
}

std::vector<std::byte> expected(CipherSuite suite, const Sample& sample) {
  switch (suite) {
    case CipherSuite::aes_128_gcm_sha256:
      return seal_with_nettle<gcm_aes128_ctx, &gcm_aes128_set_key, &set_gcm_nonce<gcm_aes128_ctx, &gcm_aes128_set_iv>,
                              &gcm_aes128_update, &gcm_aes128_encrypt, &gcm_aes128_digest>(sample);
    case CipherSuite::aes_256_gcm_sha384:
      return seal_with_nettle<gcm_aes256_ctx, &gcm_aes256_set_key, &set_gcm_nonce<gcm_aes256_ctx, &gcm_aes256_set_iv>,
                              &gcm_aes256_update, &gcm_aes256_encrypt, &gcm_aes256_digest>(sample);
    case CipherSuite::chacha20_poly1305_sha256:
      return seal_with_nettle<chacha_poly1305_ctx, &chacha_poly1305_set_key, &chacha_poly1305_set_nonce,
                              &chacha_poly1305_update, &chacha_poly1305_encrypt, &chacha_poly1305_digest>(sample);
  }
  return {};
}

bool seals(AeadKey& key, const Sample& sample, std::span<const SealJob::Run> runs,
           const std::vector<std::byte>& sealed) {
  std::vector<std::byte> out(payload_size + tag_size);
  const SealJob job{sample.nonce, sample.aad, runs, out.data()};
  key.seal({&job, 1});
  return out == sealed;
}

bool opens(AeadKey& key, const Sample& sample, std::vector<std::byte> sealed, bool intact) {
  if (!intact) sealed.back() ^= std::byte{1};
  OpenJob job{sample.nonce, sample.aad, sealed};
  key.open({&job, 1});
  if (!intact) return !job.ok;
  return job.ok && base::equal(job.sealed.first(payload_size), sample.payload);
}

}  // namespace

bool passes_self_check(const PacketCipherBackend& backend, CipherSuite suite) {
  const Sample sample(suite);
  const std::vector<std::byte> sealed = expected(suite, sample);
  const auto key = backend.make_aead_key(suite, sample.key);
  const std::byte* payload = sample.payload.data();
  const std::array<SealJob::Run, 1> whole = {{{payload, payload_size}}};
  const std::array<SealJob::Run, 3> scattered = {
      {{payload, 21}, {payload + 21, 700}, {payload + 721, payload_size - 721}}};
  return seals(*key, sample, whole, sealed) && seals(*key, sample, scattered, sealed) &&
         opens(*key, sample, sealed, true) && opens(*key, sample, sealed, false);
}

}  // namespace iroh::crypto
