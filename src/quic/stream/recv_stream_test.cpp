// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/stream/recv_stream.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "quic/stream/test_packet.hpp"

namespace iroh::quic {
namespace {

using test::pattern_bytes;
using State = RecvStream::State;

struct RecvStreamTest : ::testing::Test {
  ErrorCode error(const TransportResult<bool>& result) { return result ? ErrorCode::no_error : result.error().code; }
  FlowController connection{5000};
  RecvStream stream{1000, connection};
};

// [RFC 9000 §3.2] Recv, Size Known, Data Recvd, Data Read.
TEST_F(RecvStreamTest, ReadsToTheEnd) {
  EXPECT_TRUE(*stream.on_data(0, pattern_bytes(0, 100), false));
  EXPECT_FALSE(*stream.on_data(150, pattern_bytes(150, 50), true));
  EXPECT_EQ(stream.state(), State::size_known);
  EXPECT_TRUE(*stream.on_data(100, pattern_bytes(100, 50), false));
  EXPECT_EQ(stream.state(), State::data_recvd);
  std::size_t total = 0;
  auto data = stream.read(60);
  for (; data; data = stream.read(60)) total += data->size();
  EXPECT_EQ(total, 200u);
  EXPECT_EQ(data.error(), (ReadError{ReadError::Kind::finished}));
  EXPECT_TRUE(stream.is_done());
  EXPECT_EQ(stream.read(1).error(), (ReadError{ReadError::Kind::closed}));
}

TEST_F(RecvStreamTest, IsFinishedByAnEmptyFrame) {
  EXPECT_EQ(stream.read(10).error(), (ReadError{ReadError::Kind::blocked}));
  EXPECT_TRUE(*stream.on_data(0, Bytes(), true));
  EXPECT_EQ(stream.read(10).error(), (ReadError{ReadError::Kind::finished}));
}

// [RFC 9000 §4.5] The final size cannot change, and nothing lies beyond it.
TEST_F(RecvStreamTest, RejectsDataBeyondTheFinalSize) {
  ASSERT_TRUE(stream.on_data(0, pattern_bytes(0, 100), true));
  EXPECT_EQ(error(stream.on_data(100, pattern_bytes(100, 1), false)), ErrorCode::final_size_error);
  EXPECT_EQ(error(stream.on_data(0, pattern_bytes(0, 99), true)), ErrorCode::final_size_error);
  EXPECT_EQ(error(stream.on_reset(0, 101)), ErrorCode::final_size_error);
  EXPECT_EQ(error(stream.on_data(0, pattern_bytes(0, 100), true)), ErrorCode::no_error);
}
TEST_F(RecvStreamTest, RejectsAFinalSizeBelowWhatWasReceived) {
  ASSERT_TRUE(stream.on_data(50, pattern_bytes(50, 50), false));
  EXPECT_EQ(error(stream.on_data(0, pattern_bytes(0, 50), true)), ErrorCode::final_size_error);
  EXPECT_EQ(error(stream.on_reset(0, 99)), ErrorCode::final_size_error);
}

// [RFC 9000 §4.1] Both limits, by the largest offset.
TEST_F(RecvStreamTest, EnforcesTheLimitOfTheStream) {
  EXPECT_EQ(error(stream.on_data(999, pattern_bytes(999, 1), false)), ErrorCode::no_error);
  EXPECT_EQ(error(stream.on_data(1000, pattern_bytes(1000, 1), false)), ErrorCode::flow_control_error);
  EXPECT_EQ(error(stream.on_reset(0, 1001)), ErrorCode::flow_control_error);
}
TEST_F(RecvStreamTest, EnforcesTheLimitOfTheConnection) {
  RecvStream large(10'000, connection);
  ASSERT_TRUE(stream.on_data(0, pattern_bytes(0, 1000), false));
  EXPECT_EQ(error(large.on_data(3999, pattern_bytes(3999, 1), false)), ErrorCode::no_error);
  EXPECT_EQ(error(large.on_data(4000, pattern_bytes(4000, 1), false)), ErrorCode::flow_control_error);
}

TEST_F(RecvStreamTest, ReportsAResetOnceAndDropsData) {
  ASSERT_TRUE(stream.on_data(0, pattern_bytes(0, 100), false));
  EXPECT_TRUE(*stream.on_reset(42, 300));
  EXPECT_EQ(stream.read(1000).error(), (ReadError{ReadError::Kind::reset, 42}));
  EXPECT_EQ(stream.state(), State::reset_read);
  EXPECT_EQ(stream.read(1000).error(), (ReadError{ReadError::Kind::closed}));
  EXPECT_FALSE(*stream.on_data(100, pattern_bytes(100, 100), false));
}

// [RFC 9000 §3.2] A reset after all data has arrived changes nothing.
TEST_F(RecvStreamTest, IgnoresAResetWhenAllDataIsHere) {
  ASSERT_TRUE(stream.on_data(0, pattern_bytes(0, 100), true));
  EXPECT_FALSE(*stream.on_reset(42, 100));
  EXPECT_EQ(stream.read(1000)->size(), 100u);
}

TEST_F(RecvStreamTest, StopsUntilTheFinalSizeIsKnown) {
  ASSERT_TRUE(stream.on_data(0, pattern_bytes(0, 100), false));
  EXPECT_TRUE(stream.stop(7));
  EXPECT_FALSE(stream.stop(8));
  EXPECT_TRUE(stream.needs_stop_frame());
  EXPECT_EQ(stream.stop_code(), 7u);
  EXPECT_FALSE(stream.is_done());
  EXPECT_EQ(stream.read(1).error(), (ReadError{ReadError::Kind::closed}));
  EXPECT_FALSE(*stream.on_data(100, pattern_bytes(100, 10), true));
  EXPECT_TRUE(stream.is_done());
  EXPECT_FALSE(stream.needs_stop_frame());
  stream.on_stop_lost();
  EXPECT_FALSE(stream.needs_stop_frame());
}

// [quic.md §7.8] 1/8 of the window; not for streams that need no more.
TEST_F(RecvStreamTest, AdvertisesCreditAsTheApplicationReads) {
  ASSERT_TRUE(stream.on_data(0, pattern_bytes(0, 400), false));
  EXPECT_EQ(stream.read(124)->size(), 124u);
  EXPECT_FALSE(stream.needs_max_data_frame());
  EXPECT_EQ(stream.read(1)->size(), 1u);
  EXPECT_TRUE(stream.needs_max_data_frame());
  EXPECT_EQ(stream.max_data_to_advertise(), 1125u);
  stream.on_max_data_written();
  EXPECT_FALSE(stream.needs_max_data_frame());
  stream.on_max_data_lost();
  EXPECT_TRUE(stream.needs_max_data_frame());
  ASSERT_TRUE(stream.on_data(400, Bytes(), true));
  EXPECT_FALSE(stream.needs_max_data_frame());
}

// [quic.md 93] Each byte is credited to the connection exactly once, in every order of stop, reset, data and reading.
TEST(RecvStream, CreditsEachByteOnceInEveryOrder) {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    base::SeededRandom random(seed);
    constexpr std::uint64_t size = 400;
    FlowController connection(100'000);
    RecvStream stream(1000, connection);
    for (int step = 0; step < 12; ++step) {
      const std::uint64_t offset = random.below(size);
      const std::uint64_t length = random.below(size - offset) + 1;
      switch (random.below(8)) {
        case 0:
          ASSERT_TRUE(stream.on_reset(1, size));
          break;
        case 1:
          stream.stop(2);
          break;
        case 2:
        case 3:
          static_cast<void>(stream.read(random.below(200)));
          break;
        default:
          ASSERT_TRUE(stream.on_data(offset, pattern_bytes(offset, length), offset + length == size));
      }
      ASSERT_LE(connection.consumed(), connection.received()) << "seed " << seed;
    }
    // However it went, it ends with the size known and nothing left to read.
    ASSERT_TRUE(stream.on_data(0, pattern_bytes(0, size), true));
    while (stream.read(1000)) {
    }
    ASSERT_TRUE(stream.is_done()) << "seed " << seed;
    ASSERT_EQ(connection.received(), size) << "seed " << seed;
    ASSERT_EQ(connection.consumed(), size) << "seed " << seed;
  }
}

}  // namespace
}  // namespace iroh::quic
