// SPDX-License-Identifier: MIT OR Apache-2.0
// Shared memory from the heap, for whoever makes it to fill. Once slices of it are out, nobody writes to it any more.
#pragma once

#include <cstddef>

#include "base/byte_span.hpp"
#include "iroh/base/bytes.hpp"

namespace iroh::base {

/// Header and bytes in one allocation.
class HeapBuffer final : public SharedBuffer {
 public:
  /// The caller owns the one reference. The memory holds a copy of the bytes.
  static HeapBuffer* copy_of(ByteSpan bytes);

  MutableByteSpan bytes() noexcept { return {reinterpret_cast<std::byte*>(this + 1), size_}; }

 private:
  explicit HeapBuffer(std::size_t size) noexcept : size_(size) {}
  void recycle() noexcept override;

  std::size_t size_;
};

}  // namespace iroh::base
