// SPDX-License-Identifier: MIT OR Apache-2.0
// Takes the response to a request, or the body of a push, verifies it, and writes it into a store as it comes. Confined
// to the store's thread. [blobs.md §2.8], [blobs.md §5.2]
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "bao/decoder.hpp"
#include "blobs/transfer/request_walk.hpp"
#include "iroh/blobs/transfer.hpp"

namespace iroh::blobs {

/// Sizes that a sender may claim; 0: no limit.
struct ReadLimits {
  std::uint64_t blob_size_max = 0;
  std::uint64_t hash_seq_size_max = 0;
};

/// What has been read so far.
struct ReadState {
  std::uint64_t payload_bytes = 0;
  std::uint64_t other_bytes = 0;
  std::uint64_t index = 0;          ///< of the blob that is being read
  std::optional<Hash> hash;         ///< of it
  std::uint64_t size = 0;           ///< that is claimed for it; 0 until it has come
  std::uint64_t end_offset = 0;     ///< up to where the blob was read
  std::uint64_t blobs_done = 0;     ///< blobs read to their end
  std::uint64_t claimed_bytes = 0;  ///< sum of the sizes that have come
  bool is_done = false;             ///< all of the response was read
  bool ends_by_itself = false;      ///< the request is finite: the stream's end is expected after it
  /// Input that is left over: more came than was asked for.
  bool has_trailing_data = false;
  std::uint64_t blobs_complete = 0;  ///< of those, how many are complete in the store
  std::optional<TransferFailure> failure;
  bool is_local_failure = false;  ///< the store's, no fault of the sender
  /// Blobs that were written to in this call.
  std::vector<Hash> touched;
};

class ResponseReader {
 public:
  ResponseReader(GetRequest request, const ReadLimits& limits) : walk_(std::move(request)), limits_(limits) {}
  ResponseReader(GetManyRequest request, const ReadLimits& limits) : walk_(std::move(request)), limits_(limits) {}

  /// Takes all of the input, unless it fails or is done. The first call may have none: it finds out whether anything is
  /// expected at all.
  const ReadState& feed(Store& store, std::span<const Bytes> input);
  /// The stream has ended: fails unless everything was there.
  const ReadState& end(Store& store);

 private:
  struct Blob {
    Blob(const RequestWalk::Step& at) : step(at), decoder(at.hash.bytes(), *at.ranges) {}
    RequestWalk::Step step;
    bao::Decoder decoder;
    std::unique_ptr<BlobWriter> writer;  ///< from the first verified item on
    bool is_size_known = false;
  };

  bool is_over() const noexcept { return state_.is_done || state_.failure.has_value(); }
  void begin_blob(Store& store);
  void read(Store& store, base::ByteSpan& input);
  bool accept_size();
  void take(Store& store, const bao::Item& item);
  void fail(error_code error, std::uint64_t offset = 0);
  void fail_locally(error_code error, std::uint64_t offset = 0);

  RequestWalk walk_;
  ReadLimits limits_;
  std::unique_ptr<Blob> blob_;
  ReadState state_;
};

}  // namespace iroh::blobs
