// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/hmac.hpp"

#include <nettle/hmac.h>

#include <span>

#include "crypto/system_random.hpp"

namespace iroh::crypto {

std::array<std::byte, 32> hmac_sha256(base::ByteSpan key, base::ByteSpan message) {
  hmac_sha256_ctx context;
  hmac_sha256_set_key(&context, key.size(), base::as_u8(key.data()));
  hmac_sha256_update(&context, message.size(), base::as_u8(message.data()));
  std::array<std::byte, 32> mac;
  hmac_sha256_digest(&context, mac.size(), base::as_u8(mac.data()));
  wipe(std::as_writable_bytes(std::span(&context, 1)));
  return mac;
}

}  // namespace iroh::crypto
