// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/store/file_writer.hpp"

#include <algorithm>

#include "base/try.hpp"
#include "blobs/store/partial_files.hpp"

namespace iroh::blobs {

void WriteRun::append(std::uint64_t offset, base::ByteSpan bytes) {
  if (bytes_.empty()) offset_ = offset;
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

Result<void> WriteRun::write_to(const File& file) {
  const auto written = bytes_.empty() ? Result<void>() : file.write_at(offset_, bytes_);
  bytes_.clear();
  return written;
}

FileWriter::FileWriter(std::shared_ptr<FileStoreCore> core, EntryPtr entry, std::uint64_t claimed_size)
    : handle_(std::move(core), std::move(entry)), claimed_size_(claimed_size) {
  handle_.entry().writers.push_back(this);
}

FileWriter::~FileWriter() {
  static_cast<void>(put_down());
  std::erase(handle_.entry().writers, this);
}

Result<void> FileWriter::write(const bao::Item& item) {
  if (failed_) return std::unexpected(*failed_);
  auto done = take(item);
  // [blobs.md 93] With its own cause, now and from now on; what was published before stays.
  if (!done) failed_ = done.error();
  return done;
}

Result<void> FileWriter::take(const bao::Item& item) {
  Entry& entry = handle_.entry();
  if (entry.detached) return std::unexpected(*entry.detached);
  if (entry.state == Entry::State::complete) return {};
  const std::uint64_t small = std::min(handle_.core().options.inline_data_limit, memory_stage_limit);
  const bool fits_in_memory = claimed_size_ <= small && entry.state != Entry::State::in_files;
  if (fits_in_memory) return take_in_memory(item);
  IROH_TRY_VOID(handle_.core().prepare_files(handle_.pointer()));
  return item.is_leaf() ? take_leaf(item) : take_pair(item);
}

Result<void> FileWriter::take_in_memory(const bao::Item& item) {
  Entry& entry = handle_.entry();
  handle_.core().begin_in_memory(handle_.pointer());
  entry.memory.write(item, claimed_size_);
  entry.bitfield = entry.memory.bitfield();
  if (!entry.bitfield.is_complete()) return {};
  IROH_TRY_VOID(handle_.core().complete(handle_.pointer()));
  return handle_.core().after_command();
}

Result<void> FileWriter::take_pair(const bao::Item& item) {
  if (!item.is_stored) return {};
  const std::uint64_t offset = item.pair_index * bao::pair_size;
  const bool continues = pairs_.is_empty() || pairs_.continues_at(offset);
  if (!continues || pairs_.size() >= max_pairs_run) {
    IROH_TRY(file, handle_.core().files.get(handle_.entry().names.outboard));
    IROH_TRY_VOID(pairs_.write_to(*file));
  }
  pairs_.append(offset, item.bytes);
  return {};
}

Result<void> FileWriter::take_leaf(const bao::Item& item) {
  if (!leaves_.is_empty() && !leaves_.continues_at(item.offset())) IROH_TRY_VOID(write_held_back());
  if (leaves_.is_empty()) first_chunk_ = item.node.begin;
  leaves_.append(item.offset(), item.bytes);
  end_chunk_ = item.node.end;
  // The last chunk proves the size, or completes the blob.
  const bool is_last = item.node.end >= bao::Geometry(claimed_size_).chunks();
  return is_last || leaves_.size() >= max_run ? write_held_back() : Result<void>();
}

Result<void> FileWriter::write_held_back() {
  FileStoreCore& core = handle_.core();
  const BlobNames& names = handle_.entry().names;
  {
    IROH_TRY(outboard, core.files.get(names.outboard));
    IROH_TRY_VOID(pairs_.write_to(*outboard));
  }
  if (leaves_.is_empty()) return {};
  {
    IROH_TRY(data, core.files.get(names.data));
    IROH_TRY_VOID(leaves_.write_to(*data));
  }
  IROH_TRY_VOID(core.note_size(handle_.entry(), (end_chunk_ - 1) * bao::chunk_size, claimed_size_));
  IROH_TRY_VOID(core.publish(handle_.pointer(), {claimed_size_, ChunkRanges::range(first_chunk_, end_chunk_)}));
  return core.after_command();
}

Result<void> FileWriter::put_down() {
  if (failed_) return std::unexpected(*failed_);
  if (leaves_.is_empty() && pairs_.is_empty()) return {};
  const Entry& entry = handle_.entry();
  // Another writer may have completed the blob.
  if (entry.state != Entry::State::in_files || entry.detached) return {};
  auto done = write_held_back();
  if (!done) failed_ = done.error();
  return done;
}

Result<void> FileWriter::flush() {
  if (handle_.entry().detached && !failed_) failed_ = handle_.entry().detached;
  return put_down();
}

const Bitfield& FileWriter::bitfield() const noexcept {
  // Held back bytes are written first, which is not visible from outside.
  static_cast<void>(const_cast<FileWriter*>(this)->put_down());
  return handle_.entry().bitfield;
}

}  // namespace iroh::blobs
