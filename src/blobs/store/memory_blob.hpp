// SPDX-License-Identifier: MIT OR Apache-2.0
// A blob in memory: pages and pairs while it is partial, so that a write far away allocates one page and not the gap;
// two plain buffers once it is complete. [blobs.md §4.4], [blobs.md §2.9]
#pragma once

#include <array>
#include <map>
#include <memory>
#include <vector>

#include "bao/item.hpp"
#include "bao/source.hpp"
#include "iroh/base/bytes.hpp"
#include "iroh/blobs/bitfield.hpp"

namespace iroh::blobs {

class MemoryBlob {
 public:
  MemoryBlob() = default;
  /// Complete from the start.
  MemoryBlob(Bytes data, std::vector<std::byte> outboard);

  const Bitfield& bitfield() const noexcept { return bitfield_; }
  /// An item of an encoding whose sender claims this size.
  void write(const bao::Item& item, std::uint64_t claimed_size);
  std::optional<bao::Pair> pair(std::uint64_t index) const;
  /// As bao::Source::data(); groups of partial blobs one at a time.
  base::ByteSpan data(std::uint64_t offset, std::size_t needed, std::size_t useful) const;
  /// Keeps what data() gives for this offset, also if the blob becomes complete and moves meanwhile.
  std::shared_ptr<const void> hold(std::uint64_t offset) const;
  /// The bytes must be present.
  void read(std::uint64_t offset, std::span<std::byte> out) const;

 private:
  using Page = std::array<std::byte, bao::group_size>;

  void write_leaf(const bao::Item& item);
  void freeze();

  Bitfield bitfield_;
  Bytes data_;                       ///< of a complete blob
  std::vector<std::byte> outboard_;  ///< of a complete blob
  std::map<std::uint64_t, std::shared_ptr<Page>> pages_;
  std::map<std::uint64_t, bao::Pair> pairs_;
};

}  // namespace iroh::blobs
