// SPDX-License-Identifier: MIT OR Apache-2.0
// For tests: the standard blobs of [blobs.md §7.2], whole responses, and parts of blobs put into a store.
#pragma once

#include <string>
#include <vector>

#include "bao/outboard.hpp"
#include "bao/test_support.hpp"
#include "blake3/test_data.hpp"
#include "blobs/store/memory_store.hpp"
#include "blobs/transfer/response_reader.hpp"
#include "blobs/transfer/response_writer.hpp"
#include "iroh/blobs/collection.hpp"
#include "iroh/blobs/hash_seq.hpp"

namespace iroh::blobs {

inline constexpr std::size_t standard_sizes[] = {0, 1, 1024, 16'383, 16'384, 16'385, 1'048'576, 8'388'608};

inline Bytes letters(std::size_t size) {
  return Bytes::copy_of(blake3::letter_pattern(size));
}
inline Hash add(Store& store, Bytes data) {
  return store.import_bytes(std::move(data), {})->hash;
}
/// The HashSeq of the standard blobs, and the blobs.
inline Hash add_standard(Store& store) {
  std::vector<Hash> hashes;
  for (const std::size_t size : standard_sizes) hashes.push_back(add(store, letters(size)));
  return add(store, HashSeq(hashes).bytes());
}
/// Puts a part of the data into the store, as if it had been received.
inline Hash add_part(Store& store, base::ByteSpan data, const ChunkRanges& ranges) {
  const bao::Outboard outboard = bao::make_outboard(data);
  bao::MemorySource source(data, outboard.bytes);
  bao::Encoder encoder(outboard.hash, bao::Geometry(data.size()), ranges);
  const auto writer = store.write(Hash(outboard.hash), data.size());
  while (const auto item = *encoder.next(source)) static_cast<void>((*writer)->write(*item));
  return Hash(outboard.hash);
}

struct Response {
  std::vector<std::byte> bytes;
  std::vector<BlobStart> starts;
  std::uint64_t leaves = 0;
  std::optional<TransferFailure> failure;
};

template <class Request>
Response respond(Store& store, Request request, std::size_t batch_size = std::size_t{1} << 18) {
  ResponseWriter writer(std::move(request));
  BufferPool pool(batch_size);
  Response response;
  for (;;) {
    const ResponseBatch batch = writer.next(store, pool, batch_size, true);
    response.bytes.insert(response.bytes.end(), batch.bytes.span().begin(), batch.bytes.span().end());
    for (const auto& mark : batch.marks) {
      if (const auto* start = std::get_if<BlobStart>(&mark)) response.starts.push_back(*start);
      if (std::holds_alternative<LeafEnd>(mark)) ++response.leaves;
    }
    response.failure = batch.failure;
    if (batch.is_last || batch.failure) return response;
  }
}

/// Feeds the bytes in pieces and, if asked to, ends the stream.
inline ReadState receive(ResponseReader& reader, Store& store, base::ByteSpan bytes, std::size_t piece, bool ends) {
  ReadState state = reader.feed(store, {});
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    const Bytes part = Bytes::copy_of(bytes.subspan(at, std::min(piece, bytes.size() - at)));
    state = reader.feed(store, std::span(&part, 1));
  }
  return ends ? reader.end(store) : state;
}

}  // namespace iroh::blobs
