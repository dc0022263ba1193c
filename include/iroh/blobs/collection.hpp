// SPDX-License-Identifier: MIT OR Apache-2.0
/// Collection: an ordered list of names and hashes, stored as two blobs: the names, and a HashSeq. [blobs.md §1.5]
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "iroh/blobs/hash_seq.hpp"

namespace iroh {

/// Names may repeat and mean nothing to the format; whoever makes files of them checks them first.
class Collection {
 public:
  struct Entry {
    std::string name;  ///< UTF-8
    Hash hash;
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  /// The blobs that a collection is stored as. Its identity is the hash of `hash_seq`.
  struct Blobs {
    std::vector<std::byte> metadata;
    HashSeq hash_seq;
    HashAndFormat root() const;
  };

  Collection() noexcept = default;
  explicit Collection(std::vector<Entry> entries) noexcept : entries_(std::move(entries)) {}

  /// Fails with BlobError::invalid_collection unless header, names and their number are right.
  static Result<Collection> from_blobs(std::span<const std::byte> metadata, const HashSeq& hash_seq);
  /// The names alone, from the metadata blob.
  static Result<std::vector<std::string>> names_from(std::span<const std::byte> metadata);

  std::span<const Entry> entries() const noexcept { return entries_; }
  std::size_t size() const noexcept { return entries_.size(); }
  void add(std::string name, const Hash& hash) { entries_.push_back({std::move(name), hash}); }
  Blobs to_blobs() const;

  friend bool operator==(const Collection&, const Collection&) = default;

 private:
  std::vector<Entry> entries_;
};

}  // namespace iroh
