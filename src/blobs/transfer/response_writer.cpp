// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/transfer/response_writer.hpp"

#include <algorithm>
#include <cstring>

#include "blobs/transfer/failures.hpp"

namespace iroh::blobs {

/// A batch that is being filled.
class ResponseWriter::Output {
 public:
  Output(BufferPool& pool, std::size_t size, bool marks_every_leaf)
      : buffer_(pool.get(std::max(size, size_min))),
        limit_(std::max(size, size_min)),
        marks_every_leaf_(marks_every_leaf) {}

  bool fits(std::size_t size) const noexcept { return size <= limit_ - filled_; }
  void begin(const BlobStart& start, base::ByteSpan header) {
    flush_mark();
    batch_.marks.emplace_back(start);
    append(header);
  }
  void add(const bao::Item& item) {
    append(item.bytes);
    if (!item.is_leaf()) return;
    batch_.payload_bytes += item.bytes.size();
    last_leaf_ = LeafEnd{filled_, item.offset() + item.bytes.size(), static_cast<std::uint32_t>(item.bytes.size())};
    if (marks_every_leaf_) flush_mark();
  }
  void fail(error_code error, std::optional<Hash> hash = {}, std::uint64_t offset = 0) {
    batch_.failure = TransferFailure{error, hash, offset};
  }
  bool has_failed() const noexcept { return batch_.failure.has_value(); }
  void end() noexcept { batch_.is_last = true; }
  ResponseBatch take() && {
    flush_mark();
    batch_.bytes = std::move(buffer_).freeze(filled_);
    return std::move(batch_);
  }

 private:
  /// Room for a size, a pair and a leaf: every batch makes progress.
  static constexpr std::size_t size_min = bao::size_header_size + bao::pair_size + bao::group_size;

  void append(base::ByteSpan bytes) {
    if (!bytes.empty()) std::memcpy(buffer_.memory().data() + filled_, bytes.data(), bytes.size());
    filled_ += bytes.size();
  }
  void flush_mark() {
    if (last_leaf_) batch_.marks.emplace_back(*last_leaf_);
    last_leaf_.reset();
  }

  BufferPool::Buffer buffer_;
  const std::size_t limit_;
  const bool marks_every_leaf_;
  std::size_t filled_ = 0;
  std::optional<LeafEnd> last_leaf_;
  ResponseBatch batch_;
};

ResponseWriter::Blob::Blob(const RequestWalk::Step& at, std::unique_ptr<BlobReader> opened)
    : step(at),
      reader(std::move(opened)),
      encoder(step.hash.bytes(), bao::Geometry(reader->bitfield().size()), *step.ranges) {}

ResponseBatch ResponseWriter::next(Store& store, BufferPool& pool, std::size_t size, bool marks_every_leaf) {
  Output output(pool, size, marks_every_leaf);
  while (blob_ != nullptr || begin_blob(store, output)) {
    if (!continue_blob(output)) break;
    blob_.reset();
  }
  if (output.has_failed()) blob_.reset();
  return std::move(output).take();
}

bool ResponseWriter::begin_blob(Store& store, Output& output) {
  if (!output.fits(bao::size_header_size + bao::group_size)) return false;
  auto step = walk_.next(store);
  if (!step) {
    output.fail(step.error());
    return false;
  }
  if (!*step) {
    output.end();
    return false;
  }
  auto reader = store.open((*step)->hash);
  if (!reader) {
    output.fail(reader.error(), (*step)->hash);
    return false;
  }
  const Bitfield& bitfield = (*reader)->bitfield();
  // [blobs.md 89] An entry without a known size cannot be served; a claim of 0 would be a lie.
  if (bitfield.size() == 0 && (*step)->hash != Hash::empty()) {
    output.fail(BlobError::not_found, (*step)->hash);
    return false;
  }
  const BlobStart start = {(*step)->index, (*step)->hash, bitfield.size()};
  blob_ = std::make_unique<Blob>(**step, *std::move(reader));
  output.begin(start, blob_->encoder.size_header());
  return true;
}

bool ResponseWriter::continue_blob(Output& output) {
  // Room first: an item is a view that does not outlive the next call.
  while (output.fits(bao::group_size)) {
    const auto item = blob_->encoder.next(*blob_->reader);
    if (!item) {
      // [blobs.md 40], [blobs.md 41] What is missing or wrong is not sent, and nothing after it.
      output.fail(to_error(item.error().kind), blob_->step.hash, item.error().offset());
      return false;
    }
    if (!*item) return true;
    output.add(**item);
  }
  return false;
}

}  // namespace iroh::blobs
