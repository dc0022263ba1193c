// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/wire/packet_writer.hpp"

#include <cstring>

#include "base/assert.hpp"

namespace iroh::quic {

void PacketWriter::begin(MutableByteSpan payload) noexcept {
  begin_ = at_ = payload.data();
  end_ = begin_ + payload.size();
  is_ack_eliciting_ = false;
  is_padded_ = false;
  is_probing_ = true;
  frames_.clear();
  runs_.clear();
}

void PacketWriter::extend_in_place(std::byte* from, std::size_t count) {
  if (!runs_.empty() && runs_.back().data + runs_.back().size == from) {
    runs_.back().size += count;
  } else {
    runs_.push_back({from, count});
  }
}

MutableByteSpan PacketWriter::reserve(std::size_t count) {
  IROH_ASSERT(count <= remaining());
  const MutableByteSpan room(at_, count);
  if (count > 0) extend_in_place(at_, count);
  at_ += count;
  return room;
}

void PacketWriter::append_external(ByteSpan bytes) {
  IROH_ASSERT(bytes.size() <= remaining());
  if (bytes.empty()) return;
  runs_.push_back({bytes.data(), bytes.size()});
  at_ += bytes.size();
}

void PacketWriter::pad(std::size_t count) {
  const MutableByteSpan room = reserve(count);
  if (count > 0) std::memset(room.data(), 0, count);
  is_padded_ = is_padded_ || count > 0;
}

}  // namespace iroh::quic
