// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/stream/stream_table.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace iroh::quic {

std::size_t StreamTable::position(std::uint64_t index) const noexcept {
  if (slots_.empty() || index < slots_.front().index) return slots_.size();
  // Without holes an index is a position.
  const std::uint64_t guess = index - slots_.front().index;
  if (guess < slots_.size() && slots_[guess].index == index) return guess;
  const auto at = std::ranges::lower_bound(slots_, index, {}, &Slot::index);
  if (at == slots_.end() || at->index != index) return slots_.size();
  return static_cast<std::size_t>(at - slots_.begin());
}

Stream* StreamTable::find(std::uint64_t index) const noexcept {
  const std::size_t at = position(index);
  return at == slots_.size() ? nullptr : slots_[at].stream.get();
}

Stream& StreamTable::add(std::uint64_t index, std::unique_ptr<Stream> stream) {
  IROH_ASSERT(slots_.empty() || slots_.back().index < index);
  slots_.push_back({index, std::move(stream)});
  return *slots_.back().stream;
}

void StreamTable::remove(std::uint64_t index) {
  const std::size_t at = position(index);
  IROH_ASSERT(at != slots_.size() && slots_[at].stream != nullptr);
  slots_[at].stream.reset();
  ++dead_;
  // Holes are closed when they are half of the table: amortized O(1), and never more than twice the live streams.
  if (dead_ == slots_.size() || (dead_ >= 16 && 2 * dead_ >= slots_.size())) {
    std::erase_if(slots_, [](const Slot& slot) { return slot.stream == nullptr; });
    dead_ = 0;
  }
}

}  // namespace iroh::quic
