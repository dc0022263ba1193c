// SPDX-License-Identifier: MIT OR Apache-2.0
// What a provider tells an observer: items of a size and chunk boundaries, each with its length in front. The first is
// the whole bitfield, later ones what has changed. [blobs.md §3.7]
#pragma once

#include <optional>
#include <vector>

#include "base/byte_span.hpp"
#include "blobs/protocol/request_codec.hpp"
#include "iroh/blobs/bitfield.hpp"

namespace iroh::blobs {

std::vector<std::byte> encode_observe_item(std::uint64_t size, const ChunkRanges& ranges);

/// The change from one bitfield to the next, in the form in which it is sent.
std::vector<std::byte> encode_observe_change(const Bitfield& previous, const Bitfield& next);

/// Takes a stream of items as it comes and keeps the sum of them.
class ObserveReader {
 public:
  /// Takes everything. False if the peer breaks the protocol: there is nothing more to get then.
  bool feed(base::ByteSpan input);
  /// Items so far.
  std::uint64_t items() const noexcept { return items_; }
  const Bitfield& bitfield() const noexcept { return bitfield_; }

 private:
  bool take_item(base::ByteSpan body);

  std::vector<std::byte> partial_;  ///< at most one item and its length
  Bitfield bitfield_;
  std::uint64_t items_ = 0;
};

}  // namespace iroh::blobs
