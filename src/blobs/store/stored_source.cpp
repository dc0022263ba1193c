// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/store/stored_source.hpp"

#include <algorithm>

#include "base/try.hpp"

namespace iroh::blobs {
namespace {

base::ByteSpan part_of(base::ByteSpan all, std::uint64_t offset, std::size_t count) {
  if (offset >= all.size()) return {};
  const auto begin = static_cast<std::size_t>(offset);
  return all.subspan(begin, std::min(count, all.size() - begin));
}

}  // namespace

void StoredSource::use(StoredBlob blob, bool outboard_changes) {
  blob_ = std::move(blob);
  if (outboard_changes) outboard_window_.clear();
}

void StoredSource::let_go() noexcept {
  blob_.data_file.reset();
  blob_.outboard_file.reset();
}

/// At least one pair, or nothing at the end.
Result<base::ByteSpan> StoredSource::outboard_at(std::uint64_t offset) {
  if (!blob_.outboard_file) return part_of(blob_.outboard, offset, bao::pair_size);
  const bool is_in_window = offset >= outboard_window_at_ && offset - outboard_window_at_ < outboard_window_.size();
  if (!is_in_window) {
    // Pairs are asked for in ascending order.
    outboard_window_.resize(outboard_window_size);
    outboard_window_at_ = offset;
    const auto count = blob_.outboard_file->read_at(offset, outboard_window_);
    outboard_window_.resize(count.value_or(0));
    if (!count) return std::unexpected(count.error());
  }
  return part_of(outboard_window_, offset - outboard_window_at_, bao::pair_size);
}

std::expected<std::optional<bao::Pair>, bao::ReadError> StoredSource::pair(std::uint64_t index) {
  const auto bytes = outboard_at(index * bao::pair_size);
  if (!bytes) return std::unexpected(bao::ReadError());
  bao::Pair pair{};
  if (bytes->size() < pair.size()) return std::nullopt;
  std::ranges::copy(*bytes, pair.begin());
  // A hole in the file. No two hashes are zeros.
  if (pair == bao::Pair{}) return std::nullopt;
  return pair;
}

std::expected<base::ByteSpan, bao::ReadError> StoredSource::data(std::uint64_t offset, std::size_t needed,
                                                                 std::size_t useful) {
  if (!blob_.data_file) return part_of(blob_.data, offset, useful);
  const std::size_t wanted = std::max(needed, std::min(useful, window_size));
  window_.resize(std::max(window_.size(), wanted));
  const auto count = blob_.data_file->read_at(offset, std::span(window_).first(wanted));
  if (!count) return std::unexpected(bao::ReadError());
  return base::ByteSpan(window_).first(*count);
}

}  // namespace iroh::blobs
