// SPDX-License-Identifier: MIT OR Apache-2.0
#include "fuzz/targets/blobs.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "blobs/protocol/observe_item.hpp"
#include "blobs/protocol/request_codec.hpp"
#include "blobs/store/memory_store.hpp"
#include "blobs/transfer/response_reader.hpp"

namespace iroh::fuzz {
namespace {

using base::ByteSpan;

/// Bytes after the type, as an encoding of the same must be read.
template <class Decode>
void check_again(const std::vector<std::byte>& encoded, const auto& request, Decode decode) {
  const auto again = decode(ByteSpan(encoded).subspan(1));
  IROH_ASSERT(again && *again == request);
}

struct Received {
  blobs::ReadState state;
  std::uint64_t stored = 0;
};

Received receive(const GetRequest& request, ByteSpan bytes, std::size_t piece) {
  blobs::MemoryStore store;
  blobs::ResponseReader reader(request, {.blob_size_max = 0, .hash_seq_size_max = 1 << 20});
  Received received = {reader.feed(store, {})};
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    const Bytes part = Bytes::copy_of(bytes.subspan(at, std::min(piece, bytes.size() - at)));
    received.state = reader.feed(store, std::span(&part, 1));
  }
  received.state = reader.end(store);
  IROH_ASSERT(received.state.is_done || received.state.failure);
  const auto hashes = store.list();
  for (const Hash& hash : *hashes) {
    received.stored += store.bitfield(hash)->total_bytes();
    if (!store.bitfield(hash)->is_complete()) continue;
    const auto data = blobs::read_all(store, hash, UINT64_MAX);
    IROH_ASSERT(data && Hash::of(data->span()) == hash);
  }
  return received;
}

}  // namespace

void fuzz_blobs_request(std::span<const std::uint8_t> input) {
  if (input.empty()) return;
  const ByteSpan bytes = std::as_bytes(input);
  const auto type = blobs::request_type(bytes[0]);
  if (!type) return;
  const ByteSpan body = bytes.subspan(1);
  switch (*type) {
    case blobs::RequestType::get:
    case blobs::RequestType::push:
      if (const auto request = blobs::decode_get(body)) {
        check_again(blobs::encode_get(*request), *request, blobs::decode_get);
        // However far apart, the selected positions are found one by one.
        std::uint64_t position = 0;
        for (int i = 0; i < 100; ++i) {
          const auto selected = request->ranges.next_selected(position);
          if (!selected || selected->position == UINT64_MAX) break;
          IROH_ASSERT(selected->position >= position && !selected->ranges->is_empty());
          position = selected->position + 1;
        }
      }
      break;
    case blobs::RequestType::get_many:
      if (const auto request = blobs::decode_get_many(body)) {
        check_again(blobs::encode_get_many(*request), *request, blobs::decode_get_many);
      }
      break;
    case blobs::RequestType::observe:
      if (const auto request = blobs::decode_observe(body)) {
        check_again(blobs::encode_observe(*request), *request, blobs::decode_observe);
      }
      break;
  }
}

void fuzz_blobs_observe(std::span<const std::uint8_t> input) {
  const ByteSpan bytes = std::as_bytes(input);
  blobs::ObserveReader at_once;
  blobs::ObserveReader bytewise;
  const bool is_good = at_once.feed(bytes);
  bool is_good_bytewise = true;
  for (std::size_t i = 0; i < bytes.size() && is_good_bytewise; ++i) {
    is_good_bytewise = bytewise.feed(bytes.subspan(i, 1));
  }
  IROH_ASSERT(is_good == is_good_bytewise);
  IROH_ASSERT(at_once.items() == bytewise.items() && at_once.bitfield() == bytewise.bitfield());
}

void fuzz_blobs_response(std::span<const std::uint8_t> input) {
  const ByteSpan bytes = std::as_bytes(input);
  base::PostcardReader reader(bytes);
  const auto head = reader.bytes();
  if (!head) return;
  const auto request = blobs::decode_get(*head);
  if (!request) return;
  const Received at_once = receive(*request, reader.rest(), std::max<std::size_t>(input.size(), 1));
  const Received bytewise = receive(*request, reader.rest(), 1);
  IROH_ASSERT(at_once.state.is_done == bytewise.state.is_done);
  IROH_ASSERT(at_once.state.payload_bytes == bytewise.state.payload_bytes && at_once.stored == bytewise.stored);
}

}  // namespace iroh::fuzz
