// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/heap_buffer.hpp"

#include <cstring>
#include <new>

namespace iroh::base {

HeapBuffer* HeapBuffer::copy_of(ByteSpan bytes) {
  void* memory = ::operator new(sizeof(HeapBuffer) + bytes.size());
  auto* buffer = new (memory) HeapBuffer(bytes.size());
  if (!bytes.empty()) std::memcpy(buffer->bytes().data(), bytes.data(), bytes.size());
  return buffer;
}

void HeapBuffer::recycle() noexcept {
  this->~HeapBuffer();
  ::operator delete(static_cast<void*>(this));
}

}  // namespace iroh::base
