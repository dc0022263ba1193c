// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/frame/ack_frame.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "base/hex.hpp"
#include "base/random.hpp"
#include "base/varint.hpp"
#include "quic/frame/frame.hpp"

namespace iroh::quic {
namespace {

std::vector<std::byte> encoded(std::optional<PathId> path, const std::vector<PnRange>& ranges, std::uint64_t delay,
                               const std::optional<EcnCounts>& ecn, std::size_t max_size, std::size_t& written) {
  std::vector<std::byte> bytes(max_size);
  base::ByteWriter writer(bytes);
  written = encode_ack(writer, path, ranges, delay, ecn, max_size);
  bytes.resize(writer.position());
  return bytes;
}

std::vector<PnRange> ranges_of(const AckFrame& ack) {
  std::vector<PnRange> ranges;
  ack.for_each_range([&](const PnRange& range) { ranges.push_back(range); });
  return ranges;
}

AckFrame parse(ByteSpan bytes) {
  FrameParser parser(bytes);
  const auto frame = parser.next();
  EXPECT_TRUE(frame && *frame);
  return std::get<AckFrame>(**frame);
}

bool is_malformed(std::string_view hex) {
  const auto bytes = base::from_hex(hex).value();
  FrameParser parser(bytes);
  const auto frame = parser.next();
  return !frame && frame.error().code == ErrorCode::frame_encoding_error &&
         frame.error().frame_type == parser.frame_type();
}

/// Descending, disjoint, not adjacent.
std::vector<PnRange> random_ranges(base::Random& random, std::size_t count) {
  std::vector<PnRange> ranges;
  PacketNumber next = base::varint_max - random.below(1u << 20);
  for (std::size_t i = 0; i < count; ++i) {
    const PacketNumber last = next - random.below(random.chance(1, 8) ? std::uint64_t{1} << 40 : 100);
    const PacketNumber first = last - random.below(random.chance(1, 8) ? std::uint64_t{1} << 30 : 50);
    ranges.push_back({first, last});
    next = first - 2;
  }
  return ranges;
}

TEST(AckFrame, RangesSurviveEncodingAndParsing) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    base::SeededRandom random(seed);
    const auto ranges = random_ranges(random, 1 + random.below(80));
    const auto path = random.chance(1, 2) ? std::optional(PathId{7}) : std::nullopt;
    const auto ecn = random.chance(1, 2) ? std::optional(EcnCounts{random.below(1000), 1, 2}) : std::nullopt;
    std::size_t written = 0;
    const auto bytes = encoded(path, ranges, 77, ecn, 4096, written);
    ASSERT_EQ(written, ranges.size());
    const AckFrame ack = parse(bytes);
    EXPECT_EQ(ranges_of(ack), ranges);
    EXPECT_EQ(ack.path, path);
    EXPECT_EQ(ack.ecn, ecn);
    EXPECT_EQ(ack.delay, 77u);
    EXPECT_EQ(ack.largest, ranges.front().last);
  }
}

TEST(AckFrame, AsManyRangesAsFitAreWritten) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    base::SeededRandom random(seed);
    const auto ranges = random_ranges(random, 100);
    const std::size_t max_size = random.below(400);
    const AckPlan plan = plan_ack({}, ranges, 5, {}, max_size);
    std::size_t written = 0;
    const auto bytes = encoded({}, ranges, 5, {}, max_size, written);
    EXPECT_EQ(written, plan.range_count);
    EXPECT_EQ(bytes.size(), plan.size);
    ASSERT_LE(bytes.size(), max_size);
    if (written == 0) {
      EXPECT_LT(max_size, ack_size_min({}, ranges[0], 5, {}));
      continue;
    }
    EXPECT_EQ(ranges_of(parse(bytes)),
              std::vector(ranges.begin(), ranges.begin() + static_cast<std::ptrdiff_t>(written)));
    // One range more does not fit, and the planned size leads to the same plan again.
    if (written < ranges.size()) {
      EXPECT_GT(plan_ack({}, std::span(ranges).first(written + 1), 5, {}, 4096).size, max_size);
    }
    EXPECT_EQ(plan_ack({}, ranges, 5, {}, plan.size).range_count, plan.range_count);
  }
}

TEST(AckFrame, NothingIsWrittenIfTheFirstRangeDoesNotFit) {
  const std::vector<PnRange> ranges{{8, 10}};
  const std::size_t min = ack_size_min(PathId{1}, ranges[0], 5, EcnCounts{});
  std::size_t written = 0;
  EXPECT_TRUE(encoded(PathId{1}, ranges, 5, EcnCounts{}, min - 1, written).empty());
  EXPECT_EQ(encoded(PathId{1}, ranges, 5, EcnCounts{}, min, written).size(), min);
  EXPECT_EQ(written, 1u);
}

// [RFC 9000 §19.3.1] [quic.md §3.2]
TEST(AckFrame, RangesBelowZeroAreMalformed) {
  EXPECT_FALSE(is_malformed("020a00000a"));      // 0 to 10
  EXPECT_TRUE(is_malformed("020a00000b"));       // first range larger than the largest number
  EXPECT_FALSE(is_malformed("020a0001020501"));  // 8 to 10, then 0 to 1
  EXPECT_TRUE(is_malformed("020a0001020502"));   // length below zero
  EXPECT_TRUE(is_malformed("020a0001020700"));   // gap below zero
  EXPECT_TRUE(is_malformed("020a00010206ffffffffffffffff"));
  EXPECT_TRUE(is_malformed("020a000102ffffffffffffffff00"));
}

// [quic.md 12]
TEST(AckFrame, PathIdsAbove32BitsAreMalformed) {
  EXPECT_FALSE(is_malformed("3ec0000000ffffffff0a000000"));
  EXPECT_TRUE(is_malformed("3ec0000001000000000a000000"));
}

// A count of 2^62 - 1 ranges must cost no more than the bytes that are there.
TEST(AckFrame, HugeRangeCountsAreMalformedNotSlow) {
  EXPECT_TRUE(is_malformed("027f0000ffffffffffffffff000000"));
}

TEST(AckFrame, RangesInLongVarintsAreUnderstood) {
  const auto bytes = base::from_hex(
                         "02"
                         "400a"
                         "80000005"
                         "c000000000000001"
                         "4002"
                         "4001"
                         "4000")
                         .value();
  EXPECT_EQ(ranges_of(parse(bytes)), (std::vector<PnRange>{{8, 10}, {5, 5}}));
}

}  // namespace
}  // namespace iroh::quic
