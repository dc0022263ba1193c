// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/cid/remote_cids.hpp"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "base/random.hpp"
#include "quic/cid/local_cids.hpp"
#include "quic/stream/test_packet.hpp"
#include "quic/test_values.hpp"

namespace iroh::quic {
namespace {

using test::TestPacket;
using test::WrittenFrames;

ConnectionId cid_of(std::uint32_t path, std::uint64_t sequence) {
  std::array<std::byte, 8> bytes{};
  bytes[0] = static_cast<std::byte>(path);
  for (std::size_t i = 0; i < 7; ++i) bytes[i + 1] = static_cast<std::byte>(sequence >> (8 * i));
  return ConnectionId(bytes);
}
ResetToken token_of(std::uint32_t path, std::uint64_t sequence) {
  ResetToken token{std::byte{0xaa}};
  std::ranges::copy(cid_of(path, sequence).bytes(), token.begin() + 4);
  return token;
}
NewConnectionIdFrame new_cid(std::uint32_t path, std::uint64_t sequence, std::uint64_t retire_prior_to = 0) {
  return {.path = PathId{path},
          .sequence = sequence,
          .retire_prior_to = retire_prior_to,
          .cid = cid_of(path, sequence),
          .token = token_of(path, sequence)};
}

struct RemoteCidsTest : ::testing::Test {
  RemoteCidsTest() { cids.set_initial(cid_of(0, 0)); }
  ErrorCode receive(const NewConnectionIdFrame& frame) {
    const auto result = cids.on_new_connection_id(frame);
    return result ? ErrorCode::no_error : result.error().code;
  }
  std::vector<RetireConnectionIdFrame> write(bool is_multipath = true) {
    TestPacket packet;
    cids.write(packet.writer, is_multipath);
    sent = packet.sent();
    return WrittenFrames(packet).all<RetireConnectionIdFrame>();
  }
  RemoteCids cids;
  std::vector<SentFrame> sent;
};

TEST_F(RemoteCidsTest, StartsWithTheHandshakeId) {
  EXPECT_EQ(*cids.active(path_zero), cid_of(0, 0));
  cids.set_initial(cid_of(0, 99));
  EXPECT_EQ(*cids.active(path_zero), cid_of(0, 99));
  EXPECT_EQ(cids.reset_token(path_zero), nullptr);
  cids.set_initial_reset_token(token_of(0, 0));
  EXPECT_EQ(*cids.reset_token(path_zero), token_of(0, 0));
  EXPECT_FALSE(cids.has_path(path_one));
  EXPECT_FALSE(cids.has_spare(path_zero));
  EXPECT_FALSE(cids.rotate(path_zero));
}

// [quic.md 42] Any order; the lowest known one is used.
TEST_F(RemoteCidsTest, TakesIdsOfAPathInAnyOrder) {
  EXPECT_EQ(cids.on_new_connection_id(new_cid(1, 3)), path_one);
  EXPECT_EQ(cids.active_sequence(path_one), 3u);
  EXPECT_EQ(cids.on_new_connection_id(new_cid(1, 4)), std::nullopt);
  EXPECT_EQ(cids.on_new_connection_id(new_cid(1, 0)), path_one);
  EXPECT_EQ(*cids.active(path_one), cid_of(1, 0));
  EXPECT_EQ(*cids.reset_token(path_one), token_of(1, 0));
  EXPECT_FALSE(cids.can_send()) << "none was given up";
}

// [quic.md 43] Path 0 has two dialects, and one id may come in both.
TEST_F(RemoteCidsTest, TakesIdsOfPathZeroInBothDialects) {
  NewConnectionIdFrame plain = new_cid(0, 1);
  plain.path = std::nullopt;
  EXPECT_EQ(receive(plain), ErrorCode::no_error);
  EXPECT_EQ(receive(new_cid(0, 1)), ErrorCode::no_error);
  EXPECT_EQ(receive(new_cid(0, 2)), ErrorCode::no_error);
  EXPECT_TRUE(cids.has_spare(path_zero));
}

TEST_F(RemoteCidsTest, RotatesToTheNextId) {
  ASSERT_EQ(receive(new_cid(0, 2)), ErrorCode::no_error);
  ASSERT_TRUE(cids.rotate(path_zero));
  EXPECT_EQ(cids.active_sequence(path_zero), 2u);
  EXPECT_EQ(write(false), (std::vector{RetireConnectionIdFrame{std::nullopt, 0}}));
  // [quic.md 94] In the dialect in force when it is repeated.
  cids.on_lost(sent[0]);
  EXPECT_EQ(write(true), (std::vector{RetireConnectionIdFrame{path_zero, 0}}));
  EXPECT_EQ(receive(new_cid(0, 0)), ErrorCode::no_error) << "late copy: retired again";
  EXPECT_EQ(write(true), (std::vector{RetireConnectionIdFrame{path_zero, 0}}));
}

// [quic.md 45] Five per path.
TEST_F(RemoteCidsTest, RejectsASixthId) {
  for (std::uint64_t i = 1; i < 5; ++i) EXPECT_EQ(receive(new_cid(0, i)), ErrorCode::no_error);
  EXPECT_EQ(receive(new_cid(0, 5)), ErrorCode::connection_id_limit_error);
  ASSERT_TRUE(cids.rotate(path_zero));
  EXPECT_EQ(receive(new_cid(0, 5)), ErrorCode::no_error);
  for (std::uint64_t i = 0; i < 5; ++i) EXPECT_EQ(receive(new_cid(1, i)), ErrorCode::no_error);
  EXPECT_EQ(receive(new_cid(1, 5)), ErrorCode::connection_id_limit_error);
}

// [RFC 9000 §5.1.2], [quic.md §4.3]
TEST_F(RemoteCidsTest, ObeysRetirePriorTo) {
  for (std::uint64_t i = 1; i < 5; ++i) ASSERT_EQ(receive(new_cid(0, i)), ErrorCode::no_error);
  EXPECT_EQ(cids.on_new_connection_id(new_cid(0, 7, 3)), path_zero);
  EXPECT_EQ(cids.active_sequence(path_zero), 3u);
  EXPECT_EQ(write().size(), 3u);
  EXPECT_EQ(receive(new_cid(0, 8, 3)), ErrorCode::connection_id_limit_error);
  EXPECT_EQ(receive(new_cid(0, 6, 1)), ErrorCode::no_error) << "a smaller value comes from an older frame";
  EXPECT_EQ(write().size(), 0u);
}

// A jump far past the window retires what is known; the rest is retired when, and if, it arrives.
TEST_F(RemoteCidsTest, RetiresUnknownNumbersOnlyWhenTheyArrive) {
  ASSERT_EQ(receive(new_cid(0, 1'000'000, 1'000'000)), ErrorCode::no_error);
  EXPECT_EQ(write(), (std::vector{RetireConnectionIdFrame{path_zero, 0}}));
  EXPECT_EQ(receive(new_cid(0, 500)), ErrorCode::no_error);
  EXPECT_EQ(write(), (std::vector{RetireConnectionIdFrame{path_zero, 500}}));
  EXPECT_EQ(*cids.active(path_zero), cid_of(0, 1'000'000));
}

// [quic.md 45] Fifty, over all paths, until they are sent.
TEST_F(RemoteCidsTest, BoundsThePendingRetirements) {
  ASSERT_EQ(receive(new_cid(0, 1000, 1000)), ErrorCode::no_error);
  ASSERT_EQ(receive(new_cid(1, 1000, 1000)), ErrorCode::no_error);
  for (std::uint64_t i = 1; i < 50; ++i) ASSERT_EQ(receive(new_cid(i % 2 == 0 ? 0 : 1, i)), ErrorCode::no_error);
  EXPECT_EQ(receive(new_cid(1, 500)), ErrorCode::connection_id_limit_error);
  EXPECT_EQ(write().size(), 50u);
  EXPECT_EQ(receive(new_cid(1, 501)), ErrorCode::no_error);
}

TEST_F(RemoteCidsTest, BoundsThePendingRetirementsOfManySteps) {
  // Each frame retires the five before it.
  ErrorCode last = ErrorCode::no_error;
  std::uint64_t frames = 0;
  for (std::uint64_t i = 1; i < 100 && last == ErrorCode::no_error; ++i, ++frames) last = receive(new_cid(0, i, i));
  EXPECT_EQ(last, ErrorCode::connection_id_limit_error);
  EXPECT_EQ(frames, 51u);
}

// [RFC 9000 §19.15] One number, one id, one token.
TEST_F(RemoteCidsTest, RejectsContradictions) {
  ASSERT_EQ(receive(new_cid(0, 1)), ErrorCode::no_error);
  EXPECT_EQ(receive(new_cid(0, 1)), ErrorCode::no_error);
  NewConnectionIdFrame other_cid = new_cid(0, 1);
  other_cid.cid = cid_of(9, 9);
  EXPECT_EQ(receive(other_cid), ErrorCode::protocol_violation);
  NewConnectionIdFrame other_token = new_cid(0, 1);
  other_token.token = token_of(9, 9);
  EXPECT_EQ(receive(other_token), ErrorCode::protocol_violation);
  NewConnectionIdFrame other_number = new_cid(0, 2);
  other_number.cid = cid_of(0, 1);
  EXPECT_EQ(receive(other_number), ErrorCode::protocol_violation);
}

// [RFC 9000 §19.15], [quic.md §3.5]
TEST_F(RemoteCidsTest, RejectsIdsFromAPeerThatUsesEmptyOnes) {
  RemoteCids empty;
  empty.set_initial(ConnectionId());
  EXPECT_TRUE(empty.has_path(path_zero));
  EXPECT_FALSE(empty.on_new_connection_id(new_cid(0, 1)));
}

// [quic.md 46] Without retirement frames, and what comes later is ignored.
TEST_F(RemoteCidsTest, ForgetsAnAbandonedPath) {
  ASSERT_EQ(receive(new_cid(1, 0)), ErrorCode::no_error);
  ASSERT_EQ(receive(new_cid(1, 1)), ErrorCode::no_error);
  ASSERT_TRUE(cids.rotate(path_one));
  write();
  cids.abandon(path_one);
  EXPECT_FALSE(cids.has_path(path_one));
  cids.on_lost(sent[0]);
  EXPECT_FALSE(cids.can_send());
  EXPECT_EQ(receive(new_cid(1, 100)), ErrorCode::no_error);
  EXPECT_FALSE(cids.has_path(path_one));
  EXPECT_FALSE(cids.can_send());
}

// [quic.md 47] Of every path, not only of path 0; only those in use.
TEST_F(RemoteCidsTest, RecognizesTheTokensOfAllActiveIds) {
  cids.set_initial_reset_token(token_of(0, 0));
  ASSERT_EQ(receive(new_cid(1, 0)), ErrorCode::no_error);
  ASSERT_EQ(receive(new_cid(1, 1)), ErrorCode::no_error);
  EXPECT_TRUE(cids.matches_reset_token(token_of(0, 0)));
  EXPECT_TRUE(cids.matches_reset_token(token_of(1, 0)));
  EXPECT_FALSE(cids.matches_reset_token(token_of(1, 1)));
  EXPECT_FALSE(cids.matches_reset_token(ByteSpan(token_of(1, 0)).first(15)));
  cids.abandon(path_one);
  EXPECT_FALSE(cids.matches_reset_token(token_of(1, 0)));
}

struct CountingIssuer final : CidIssuer {
  Issued issue(PathId path) override {
    const std::uint64_t number = ++next;
    live.insert(number);
    return {cid_of(to_u32(path), number), token_of(to_u32(path), number)};
  }
  void retire(const ConnectionId& cid) override {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 7; ++i) number |= std::to_integer<std::uint64_t>(cid.bytes()[i + 1]) << (8 * i);
    live.erase(number);
  }
  std::uint64_t next = 100;
  std::set<std::uint64_t> live;
};

// Issuer and holder against each other: whatever is lost, delayed or repeated, neither accuses the other, and the
// holder always has an id for every path.
TEST(RemoteAndLocalCids, AgreeOverALossyReorderingPipe) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    base::SeededRandom random(seed);
    CountingIssuer issuer;
    LocalCids local(issuer);
    RemoteCids remote;
    local.set_handshake_cid(cid_of(0, 0));
    local.set_peer_limit(RemoteCids::window_size);
    remote.set_initial(cid_of(0, 0));
    for (std::uint32_t path = 0; path < 3; ++path) local.issue_for(PathId{path});
    struct Flying {
      bool is_to_holder;
      Bytes payload;
      std::vector<SentFrame> frames;
    };
    std::vector<Flying> flying;
    for (int step = 0; step < 600; ++step) {
      const bool is_multipath = step > 50;
      const bool is_active = step < 400;
      TestPacket down(100);
      local.write(down.writer, is_multipath);
      TestPacket up(100);
      remote.write(up.writer, is_multipath);
      if (!down.writer.empty()) flying.push_back({true, down.seal(), down.sent()});
      if (!up.writer.empty()) flying.push_back({false, up.seal(), up.sent()});
      if (is_active && is_multipath && random.chance(1, 4))
        remote.rotate(PathId{static_cast<std::uint32_t>(random.below(3))});
      for (std::size_t n = random.below(flying.size() + 1); n > 0; --n) {
        const auto at = flying.begin() + static_cast<std::ptrdiff_t>(random.below(flying.size()));
        const Flying packet = *at;
        if (!is_active || !random.chance(1, 10)) flying.erase(at);  // else it stays: a copy comes later
        const bool is_delivered = !random.chance(1, 4);
        const WrittenFrames parsed(packet.payload);
        if (is_delivered && packet.is_to_holder) {
          for (const auto& frame : parsed.all<NewConnectionIdFrame>()) {
            const auto result = remote.on_new_connection_id(frame);
            ASSERT_TRUE(result) << "seed " << seed << ": " << result.error().reason;
          }
        } else if (is_delivered) {
          for (const auto& frame : parsed.all<RetireConnectionIdFrame>()) {
            const auto result = local.on_retire(frame.path.value_or(path_zero), frame.sequence);
            ASSERT_TRUE(result) << "seed " << seed << ": " << result.error().reason;
          }
        } else {
          for (const SentFrame& frame : packet.frames)
            packet.is_to_holder ? local.on_lost(frame) : remote.on_lost(frame);
        }
      }
    }
    EXPECT_TRUE(flying.empty() && !local.can_send() && !remote.can_send()) << "seed " << seed;
    for (std::uint32_t path = 0; path < 3; ++path) {
      EXPECT_TRUE(remote.has_spare(PathId{path})) << "seed " << seed;
      EXPECT_EQ(local.active_count(PathId{path}), 5u) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace iroh::quic
