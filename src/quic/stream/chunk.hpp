// SPDX-License-Identifier: MIT OR Apache-2.0
// A buffer of our own that is filled step by step while slices of its filled part are already in use, and the rule for
// slices that would keep a much larger receive buffer alive.
#pragma once

#include <cstddef>

#include "base/byte_span.hpp"
#include "iroh/base/bytes.hpp"

namespace iroh::quic {

/// Header and memory in one allocation. Bytes that were handed out are never written again, so that slices of the
/// filled part may be read by other threads while the rest is being filled.
class Chunk final : public SharedBuffer {
 public:
  /// The caller owns the one reference.
  static Chunk* create(std::size_t capacity);

  std::size_t room() const noexcept { return capacity_ - used_; }
  const std::byte* end() const noexcept { return data() + used_; }
  /// Copies to the end of the filled part; bytes must not be more than room(). Returns where they are now.
  base::ByteSpan append(base::ByteSpan bytes) noexcept;

 private:
  explicit Chunk(std::size_t capacity) noexcept : capacity_(capacity) {}
  const std::byte* data() const noexcept { return reinterpret_cast<const std::byte*>(this + 1); }
  std::byte* data() noexcept { return reinterpret_cast<std::byte*>(this + 1); }
  void recycle() noexcept override;

  std::size_t capacity_;
  std::size_t used_ = 0;
};

/// Received slices below this size are copied out of the receive buffer instead of kept. A slice pins its whole buffer,
/// up to 64 KiB: without this, a peer that sends single bytes makes us hold thousands of times what it pays for. Slices
/// that fill most of a packet stay while ReceiveBudget allows it. [performance.md §2.2]
inline constexpr std::size_t pinning_slice_size_min = 1024;

}  // namespace iroh::quic
