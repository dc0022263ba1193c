// SPDX-License-Identifier: MIT OR Apache-2.0
// CRYPTO: data of the TLS handshake. [RFC 9000 §19.6]
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/byte_reader.hpp"
#include "base/byte_span.hpp"
#include "base/byte_writer.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

struct CryptoFrame {
  std::uint64_t offset = 0;
  ByteSpan data;
  friend bool operator==(const CryptoFrame& a, const CryptoFrame& b) noexcept {
    return a.offset == b.offset && base::equal(a.data, b.data);
  }
};

std::size_t crypto_header_size(std::uint64_t offset, std::size_t length) noexcept;
void encode_crypto_header(base::ByteWriter& writer, std::uint64_t offset, std::size_t length) noexcept;

std::size_t encoded_size(const CryptoFrame& frame) noexcept;
void encode(base::ByteWriter& writer, const CryptoFrame& frame) noexcept;
/// Nothing also if offset and length reach 2^62.
std::optional<CryptoFrame> decode_crypto(base::ByteReader& reader) noexcept;

}  // namespace iroh::quic
