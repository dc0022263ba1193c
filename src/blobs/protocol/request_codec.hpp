// SPDX-License-Identifier: MIT OR Apache-2.0
// Requests as bytes. Only what is canonical is written and accepted; bytes after a request are ignored, as postcard
// has it. [blobs.md §3.2], [blobs.md §3.3]
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "base/byte_span.hpp"
#include "base/postcard.hpp"
#include "iroh/blobs/request.hpp"

namespace iroh::blobs {

/// Longest body of a request, and longest item of an observer. Without it a peer could make us keep any amount.
inline constexpr std::size_t request_size_max = 1'048'576;

/// The first byte of a stream.
enum class RequestType : std::uint8_t { get = 0, observe = 1, push = 8, get_many = 9 };

/// Nothing for types that are reserved or unknown.
std::optional<RequestType> request_type(std::byte first) noexcept;
RequestKind to_kind(RequestType type) noexcept;

void write_ranges_seq(base::PostcardWriter& writer, const ChunkRangesSeq& ranges);
std::optional<ChunkRangesSeq> read_ranges_seq(base::PostcardReader& reader);

/// With the type byte in front. A push has a length after it, and its data follows.
std::vector<std::byte> encode_get(const GetRequest& request);
std::vector<std::byte> encode_get_many(const GetManyRequest& request);
std::vector<std::byte> encode_observe(const ObserveRequest& request);
std::vector<std::byte> encode_push(const GetRequest& content);

/// The body, without type and length.
std::optional<GetRequest> decode_get(base::ByteSpan body);
std::optional<GetManyRequest> decode_get_many(base::ByteSpan body);
std::optional<ObserveRequest> decode_observe(base::ByteSpan body);

}  // namespace iroh::blobs
