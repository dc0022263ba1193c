// SPDX-License-Identifier: MIT OR Apache-2.0
// Encoding and decoding whole streams, for tests.
#pragma once

#include <vector>

#include "bao/decoder.hpp"
#include "bao/encoder.hpp"
#include "bao/outboard.hpp"
#include "base/random.hpp"

namespace iroh::bao {

struct Encoded {
  std::vector<std::byte> bytes;
  std::size_t pairs = 0;
  std::size_t leaves = 0;
  std::optional<Error> error;
};

inline Encoded encode(Source& source, const Digest& hash, const Geometry& geometry, const ChunkRanges& ranges) {
  Encoded encoded;
  Encoder encoder(hash, geometry, ranges);
  const auto header = encoder.size_header();
  encoded.bytes.assign(header.begin(), header.end());
  for (;;) {
    const auto item = encoder.next(source);
    if (!item) encoded.error = item.error();
    if (!item || !*item) return encoded;
    (*item)->is_leaf() ? ++encoded.leaves : ++encoded.pairs;
    encoded.bytes.insert(encoded.bytes.end(), (*item)->bytes.begin(), (*item)->bytes.end());
  }
}

inline Encoded encode(ByteSpan data, const ChunkRanges& ranges, unsigned group_log = default_group_log) {
  const Outboard outboard = make_outboard(data, group_log);
  MemorySource source(data, outboard.bytes);
  return encode(source, outboard.hash, Geometry(data.size(), group_log), ranges);
}

struct Decoded {
  std::vector<std::byte> payload;
  ChunkRanges ranges;
  std::size_t consumed = 0;
  bool is_done = false;
  bool is_size_proven = false;
  std::optional<Error> error;  ///< end_of_stream() if the input was too short
};

/// Feeds pieces of at most max_piece bytes.
inline Decoded decode(ByteSpan input, const Digest& hash, const ChunkRanges& ranges, base::Random& random,
                      std::size_t max_piece, unsigned group_log = default_group_log) {
  Decoded decoded;
  Decoder decoder(hash, ranges, group_log);
  while (!decoder.is_done() && !decoded.error) {
    const std::size_t left = input.size() - decoded.consumed;
    const ByteSpan piece = input.subspan(decoded.consumed, std::min<std::size_t>(left, 1 + random.below(max_piece)));
    ByteSpan rest = piece;
    const auto item = decoder.next(rest);
    decoded.consumed += piece.size() - rest.size();
    if (!item) {
      decoded.error = item.error();
    } else if (!*item) {
      if (left == piece.size() - rest.size() && rest.empty()) decoded.error = decoder.end_of_stream();
    } else if ((*item)->is_leaf()) {
      decoded.payload.insert(decoded.payload.end(), (*item)->bytes.begin(), (*item)->bytes.end());
      decoded.ranges |= ChunkRanges::range((*item)->node.begin, (*item)->node.end);
    }
  }
  decoded.is_done = decoder.is_done();
  decoded.is_size_proven = decoder.is_size_proven();
  return decoded;
}

/// Sizes and boundaries where things happen: around chunks, groups, powers of two and the end.
inline std::uint64_t interesting_size(base::Random& random, std::uint64_t max) {
  const std::uint64_t unit = random.chance(1, 3)   ? 1024
                             : random.chance(1, 2) ? 16'384
                                                   : std::uint64_t{1} << random.below(18);
  const std::uint64_t near = unit * random.below(max / unit + 1) + random.below(3);
  return std::min(max, near == 0 || random.chance(1, 3) ? near : near - 1);
}

inline ChunkRanges interesting_ranges(base::Random& random, std::uint64_t chunks) {
  ChunkRanges ranges;
  for (std::uint64_t i = random.below(4) + 1; i > 0; --i) {
    const std::uint64_t begin = random.chance(1, 2) ? random.below(chunks + 3) : random.below(chunks / 16 + 2) * 16;
    const std::uint64_t count = random.chance(1, 2) ? 1 + random.below(40) : 16 << random.below(3);
    ranges = ranges ^ (random.chance(1, 8) ? ChunkRanges::from(begin) : ChunkRanges::range(begin, begin + count));
  }
  return random.chance(1, 10) ? ranges | ChunkRanges::last_chunk() : ranges;
}

}  // namespace iroh::bao
