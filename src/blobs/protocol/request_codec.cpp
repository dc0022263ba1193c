// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/protocol/request_codec.hpp"

#include <algorithm>
#include <limits>

#include "bao/range_spec.hpp"

namespace iroh {

GetManyRequest GetManyRequest::all_of(std::vector<Hash> hashes) {
  std::ranges::sort(hashes);
  const auto repeated = std::ranges::unique(hashes);
  hashes.erase(repeated.begin(), repeated.end());
  const std::vector<ChunkRanges> sets(hashes.size(), ChunkRanges::all());
  return {std::move(hashes), ChunkRangesSeq::finite(sets)};
}

namespace blobs {
namespace {

base::PostcardWriter begin(RequestType type) {
  base::PostcardWriter writer;
  writer.u8(static_cast<std::uint8_t>(type));
  return writer;
}

void write_get(base::PostcardWriter& writer, const GetRequest& request) {
  writer.fixed(request.hash.bytes());
  write_ranges_seq(writer, request.ranges);
}

}  // namespace

std::optional<RequestType> request_type(std::byte first) noexcept {
  switch (static_cast<RequestType>(first)) {
    case RequestType::get:
    case RequestType::observe:
    case RequestType::push:
    case RequestType::get_many:
      return static_cast<RequestType>(first);
  }
  return std::nullopt;
}

RequestKind to_kind(RequestType type) noexcept {
  switch (type) {
    case RequestType::observe:
      return RequestKind::observe;
    case RequestType::push:
      return RequestKind::push;
    case RequestType::get_many:
      return RequestKind::get_many;
    case RequestType::get:
      break;
  }
  return RequestKind::get;
}

void write_ranges_seq(base::PostcardWriter& writer, const ChunkRangesSeq& ranges) {
  // [blobs.md 24]
  writer.u64(ranges.entries().size());
  std::uint64_t previous = 0;
  for (const auto& entry : ranges.entries()) {
    writer.u64(entry.position - previous);
    bao::write_range_spec(writer, entry.ranges);
    previous = entry.position;
  }
}

std::optional<ChunkRangesSeq> read_ranges_seq(base::PostcardReader& reader) {
  const auto count = reader.u64();
  // The count is the peer's word: an entry takes two bytes at least, so memory grows only with what was really sent.
  if (!count || *count > reader.remaining() / 2) return std::nullopt;
  std::vector<ChunkRangesSeq::Entry> entries;
  std::uint64_t position = 0;
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto distance = reader.u64();
    // [blobs.md 26], [blobs.md 87] The rest of what is not canonical is found by from_entries().
    if (!distance || *distance > std::numeric_limits<std::uint64_t>::max() - position) return std::nullopt;
    auto ranges = bao::read_range_spec(reader);
    if (!ranges) return std::nullopt;
    entries.push_back({position += *distance, *std::move(ranges)});
  }
  return ChunkRangesSeq::from_entries(std::move(entries));
}

std::vector<std::byte> encode_get(const GetRequest& request) {
  base::PostcardWriter writer = begin(RequestType::get);
  write_get(writer, request);
  return writer.take();
}

std::vector<std::byte> encode_get_many(const GetManyRequest& request) {
  base::PostcardWriter writer = begin(RequestType::get_many);
  writer.u64(request.hashes.size());
  for (const Hash& hash : request.hashes) writer.fixed(hash.bytes());
  write_ranges_seq(writer, request.ranges);
  return writer.take();
}

std::vector<std::byte> encode_observe(const ObserveRequest& request) {
  base::PostcardWriter writer = begin(RequestType::observe);
  writer.fixed(request.hash.bytes());
  bao::write_range_spec(writer, request.ranges);
  return writer.take();
}

std::vector<std::byte> encode_push(const GetRequest& content) {
  base::PostcardWriter body;
  write_get(body, content);
  base::PostcardWriter writer = begin(RequestType::push);
  writer.bytes(body.written());
  return writer.take();
}

std::optional<GetRequest> decode_get(base::ByteSpan body) {
  base::PostcardReader reader(body);
  const auto hash = reader.fixed_array<Hash::size>();
  if (!hash) return std::nullopt;
  auto ranges = read_ranges_seq(reader);
  if (!ranges) return std::nullopt;
  return GetRequest{Hash(*hash), *std::move(ranges)};  // [blobs.md 2] Bytes after it are ignored.
}

std::optional<GetManyRequest> decode_get_many(base::ByteSpan body) {
  base::PostcardReader reader(body);
  const auto count = reader.u64();
  if (!count || *count > reader.remaining() / Hash::size) return std::nullopt;
  std::vector<Hash> hashes;
  hashes.reserve(static_cast<std::size_t>(*count));
  for (std::uint64_t i = 0; i < *count; ++i) hashes.emplace_back(*reader.fixed_array<Hash::size>());
  auto ranges = read_ranges_seq(reader);
  if (!ranges) return std::nullopt;
  return GetManyRequest{std::move(hashes), *std::move(ranges)};
}

std::optional<ObserveRequest> decode_observe(base::ByteSpan body) {
  base::PostcardReader reader(body);
  const auto hash = reader.fixed_array<Hash::size>();
  if (!hash) return std::nullopt;
  auto ranges = bao::read_range_spec(reader);
  if (!ranges) return std::nullopt;
  return ObserveRequest{Hash(*hash), *std::move(ranges)};
}

}  // namespace blobs
}  // namespace iroh
