// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/transfer/request_walk.hpp"

#include <algorithm>

#include "bao/encoder.hpp"
#include "base/try.hpp"

namespace iroh::blobs {

Result<std::optional<Hash>> HashWindow::at(Store& store, std::uint64_t index) {
  const std::uint64_t offset = index * Hash::size;
  const bool is_loaded = offset >= first_byte_ && offset - first_byte_ + Hash::size <= bytes_.size();
  if (!is_loaded || index > UINT64_MAX / Hash::size) {
    IROH_TRY(reader, store.open(hash_seq_));
    const Bitfield& bitfield = reader->bitfield();
    // [blobs.md 88]
    if (bitfield.size() % Hash::size != 0) return std::unexpected(make_error_code(BlobError::invalid_hash_seq));
    if (index >= bitfield.size() / Hash::size) {
      // Only a size that is proven ends the sequence.
      if (bitfield.is_validated()) return std::nullopt;
      return std::unexpected(make_error_code(BlobError::not_found));
    }
    IROH_TRY_VOID(load(*reader, offset));
  }
  std::array<std::byte, Hash::size> bytes;
  std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset - first_byte_), bytes.size(), bytes.begin());
  return Hash(bytes);
}

Result<void> HashWindow::load(BlobReader& reader, std::uint64_t offset) {
  if (load_verified_group(reader, offset)) return {};
  // A part of a group cannot be proven any more, but was when it came.
  const std::uint64_t begin = offset - offset % bao::chunk_size;
  const std::uint64_t size = std::min<std::uint64_t>(bao::chunk_size, reader.bitfield().size() - begin);
  if (!reader.bitfield().ranges().contains(begin / bao::chunk_size)) {
    return std::unexpected(make_error_code(BlobError::not_found));
  }
  bytes_.resize(static_cast<std::size_t>(size));
  first_byte_ = begin;
  const auto read = reader.read(begin, bytes_);
  if (!read) bytes_.clear();
  return read;
}

/// [blobs.md §3.4] The group, checked against the hash, if all of it is there.
bool HashWindow::load_verified_group(BlobReader& reader, std::uint64_t offset) {
  const bao::Geometry geometry(reader.bitfield().size());
  const std::uint64_t first = offset / bao::group_size * geometry.group_chunks();
  const auto group = ChunkRanges::range(first, std::min(first + geometry.group_chunks(), geometry.chunks()));
  if (!(group - reader.bitfield().ranges()).is_empty()) return false;
  bao::Encoder encoder(hash_seq_.bytes(), geometry, group);
  std::vector<std::byte> bytes;
  for (;;) {
    const auto item = encoder.next(reader);
    if (!item) return false;
    if (!*item) break;
    if ((*item)->is_leaf()) bytes.insert(bytes.end(), (*item)->bytes.begin(), (*item)->bytes.end());
  }
  bytes_ = std::move(bytes);
  first_byte_ = first * bao::chunk_size;
  return true;
}

Result<std::optional<RequestWalk::Step>> RequestWalk::next(Store& store) {
  if (is_over_) return std::nullopt;
  const auto selected = ranges_.next_selected(next_);
  if (!selected) {
    is_over_ = true;
    return std::nullopt;
  }
  const std::uint64_t position = selected->position;
  is_over_ = position == UINT64_MAX;
  next_ = position + 1;
  std::optional<Hash> hash = root_;
  if (hashes_) {
    // [blobs.md §3.5] Positions past the list are ignored.
    hash = position < hashes_->size() ? std::optional((*hashes_)[static_cast<std::size_t>(position)]) : std::nullopt;
  } else if (position > 0) {
    IROH_TRY(child, window_.at(store, position - 1));
    hash = child;
  }
  if (!hash) {
    is_over_ = true;
    return std::nullopt;
  }
  return Step{position, *hash, selected->ranges};
}

}  // namespace iroh::blobs
