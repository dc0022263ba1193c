// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/stream/receive_budget.hpp"

#include "base/assert.hpp"

namespace iroh::quic {

bool ReceiveBudget::keep(const Bytes& slice) {
  const SharedBuffer* const buffer = slice.owner().get();
  const std::size_t at = find(buffer);
  if (at == buffers_.size()) {
    const std::size_t allowed = 4 * (in_use_ + slice.size()) + buffers_free * buffer_size;
    if ((buffers_.size() + 1) * buffer_size > allowed) return false;
    buffers_.push_back({buffer, 0});
    found_last_ = at;
  }
  buffers_[at].in_use += slice.size();
  in_use_ += slice.size();
  return true;
}

void ReceiveBudget::release(const SharedBuffer* buffer, std::size_t size) noexcept {
  const std::size_t at = find(buffer);
  IROH_ASSERT(at < buffers_.size() && size <= buffers_[at].in_use);
  buffers_[at].in_use -= size;
  in_use_ -= size;
  if (buffers_[at].in_use > 0) return;
  buffers_[at] = buffers_.back();
  buffers_.pop_back();
}

std::size_t ReceiveBudget::find(const SharedBuffer* buffer) const noexcept {
  const std::size_t count = buffers_.size();
  if (found_last_ >= count) found_last_ = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = found_last_ + i < count ? found_last_ + i : found_last_ + i - count;
    if (buffers_[at].buffer == buffer) return found_last_ = at;
  }
  return count;
}

}  // namespace iroh::quic
