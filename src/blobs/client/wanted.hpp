// SPDX-License-Identifier: MIT OR Apache-2.0
// What a download is after, and how it is cut into requests: parts that different providers can bring at the same time.
// On the store's thread, except where it says otherwise. [blobs.md §5.4]
#pragma once

#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "blobs/store/store.hpp"
#include "blobs/transfer/local_content.hpp"
#include "blobs/transfer/response_reader.hpp"
#include "iroh/blobs/request.hpp"

namespace iroh::blobs {

/// What is in `from` and not in `taken`.
ChunkRangesSeq subtract(const ChunkRangesSeq& from, const ChunkRangesSeq& taken);

/// The beginning of a range set of a blob of known size: whole groups of about so many bytes, at least one.
ChunkRanges first_part(const ChunkRanges& ranges, std::uint64_t size, std::uint64_t bytes);

class Wanted {
 public:
  explicit Wanted(GetRequest request) : request_(std::move(request)) {}
  explicit Wanted(GetManyRequest request) : request_(std::move(request)) {}

  Result<LocalInfo> local(Store& store) const;
  /// About so many bytes from the front of what is left; everything if that is not known better.
  Result<ChunkRangesSeq> cut(Store& store, const ChunkRangesSeq& left, std::uint64_t bytes) const;
  /// A request for a proof of all sizes that are not known; nothing if they are.
  Result<ChunkRangesSeq> size_probe(Store& store) const;

  // ---- From any thread

  struct Part {
    std::vector<std::byte> head;
    std::unique_ptr<ResponseReader> reader;
  };
  /// The request for a part of it; nothing if that would be longer than a request may be.
  std::optional<Part> make_request(const ChunkRangesSeq& part, const ReadLimits& limits) const;
  /// What has to be kept for it.
  std::vector<HashAndFormat> contents() const;
  /// It has a root that lists the others, and counts as one of them.
  bool has_root() const noexcept { return std::holds_alternative<GetRequest>(request_); }
  bool is_single_blob() const noexcept;

 private:
  std::variant<GetRequest, GetManyRequest> request_;
};

}  // namespace iroh::blobs
