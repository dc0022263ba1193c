// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/hkdf.hpp"

#include <nettle/hmac.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/assert.hpp"
#include "base/byte_writer.hpp"
#include "crypto/system_random.hpp"

namespace iroh::crypto {

using base::as_u8;
using base::ByteSpan;
using base::MutableByteSpan;

namespace {

/// HMAC over the hash of a suite; the context is wiped when it dies.
class Hmac {
 public:
  Hmac(HashAlgorithm hash, ByteSpan key) noexcept : hash_(hash) {
    if (hash_ == HashAlgorithm::sha256) {
      hmac_sha256_set_key(&sha256_, key.size(), as_u8(key.data()));
    } else {
      hmac_sha384_set_key(&sha384_, key.size(), as_u8(key.data()));
    }
  }
  Hmac(const Hmac&) = delete;
  Hmac& operator=(const Hmac&) = delete;
  ~Hmac() {
    wipe(std::as_writable_bytes(std::span(&sha256_, 1)));
    wipe(std::as_writable_bytes(std::span(&sha384_, 1)));
  }

  void update(ByteSpan bytes) noexcept {
    if (hash_ == HashAlgorithm::sha256) {
      hmac_sha256_update(&sha256_, bytes.size(), as_u8(bytes.data()));
    } else {
      hmac_sha384_update(&sha384_, bytes.size(), as_u8(bytes.data()));
    }
  }

  /// Writes the first out.size() bytes of the MAC and starts over with the same key.
  void digest(MutableByteSpan out) noexcept {
    if (hash_ == HashAlgorithm::sha256) {
      hmac_sha256_digest(&sha256_, out.size(), as_u8(out.data()));
    } else {
      hmac_sha384_digest(&sha384_, out.size(), as_u8(out.data()));
    }
  }

 private:
  HashAlgorithm hash_;
  hmac_sha256_ctx sha256_;
  hmac_sha512_ctx sha384_;
};

}  // namespace

std::vector<std::byte> hkdf_extract(HashAlgorithm hash, ByteSpan salt, ByteSpan ikm) {
  std::vector<std::byte> prk(hash_size(hash));
  Hmac hmac(hash, salt);
  hmac.update(ikm);
  hmac.digest(prk);
  return prk;
}

std::vector<std::byte> hkdf_expand(HashAlgorithm hash, ByteSpan prk, ByteSpan info, std::size_t size) {
  IROH_ASSERT(size <= 255 * hash_size(hash));
  std::vector<std::byte> out(size);
  Hmac hmac(hash, prk);
  std::array<std::byte, 48> block;
  std::size_t block_size = 0;
  std::uint8_t counter = 0;
  for (std::size_t at = 0; at < size; at += block_size) {
    // [RFC 5869 §2.3] T(n) = HMAC(PRK, T(n-1) | info | n)
    const std::byte number{++counter};
    hmac.update(std::span(block).first(block_size));
    hmac.update(info);
    hmac.update({&number, 1});
    block_size = hash_size(hash);
    hmac.digest(std::span(block).first(block_size));
    std::copy_n(block.begin(), std::min(block_size, size - at), out.begin() + static_cast<std::ptrdiff_t>(at));
  }
  wipe(block);
  return out;
}

std::vector<std::byte> hkdf_expand_label(HashAlgorithm hash, ByteSpan secret, std::string_view label, ByteSpan context,
                                         std::size_t size) {
  constexpr std::string_view prefix = "tls13 ";
  IROH_ASSERT(prefix.size() + label.size() <= 255 && context.size() <= 255 && size <= 0xffff);
  std::array<std::byte, 2 + 1 + 255 + 1 + 255> buffer;
  base::ByteWriter info(buffer);
  info.u16(static_cast<std::uint16_t>(size));
  info.u8(static_cast<std::uint8_t>(prefix.size() + label.size()));
  info.bytes(base::as_bytes(prefix));
  info.bytes(base::as_bytes(label));
  info.u8(static_cast<std::uint8_t>(context.size()));
  info.bytes(context);
  return hkdf_expand(hash, secret, info.written(), size);
}

}  // namespace iroh::crypto
