// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/heap_buffer.hpp"

#include <algorithm>
#include <new>

namespace iroh::base {

HeapBuffer* HeapBuffer::copy_of(ByteSpan bytes) {
  void* memory = ::operator new(sizeof(HeapBuffer) + bytes.size());
  auto* buffer = new (memory) HeapBuffer(bytes.size());
  std::ranges::copy(bytes, buffer->bytes().begin());
  return buffer;
}

void HeapBuffer::recycle() noexcept {
  this->~HeapBuffer();
  ::operator delete(static_cast<void*>(this));
}

}  // namespace iroh::base
