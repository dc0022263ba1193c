// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/stream/chunk.hpp"

#include <cstring>
#include <new>

#include "base/assert.hpp"

namespace iroh::quic {

Chunk* Chunk::create(std::size_t capacity) {
  void* memory = ::operator new(sizeof(Chunk) + capacity);
  return new (memory) Chunk(capacity);
}

base::ByteSpan Chunk::append(base::ByteSpan bytes) noexcept {
  IROH_ASSERT(bytes.size() <= room());
  std::byte* const at = data() + used_;
  if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
  used_ += bytes.size();
  return {at, bytes.size()};
}

void Chunk::recycle() noexcept {
  this->~Chunk();
  ::operator delete(static_cast<void*>(this));
}

}  // namespace iroh::quic
