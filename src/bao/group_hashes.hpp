// SPDX-License-Identifier: MIT OR Apache-2.0
// Reads groups from a source and hashes them, many neighbours at a time: whoever asks for one selected group after the
// other gets most of them from the run that was read and hashed for the first.
#pragma once

#include <array>
#include <expected>

#include "bao/item.hpp"
#include "bao/selection.hpp"
#include "bao/source.hpp"

namespace iroh::bao {

class GroupHashes {
 public:
  explicit GroupHashes(const Geometry& geometry) noexcept : geometry_(geometry) {}

  struct Group {
    ByteSpan data;
    Digest value;
  };
  /// The group's data and chaining value (its hash if it is the whole blob); nothing if its data is not all there.
  /// Groups that follow without a gap in the selection are read ahead. The view is valid until the next call.
  std::expected<std::optional<Group>, ReadError> get(Source& source, const Node& group, const Selection& selection);

 private:
  static constexpr std::size_t max_groups = 64;  // 1 MiB of data: enough for full lanes, small enough for the cache

  Geometry geometry_;
  std::array<Digest, max_groups> values_;
  ByteSpan data_;
  std::uint64_t first_chunk_ = 0;
  std::uint64_t group_count_ = 0;
};

}  // namespace iroh::bao
