// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/transfer/response_reader.hpp"

#include "blobs/transfer/failures.hpp"

namespace iroh::blobs {

const ReadState& ResponseReader::feed(Store& store, std::span<const Bytes> input) {
  state_.touched.clear();
  state_.ends_by_itself = !walk_.is_infinite();
  if (blob_ == nullptr && !is_over()) begin_blob(store);
  for (const Bytes& bytes : input) {
    base::ByteSpan rest = bytes;
    while (!rest.empty() && !is_over()) read(store, rest);
    if (!rest.empty() && state_.is_done) state_.has_trailing_data = true;
  }
  return state_;
}

const ReadState& ResponseReader::end(Store& store) {
  feed(store, {});
  if (is_over()) return state_;
  // [blobs.md 39], [blobs.md 89] An end before the size means that the provider does not have it.
  const bao::Error error = blob_->decoder.end_of_stream();
  // Only what a provider lacks may be missing cleanly; inside a blob the response is cut off.
  const bool is_absent = error.kind == bao::ErrorKind::size_missing;
  fail(is_absent ? BlobError::not_found : BlobError::truncated, error.offset());
  return state_;
}

void ResponseReader::fail(error_code error, std::uint64_t offset) {
  state_.failure = TransferFailure{error, state_.hash, offset};
  blob_.reset();
}

void ResponseReader::fail_locally(error_code error, std::uint64_t offset) {
  fail(error, offset);
  state_.is_local_failure = true;
}

void ResponseReader::begin_blob(Store& store) {
  const auto step = walk_.next(store);
  // [blobs.md 88] Without the hashes here nobody can tell what the next blob is.
  if (!step) return fail_locally(step.error());
  if (!*step) {
    state_.is_done = true;
    return;
  }
  blob_ = std::make_unique<Blob>(**step);
  state_.index = (*step)->index;
  state_.hash = (*step)->hash;
  state_.size = 0;
  state_.end_offset = 0;
}

void ResponseReader::read(Store& store, base::ByteSpan& input) {
  const auto item = blob_->decoder.next(input);
  if (!blob_->is_size_known && blob_->decoder.claimed_size() && !accept_size()) return;
  if (!item) return fail(to_error(item.error().kind), item.error().offset());
  if (*item) take(store, **item);
  if (is_over() || !blob_->decoder.is_done()) return;
  // [blobs.md 93] The store may have kept items back; an error must not be lost with them.
  const auto flushed = blob_->writer->flush();
  if (!flushed) return fail_locally(flushed.error(), state_.end_offset);
  if (blob_->writer->bitfield().is_complete()) ++state_.blobs_complete;
  blob_.reset();
  ++state_.blobs_done;
  begin_blob(store);
}

/// [blobs.md §2.9] The size is a claim, for which nothing is allocated; absurd ones are refused at once.
bool ResponseReader::accept_size() {
  blob_->is_size_known = true;
  const std::uint64_t size = *blob_->decoder.claimed_size();
  state_.other_bytes += bao::size_header_size;
  state_.size = size;
  state_.claimed_bytes += size;
  // [blobs.md 89] No attack: some providers say so about what they do not have.
  if (size == 0 && blob_->step.hash != Hash::empty()) {
    fail(BlobError::not_found);
    return false;
  }
  // [blobs.md 85]
  const bool is_hash_seq = walk_.has_hash_seq() && blob_->step.index == 0;
  const std::uint64_t limit = is_hash_seq ? limits_.hash_seq_size_max : limits_.blob_size_max;
  if (limit != 0 && size > limit) {
    fail(BlobError::size_limit_exceeded);
    return false;
  }
  return true;
}

void ResponseReader::take(Store& store, const bao::Item& item) {
  if (item.is_leaf()) {
    state_.payload_bytes += item.bytes.size();
    state_.end_offset = item.offset() + item.bytes.size();
  } else {
    state_.other_bytes += item.bytes.size();
  }
  if (!blob_->writer) {
    auto writer = store.write(blob_->step.hash, state_.size);
    if (!writer) return fail_locally(writer.error());
    blob_->writer = *std::move(writer);
  }
  // [blobs.md 86], [blobs.md 93] Only what is verified gets here; what the store says is what the request says.
  const auto written = blob_->writer->write(item);
  if (!written) return fail_locally(written.error(), item.offset());
  if (state_.touched.empty() || state_.touched.back() != blob_->step.hash) state_.touched.push_back(blob_->step.hash);
}

}  // namespace iroh::blobs
