// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/transmit.hpp"

#include "base/heap_buffer.hpp"

namespace iroh::quic {

ReceivedDatagrams copy_out(const ReceivedDatagrams& datagrams) {
  auto* copy = base::HeapBuffer::copy_of(datagrams.payload);
  ReceivedDatagrams out = datagrams;
  out.payload = copy->bytes();
  out.buffer = SharedBufferRef::adopt(copy);
  return out;
}

}  // namespace iroh::quic
