// SPDX-License-Identifier: MIT OR Apache-2.0
/// Hash: the BLAKE3 hash that names a blob; HashAndFormat: a hash and whether the blob is a sequence of hashes.
/// [blobs.md §1.1], [blobs.md §1.2]
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "iroh/base/result.hpp"
#include "iroh/blobs/blob_error.hpp"

namespace iroh {

/// 32 bytes, ordered byte by byte.
class Hash {
 public:
  static constexpr std::size_t size = 32;

  /// The hash of the empty blob, which every store has.
  static const Hash& empty() noexcept;
  static Hash of(std::span<const std::byte> data) noexcept;
  static Hash of(std::string_view text) noexcept;
  constexpr explicit Hash(const std::array<std::byte, size>& bytes) noexcept : bytes_(bytes) {}

  /// 64 lower-case hex digits, or 52 symbols of base32 (RFC 4648, no padding) in any case. Fails with
  /// BlobError::invalid_hash_text.
  static Result<Hash> parse(std::string_view text);

  constexpr const std::array<std::byte, size>& bytes() const noexcept { return bytes_; }
  /// 64 lower-case hex digits.
  std::string to_string() const;
  /// The first 10 of them; for logs only.
  std::string short_string() const;
  /// 52 lower-case symbols.
  std::string to_base32() const;

  friend constexpr bool operator==(const Hash&, const Hash&) noexcept = default;
  friend constexpr std::strong_ordering operator<=>(const Hash&, const Hash&) noexcept = default;

 private:
  std::array<std::byte, size> bytes_;
};

enum class BlobFormat : std::uint8_t { raw = 0, hash_seq = 1 };

struct HashAndFormat {
  static constexpr std::size_t encoded_size = Hash::size + 1;

  Hash hash;
  BlobFormat format = BlobFormat::raw;

  static HashAndFormat raw(const Hash& hash) noexcept { return {hash, BlobFormat::raw}; }
  static HashAndFormat hash_seq(const Hash& hash) noexcept { return {hash, BlobFormat::hash_seq}; }
  /// The hash as 64 hex digits in any case, after an s or S for a hash sequence. Fails with
  /// BlobError::invalid_format_text.
  static Result<HashAndFormat> parse(std::string_view text);
  /// 33 bytes; more are ignored.
  static Result<HashAndFormat> from_bytes(std::span<const std::byte> bytes);

  std::string to_string() const;
  std::array<std::byte, encoded_size> to_bytes() const noexcept;

  friend constexpr bool operator==(const HashAndFormat&, const HashAndFormat&) noexcept = default;
  friend constexpr std::strong_ordering operator<=>(const HashAndFormat&, const HashAndFormat&) noexcept = default;
};

/// Write to_string().
std::ostream& operator<<(std::ostream& out, const Hash& hash);
std::ostream& operator<<(std::ostream& out, const HashAndFormat& value);

}  // namespace iroh

template <>
struct std::hash<iroh::Hash> {
  std::size_t operator()(const iroh::Hash& value) const noexcept;
};
