// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/transmit.hpp"

#include <gtest/gtest.h>

#include <array>
#include <span>
#include <string_view>

#include "base/heap_buffer.hpp"

namespace iroh::quic {
namespace {

Bytes text_of(const ReceivedDatagrams& datagrams) {
  return Bytes::copy_of(ByteSpan(datagrams.payload));
}

TEST(CopyOut, KeepsEverythingButTheMemory) {
  auto* slab = base::HeapBuffer::copy_of(std::as_bytes(std::span(std::string_view("slab: two datagrams"))));
  ReceivedDatagrams received{
      .four_tuple = {SocketAddr(IpAddr(IpAddr::V4{192, 0, 2, 1}), 443), IpAddr(IpAddr::V4{192, 0, 2, 2})},
      .ecn = Ecn::ce,
      .buffer = SharedBufferRef::adopt(slab),
      .payload = slab->bytes().subspan(6),
      .segment_size = 7,
  };
  const ReceivedDatagrams kept = copy_out(received);
  EXPECT_TRUE(slab->is_unique()) << "the copy pins the slab";
  EXPECT_EQ(kept.four_tuple, received.four_tuple);
  EXPECT_EQ(kept.ecn, Ecn::ce);
  EXPECT_EQ(kept.segment_size, 7u);
  received.payload[0] = std::byte{'T'};  // as when it is decrypted in place
  EXPECT_EQ(text_of(received).text(), "Two datagrams");
  received = {};  // the slab is gone
  EXPECT_EQ(text_of(kept).text(), "two datagrams");
}

TEST(CopyOut, ACopyCanBeWrittenTo) {
  std::array<std::byte, 3> bytes{};
  const ReceivedDatagrams kept = copy_out({.payload = bytes, .segment_size = 3});
  kept.payload[2] = std::byte{1};
  EXPECT_EQ(bytes[2], std::byte{0});
  EXPECT_EQ(kept.payload[2], std::byte{1});
}

TEST(CopyOut, TakesAnEmptyPayload) {
  EXPECT_TRUE(copy_out({}).payload.empty());
}

}  // namespace
}  // namespace iroh::quic
