// SPDX-License-Identifier: MIT OR Apache-2.0
// What received data may cost a connection besides its bytes, over all its streams. [quic.md 92], [performance.md §2.2]
#include "quic/stream/receive_budget.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <set>

#include "base/random.hpp"
#include "quic/stream/chunk.hpp"
#include "quic/stream/reassembler.hpp"
#include "quic/stream/stream_set.hpp"
#include "quic/stream/test_packet.hpp"

namespace iroh::quic {
namespace {

using test::is_pattern;
using test::pattern_bytes;

constexpr std::size_t packet_size = 1400;

/// A packet alone in a receive buffer.
Bytes lonely_packet(std::uint64_t offset) {
  return pattern_bytes(offset, packet_size);
}

TEST(ReceiveBudget, CountsPiecesForWhatTheyCostBeyondTheirBytes) {
  ReceiveBudget budget;
  budget.add_piece(1);
  budget.add_piece(100);
  budget.add_piece(ReceiveBudget::piece_cost);
  budget.add_piece(packet_size);
  EXPECT_EQ(budget.overhead(), ReceiveBudget::piece_cost - 1 + ReceiveBudget::piece_cost - 100);
  budget.remove_piece(100);
  budget.remove_piece(packet_size);
  EXPECT_EQ(budget.overhead(), ReceiveBudget::piece_cost - 1);
}

TEST(ReceiveBudget, KeepsAFewBuffersWhateverTheyHold) {
  ReceiveBudget budget;
  std::deque<Bytes> kept{lonely_packet(0)};
  for (; budget.keep(kept.back()); kept.push_back(lonely_packet(0))) ASSERT_LT(kept.size(), 100u);
  EXPECT_GE(budget.buffers_kept(), ReceiveBudget::buffers_free);
  EXPECT_LE(budget.buffers_kept(), ReceiveBudget::buffers_free + 1);
}

TEST(ReceiveBudget, KeepsAnyNumberOfBuffersThatAreFullEnough) {
  ReceiveBudget budget;
  std::vector<Bytes> buffers;
  for (int i = 0; i < 200; ++i) {
    buffers.push_back(pattern_bytes(0, ReceiveBudget::buffer_size));
    for (std::size_t at = 0; at + packet_size <= ReceiveBudget::buffer_size / 3; at += packet_size) {
      ASSERT_TRUE(budget.keep(buffers.back().slice(at, packet_size))) << "buffer " << i;
    }
  }
  EXPECT_EQ(budget.buffers_kept(), 200u);
}

// Against a naive twin: whatever is released in whatever order, the count of buffers is right.
TEST(ReceiveBudget, ForgetsABufferWithItsLastSlice) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    base::SeededRandom random(seed);
    ReceiveBudget budget;
    std::vector<Bytes> buffers;
    for (int i = 0; i < 6; ++i) buffers.push_back(pattern_bytes(0, 20'000));
    std::vector<Bytes> kept;
    for (int step = 0; step < 400; ++step) {
      if (random.chance(1, 2)) {
        kept.push_back(buffers[random.below(buffers.size())].slice(random.below(10'000), 1 + random.below(9'000)));
        ASSERT_TRUE(budget.keep(kept.back()));
      } else if (!kept.empty()) {
        const std::size_t at = random.below(kept.size());
        budget.release(kept[at].owner().get(), kept[at].size());
        kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(at));
      }
      std::set<const SharedBuffer*> distinct;
      for (const Bytes& slice : kept) distinct.insert(slice.owner().get());
      ASSERT_EQ(budget.buffers_kept(), distinct.size()) << "seed " << seed;
    }
  }
}

// ---- what a Reassembler makes of it

TEST(ReassemblerWithABudget, CopiesWhatWouldPinTooManyBuffers) {
  ReceiveBudget budget;
  Reassembler reassembler(&budget);
  constexpr std::uint64_t packets = 200;
  for (std::uint64_t i = 0; i < packets; ++i) {
    ASSERT_TRUE(reassembler.insert(i * packet_size, lonely_packet(i * packet_size)));
  }
  EXPECT_LE(budget.buffers_kept(), ReceiveBudget::buffers_free + 1);
  for (std::uint64_t offset = 0; offset < packets * packet_size;) {
    const Bytes data = reassembler.read(1000);
    ASSERT_TRUE(is_pattern(offset, data));
    offset += data.size();
  }
  EXPECT_EQ(budget.buffers_kept(), 0u);
}

TEST(ReassemblerWithABudget, CopiesNothingForAReaderThatKeepsUp) {
  ReceiveBudget budget;
  Reassembler reassembler(&budget);
  for (std::uint64_t i = 0; i < 100; ++i) {
    const Bytes packet = lonely_packet(i * packet_size);
    ASSERT_TRUE(reassembler.insert(i * packet_size, packet));
    EXPECT_EQ(reassembler.read(packet_size).data(), packet.data());
  }
}

// Whatever happens to the pieces, all that was counted is given back.
TEST(ReassemblerWithABudget, GivesEverythingBack) {
  constexpr std::size_t size = 60'000;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    base::SeededRandom random(seed);
    ReceiveBudget budget;
    Reassembler reassembler(&budget);
    const std::uint64_t piece_max = random.chance(1, 2) ? 100 : 4000;
    std::uint64_t read = 0;
    const std::uint64_t until = random.chance(1, 3) ? size / 2 : size;
    while (read < until) {
      const std::uint64_t offset =
          random.chance(1, 2) ? reassembler.contiguous_end() : read + random.below(size - read);
      if (offset >= size) continue;
      const std::size_t length = std::min<std::size_t>(1 + random.below(piece_max), size - offset);
      ASSERT_TRUE(reassembler.insert(offset, pattern_bytes(offset, length)));
      if (random.chance(1, 20)) reassembler.join_small_pieces();
      const Bytes data = random.chance(1, 3) ? reassembler.read(1 + random.below(3000)) : Bytes();
      ASSERT_TRUE(is_pattern(read, data)) << "seed " << seed;
      read += data.size();
      if (reassembler.contiguous_end() == size) {
        while (const std::size_t count = reassembler.read(size).size()) read += count;
      }
    }
    reassembler.discard();
    EXPECT_EQ(budget.overhead(), 0u) << "seed " << seed;
    EXPECT_EQ(budget.buffers_kept(), 0u) << "seed " << seed;
  }
}

// ---- over all streams

struct StreamsWithABudget : ::testing::Test {
  TransportResult<void> receive(std::uint64_t stream, std::uint64_t offset) {
    return streams.on_stream({.id = StreamId(Side::client, Dir::uni, stream), .offset = offset},
                             pattern_bytes(offset, 1));
  }
  StreamSet streams{Side::server, StreamConfig{}};
};

// [quic.md 92] Each stream stays far below its own bound.
TEST_F(StreamsWithABudget, EndTheConnectionForTooManyGapsInAllTogether) {
  TransportResult<void> result;
  std::uint64_t count = 0;
  for (std::uint64_t round = 0; round < Reassembler::gaps_max && result; ++round) {
    for (std::uint64_t stream = 0; stream < 100 && result; ++stream, ++count) result = receive(stream, 1 + 2 * round);
  }
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::internal_error);
  EXPECT_GE(count, 5 * Reassembler::gaps_max) << "what five streams may have";
  EXPECT_LE(count, 5 * Reassembler::gaps_max + 100);
}

TEST_F(StreamsWithABudget, JoinSmallPiecesWithoutGapsBetweenThem) {
  for (std::uint64_t round = 0; round < 500; ++round) {
    for (std::uint64_t stream = 0; stream < 100; ++stream) ASSERT_TRUE(receive(stream, 1 + round));
  }
  EXPECT_LE(streams.receive_budget().overhead(), ReceiveBudget::overhead_max);
  for (std::uint64_t stream = 0; stream < 100; ++stream) {
    ASSERT_TRUE(receive(stream, 0));
    std::uint64_t offset = 0;
    while (offset < 501) {
      const auto data = streams.read(StreamId(Side::client, Dir::uni, stream), 1000);
      ASSERT_TRUE(data && is_pattern(offset, *data));
      offset += data->size();
    }
  }
  EXPECT_EQ(streams.receive_budget().overhead(), 0u);
}

TEST_F(StreamsWithABudget, GiveItBackWithAReset) {
  for (std::uint64_t round = 0; round < 40; ++round) {
    for (std::uint64_t stream = 0; stream < 100; ++stream) ASSERT_TRUE(receive(stream, 1 + 2 * round));
  }
  EXPECT_GT(streams.receive_budget().overhead(), 0u);
  for (std::uint64_t stream = 0; stream < 100; ++stream) {
    ASSERT_TRUE(streams.on_reset_stream({StreamId(Side::client, Dir::uni, stream), 0, 1000}));
  }
  EXPECT_EQ(streams.receive_budget().overhead(), 0u);
}

}  // namespace
}  // namespace iroh::quic
