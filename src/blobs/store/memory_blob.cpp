// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/store/memory_blob.hpp"

#include <algorithm>
#include <string>

#include "base/assert.hpp"

namespace iroh::blobs {

MemoryBlob::MemoryBlob(Bytes data, std::vector<std::byte> outboard)
    : bitfield_(Bitfield::complete(data.size())), data_(std::move(data)), outboard_(std::move(outboard)) {}

void MemoryBlob::write(const bao::Item& item, std::uint64_t claimed_size) {
  if (bitfield_.is_complete()) return;
  if (!item.is_leaf()) {
    if (!item.is_stored) return;
    std::ranges::copy(item.bytes, pairs_[item.pair_index].begin());
    return;
  }
  write_leaf(item);
  // [blobs.md 59]
  const auto written = ChunkRanges::range(item.node.begin, item.node.end);
  bitfield_ = bitfield_.combine(Bitfield(claimed_size, claimed_size == 0 ? ChunkRanges::all() : written));
  if (bitfield_.is_complete()) freeze();
}

/// A leaf never crosses a group, so it lies within one page.
void MemoryBlob::write_leaf(const bao::Item& item) {
  if (item.bytes.empty()) return;
  auto& page = pages_[item.offset() / bao::group_size];
  if (!page) page = std::make_shared<Page>();
  std::ranges::copy(item.bytes, page->begin() + static_cast<std::ptrdiff_t>(item.offset() % bao::group_size));
}

/// Every byte is there now: what the size claims is proven and paid for.
void MemoryBlob::freeze() {
  const bao::Geometry geometry(bitfield_.size());
  std::string text(static_cast<std::size_t>(geometry.size()), '\0');
  const auto bytes = std::as_writable_bytes(std::span(text.data(), text.size()));
  for (const auto& [number, page] : pages_) {
    const auto begin = static_cast<std::size_t>(number * bao::group_size);
    if (begin >= bytes.size()) continue;  // of a larger size that was claimed once
    std::copy_n(page->begin(), std::min(page->size(), bytes.size() - begin),
                bytes.begin() + static_cast<std::ptrdiff_t>(begin));
  }
  outboard_.resize(geometry.outboard_size());
  for (const auto& [index, pair] : pairs_) {
    if ((index + 1) * bao::pair_size > outboard_.size()) continue;
    std::ranges::copy(pair, outboard_.begin() + static_cast<std::ptrdiff_t>(index * bao::pair_size));
  }
  data_ = Bytes::from_string(std::move(text));
  pages_.clear();
  pairs_.clear();
}

std::optional<bao::Pair> MemoryBlob::pair(std::uint64_t index) const {
  bao::Pair pair;
  if (bitfield_.is_complete()) {
    if (index >= outboard_.size() / bao::pair_size) return std::nullopt;
    const auto begin = outboard_.begin() + static_cast<std::ptrdiff_t>(index * bao::pair_size);
    std::copy_n(begin, pair.size(), pair.begin());
    return pair;
  }
  const auto found = pairs_.find(index);
  return found == pairs_.end() ? std::nullopt : std::optional(found->second);
}

base::ByteSpan MemoryBlob::data(std::uint64_t offset, std::size_t needed, std::size_t useful) const {
  if (bitfield_.is_complete()) {
    const base::ByteSpan all = data_;
    if (offset >= all.size()) return {};
    return all.subspan(static_cast<std::size_t>(offset),
                       std::min(useful, all.size() - static_cast<std::size_t>(offset)));
  }
  const auto found = pages_.find(offset / bao::group_size);
  if (found == pages_.end()) return {};
  const auto begin = static_cast<std::size_t>(offset % bao::group_size);
  // A page whose group is partly there is as good as none: what is missing in it reads as zeros, and hashes wrongly.
  const bool is_present =
      bitfield_.ranges().contains(offset / bao::chunk_size, (offset + needed - 1) / bao::chunk_size + 1);
  return is_present ? base::ByteSpan(*found->second).subspan(begin, std::min(needed, found->second->size() - begin))
                    : base::ByteSpan();
}

std::shared_ptr<const void> MemoryBlob::hold(std::uint64_t offset) const {
  const auto found = pages_.find(offset / bao::group_size);
  return found == pages_.end() ? nullptr : found->second;
}

void MemoryBlob::read(std::uint64_t offset, std::span<std::byte> out) const {
  while (!out.empty()) {
    const auto in_page = static_cast<std::size_t>(offset % bao::group_size);
    const auto part = data(offset, std::min(out.size(), bao::group_size - in_page), out.size());
    IROH_ASSERT(!part.empty());
    const std::size_t count = std::min(part.size(), out.size());
    std::copy_n(part.begin(), count, out.begin());
    out = out.subspan(count);
    offset += count;
  }
}

}  // namespace iroh::blobs
