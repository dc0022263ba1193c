// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/blobs/hash.hpp"

#include <algorithm>
#include <cstring>
#include <ostream>

#include "base/base32.hpp"
#include "base/hex.hpp"
#include "base/postcard.hpp"
#include "base/try.hpp"
#include "blake3/tree.hpp"

namespace iroh {
namespace {

constexpr std::size_t hex_size = 2 * Hash::size;
constexpr std::size_t short_bytes = 5;

std::unexpected<error_code> failure(BlobError error) {
  return std::unexpected(make_error_code(error));
}

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace

const Hash& Hash::empty() noexcept {
  static const Hash hash = Hash::of(std::span<const std::byte>());
  return hash;
}

Hash Hash::of(std::span<const std::byte> data) noexcept {
  return Hash(blake3::hash(data));
}

Hash Hash::of(std::string_view text) noexcept {
  return of(base::as_bytes(text));
}

Result<Hash> Hash::parse(std::string_view text) {
  std::array<std::byte, size> bytes;
  // [blobs.md 4]
  if (text.size() == hex_size) {
    if (!base::from_hex(text, bytes)) return failure(BlobError::invalid_hash_text);
    return Hash(bytes);
  }
  // [blobs.md 95] Whatever the length, only 52 symbols give 32 bytes.
  const auto decoded = base::from_base32_any_case(text);
  if (!decoded || decoded->size() != size) return failure(BlobError::invalid_hash_text);
  std::ranges::copy(*decoded, bytes.begin());
  return Hash(bytes);
}

std::string Hash::to_string() const {
  return base::to_hex(bytes_);
}

std::string Hash::short_string() const {
  return base::to_hex(std::span(bytes_).first(short_bytes));
}

std::string Hash::to_base32() const {
  return base::to_base32(bytes_, base::Base32::lower);
}

Result<HashAndFormat> HashAndFormat::parse(std::string_view text) {
  BlobFormat format = BlobFormat::raw;
  if (text.size() == hex_size + 1 && (text[0] == 's' || text[0] == 'S')) {
    format = BlobFormat::hash_seq;
    text.remove_prefix(1);
  }
  std::array<std::byte, Hash::size> bytes;
  // [blobs.md 5] Unlike a hash alone, this may have upper-case digits.
  if (text.size() != hex_size || !base::from_hex(to_lower(text), bytes)) {
    return failure(BlobError::invalid_format_text);
  }
  return HashAndFormat{Hash(bytes), format};
}

Result<HashAndFormat> HashAndFormat::from_bytes(std::span<const std::byte> bytes) {
  base::PostcardReader reader(bytes);
  const auto hash = reader.fixed_array<Hash::size>();
  const auto format = reader.u32();
  if (!hash || !format) return failure(BlobError::truncated);
  if (*format > static_cast<std::uint32_t>(BlobFormat::hash_seq)) return failure(BlobError::unknown_format);
  return HashAndFormat{Hash(*hash), static_cast<BlobFormat>(*format)};
}

std::string HashAndFormat::to_string() const {
  return format == BlobFormat::hash_seq ? "s" + hash.to_string() : hash.to_string();
}

std::array<std::byte, HashAndFormat::encoded_size> HashAndFormat::to_bytes() const noexcept {
  std::array<std::byte, encoded_size> bytes;
  std::ranges::copy(hash.bytes(), bytes.begin());
  bytes.back() = static_cast<std::byte>(format);
  return bytes;
}

std::ostream& operator<<(std::ostream& out, const Hash& hash) {
  return out << hash.to_string();
}

std::ostream& operator<<(std::ostream& out, const HashAndFormat& value) {
  return out << value.to_string();
}

}  // namespace iroh

/// The bytes are those of a hash function: any eight of them will do.
std::size_t std::hash<iroh::Hash>::operator()(const iroh::Hash& value) const noexcept {
  std::size_t word;
  std::memcpy(&word, value.bytes().data(), sizeof(word));
  return word;
}
