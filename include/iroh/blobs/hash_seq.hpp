// SPDX-License-Identifier: MIT OR Apache-2.0
/// HashSeq: a blob that consists of hashes. Its children are always plain blobs. [blobs.md §1.4]
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "iroh/base/bytes.hpp"
#include "iroh/blobs/hash.hpp"

namespace iroh {

class HashSeq {
 public:
  HashSeq() noexcept = default;
  explicit HashSeq(std::span<const Hash> hashes);
  /// Fails with BlobError::invalid_hash_seq unless the length is a multiple of 32. Shares the memory.
  static Result<HashSeq> from_bytes(Bytes bytes);

  const Bytes& bytes() const noexcept { return bytes_; }
  std::size_t size() const noexcept { return bytes_.size() / Hash::size; }
  bool is_empty() const noexcept { return bytes_.empty(); }
  /// Nothing past the end.
  std::optional<Hash> at(std::size_t index) const noexcept;
  std::vector<Hash> hashes() const;

  friend bool operator==(const HashSeq&, const HashSeq&) noexcept = default;

 private:
  explicit HashSeq(Bytes bytes) noexcept : bytes_(std::move(bytes)) {}

  Bytes bytes_;
};

}  // namespace iroh
