// SPDX-License-Identifier: MIT OR Apache-2.0
// Makes the response to a request, or the body of a push, from a store: a batch of verified bytes at a time. Confined
// to the store's thread. [blobs.md §2.7], [blobs.md §3.4]
#pragma once

#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "bao/encoder.hpp"
#include "blobs/transfer/buffer_pool.hpp"
#include "blobs/transfer/request_walk.hpp"
#include "iroh/blobs/transfer.hpp"

namespace iroh::blobs {

/// A blob begins in a batch.
struct BlobStart {
  std::uint64_t index = 0;
  Hash hash;
  std::uint64_t size = 0;
};
/// A leaf of the blob that began last lies before `position` in the batch.
struct LeafEnd {
  std::size_t position = 0;      ///< in the batch
  std::uint64_t end_offset = 0;  ///< in the blob
  std::uint32_t size = 0;
};

struct ResponseBatch {
  Bytes bytes;
  std::vector<std::variant<BlobStart, LeafEnd>> marks;  ///< in order
  std::uint64_t payload_bytes = 0;
  bool is_last = false;
  /// The response ends here, too early. The bytes are right.
  std::optional<TransferFailure> failure;
};

class ResponseWriter {
 public:
  explicit ResponseWriter(GetRequest request) : walk_(std::move(request)) {}
  explicit ResponseWriter(GetManyRequest request) : walk_(std::move(request)) {}

  /// At most about this many bytes, at least one item. Every leaf is marked if asked for, else only the last of the
  /// batch.
  ResponseBatch next(Store& store, BufferPool& pool, std::size_t size, bool marks_every_leaf);

 private:
  struct Blob {
    Blob(const RequestWalk::Step& step, std::unique_ptr<BlobReader> opened);
    RequestWalk::Step step;
    std::unique_ptr<BlobReader> reader;
    bao::Encoder encoder;
  };
  class Output;

  /// False if there is no blob left, or on failure.
  bool begin_blob(Store& store, Output& output);
  /// True when the blob is complete, false if the batch is full or on failure.
  bool continue_blob(Output& output);

  RequestWalk walk_;
  std::unique_ptr<Blob> blob_;
};

}  // namespace iroh::blobs
