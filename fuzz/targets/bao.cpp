// SPDX-License-Identifier: MIT OR Apache-2.0
#include "fuzz/targets/bao.hpp"

#include <algorithm>
#include <vector>

#include "bao/decoder.hpp"
#include "bao/range_spec.hpp"
#include "base/assert.hpp"

namespace iroh::fuzz {
namespace {

using base::ByteSpan;

struct Outcome {
  std::vector<std::byte> payload;
  std::size_t consumed = 0;
  bool is_done = false;
  std::optional<bao::Error> error;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// Leaves come in ascending order and each was part of what was asked for.
void check_leaf(const bao::Item& item, const ChunkRanges& ranges, std::uint64_t size, std::uint64_t& next_chunk) {
  const bao::Geometry geometry(size);
  IROH_ASSERT(item.node.begin >= next_chunk && item.node.end <= geometry.chunks());
  IROH_ASSERT(item.bytes.size() == geometry.length(item.node) && item.bytes.size() <= bao::group_size);
  IROH_ASSERT(bao::Selection(ranges, geometry).covers(item.node));
  next_chunk = item.node.end;
}

Outcome decode(ByteSpan stream, const blake3::Digest& hash, const ChunkRanges& ranges, std::size_t piece_size) {
  Outcome outcome;
  bao::Decoder decoder(hash, ranges);
  std::uint64_t next_chunk = 0;
  while (!decoder.is_done()) {
    const auto rest = stream.subspan(outcome.consumed);
    ByteSpan piece = rest.first(std::min(piece_size, rest.size()));
    const std::size_t offered = piece.size();
    const auto item = decoder.next(piece);
    outcome.consumed += offered - piece.size();
    if (!item) {
      outcome.error = item.error();
      return outcome;
    }
    if (!*item) {
      if (outcome.consumed < stream.size()) continue;
      outcome.error = decoder.end_of_stream();
      return outcome;
    }
    if (!(*item)->is_leaf()) continue;
    check_leaf(**item, ranges, *decoder.claimed_size(), next_chunk);
    outcome.payload.insert(outcome.payload.end(), (*item)->bytes.begin(), (*item)->bytes.end());
  }
  outcome.is_done = true;
  return outcome;
}

}  // namespace

void fuzz_bao_decoder(std::span<const std::uint8_t> input) {
  base::PostcardReader reader(std::as_bytes(input));
  const auto ranges = bao::read_range_spec(reader);
  const auto hash = reader.fixed_array<blake3::digest_size>();
  if (!ranges || !hash) return;
  const Outcome at_once = decode(reader.rest(), *hash, *ranges, input.size());
  IROH_ASSERT(at_once == decode(reader.rest(), *hash, *ranges, 1));
  // If everything was asked for and has come, the hash is the proof.
  if (at_once.is_done && ranges->is_all()) IROH_ASSERT(blake3::hash(at_once.payload) == *hash);
}

void fuzz_range_spec(std::span<const std::uint8_t> input) {
  base::PostcardReader reader(std::as_bytes(input));
  const auto ranges = bao::read_range_spec(reader);
  if (!ranges) return;
  base::PostcardWriter writer;
  bao::write_range_spec(writer, *ranges);
  base::PostcardReader again(writer.written());
  IROH_ASSERT(bao::read_range_spec(again) == ranges && again.is_empty());
}

}  // namespace iroh::fuzz
