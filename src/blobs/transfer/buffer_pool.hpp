// SPDX-License-Identifier: MIT OR Apache-2.0
// Memory for outgoing data, used again and again: the allocator would fetch, and give back, every large piece from the
// system.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "iroh/base/bytes.hpp"

namespace iroh::blobs {

class BufferPool {
 public:
  /// What is kept when nobody needs it: 16 buffers.
  static constexpr std::size_t kept_max = 16;

  explicit BufferPool(std::size_t buffer_size);

  class Buffer {
   public:
    std::span<std::byte> memory() const noexcept;
    /// The first bytes of it, for ever; the buffer returns to the pool when the last slice goes, on whatever thread.
    Bytes freeze(std::size_t size) &&;

   private:
    friend class BufferPool;
    explicit Buffer(SharedBufferRef owner) noexcept : owner_(std::move(owner)) {}
    SharedBufferRef owner_;
  };
  /// A buffer of at least this size; larger ones than those of the pool are not used again.
  Buffer get(std::size_t size);

 private:
  class Shared;
  class Node;
  std::shared_ptr<Shared> shared_;
};

}  // namespace iroh::blobs
