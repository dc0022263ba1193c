// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/cid/local_cids.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "quic/stream/test_packet.hpp"
#include "quic/test_values.hpp"

namespace iroh::quic {
namespace {

using test::TestPacket;
using test::WrittenFrames;

ConnectionId cid_of(std::uint8_t n) {
  const std::array<std::byte, 4> bytes{std::byte{n}, std::byte{1}, std::byte{2}, std::byte{3}};
  return ConnectionId(bytes);
}

/// Numbers its ids and remembers what leads where.
struct FakeIssuer final : CidIssuer {
  Issued issue(PathId path) override {
    const ConnectionId cid = cid_of(++count);
    live.push_back({cid, path});
    return {cid, ResetToken{std::byte{count}}};
  }
  void retire(const ConnectionId& cid) override {
    retired.push_back(cid);
    std::erase_if(live, [&cid](const Route& route) { return route.cid == cid; });
  }
  struct Route {
    ConnectionId cid;
    PathId path;
  };
  std::uint8_t count = 0;
  std::vector<Route> live;
  std::vector<ConnectionId> retired;
};

struct LocalCidsTest : ::testing::Test {
  LocalCidsTest() {
    cids.set_handshake_cid(cid_of(200));
    cids.set_peer_limit(5);
  }
  WrittenFrames write(bool is_multipath, std::size_t size = 1200) {
    TestPacket packet(size);
    cids.write(packet.writer, is_multipath);
    sent = packet.sent();
    EXPECT_TRUE(packet.writer.is_probing());
    return WrittenFrames(packet);
  }
  ErrorCode retire(PathId path, std::uint64_t sequence) {
    const auto result = cids.on_retire(path, sequence);
    return result ? ErrorCode::no_error : result.error().code;
  }
  FakeIssuer issuer;
  LocalCids cids{issuer};
  std::vector<SentFrame> sent;
};

// [quic.md 41] The handshake's id counts: four more for path 0, five for the others, in ascending order.
TEST_F(LocalCidsTest, IssuesWhatThePeerMayHold) {
  cids.issue_for(path_one);
  cids.issue_for(path_zero);
  cids.issue_for(path_zero);
  const auto frames = write(true).all<NewConnectionIdFrame>();
  ASSERT_EQ(frames.size(), 9u);
  for (std::uint64_t i = 0; i < 9; ++i) {
    EXPECT_EQ(frames[i].path, i < 4 ? path_zero : path_one);
    EXPECT_EQ(frames[i].sequence, i < 4 ? i + 1 : i - 4);
    EXPECT_EQ(frames[i].retire_prior_to, 0u);
  }
  EXPECT_FALSE(cids.can_send());
  EXPECT_EQ(issuer.live.size(), 9u);
}

// [quic.md 41], [quic.md 44]
TEST_F(LocalCidsTest, NeverHandsOutMoreThanTwelvePerPath) {
  cids.set_peer_limit(1'000'000);
  cids.issue_for(path_one);
  EXPECT_EQ(cids.active_count(path_one), 12u);
}

// [quic.md §4.1] Before multipath is in force there is only the frame of RFC 9000, for path 0.
TEST_F(LocalCidsTest, WritesTheDialectInForce) {
  cids.issue_for(path_zero);
  const auto frames = write(false).all<NewConnectionIdFrame>();
  ASSERT_EQ(frames.size(), 4u);
  EXPECT_EQ(frames[0].path, std::nullopt);
  // [quic.md 94] Lost in the handshake, it comes back in the other dialect, otherwise the same.
  cids.on_lost(sent[0]);
  const auto again = write(true).all<NewConnectionIdFrame>();
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].path, path_zero);
  EXPECT_EQ(again[0].sequence, frames[0].sequence);
  EXPECT_EQ(again[0].cid, frames[0].cid);
  EXPECT_EQ(again[0].token, frames[0].token);
}

TEST_F(LocalCidsTest, WritesAsManyAsFit) {
  cids.issue_for(path_zero);
  EXPECT_EQ(write(false, 60).all<NewConnectionIdFrame>().size(), 2u);
  EXPECT_TRUE(cids.can_send());
  EXPECT_EQ(write(false).all<NewConnectionIdFrame>().size(), 2u);
}

// [quic.md 44] One replacement for each.
TEST_F(LocalCidsTest, ReplacesRetiredIds) {
  cids.issue_for(path_zero);
  write(true);
  EXPECT_EQ(retire(path_zero, 0), ErrorCode::no_error);
  EXPECT_EQ(issuer.retired, (std::vector{cid_of(200)}));
  const auto frames = write(true).all<NewConnectionIdFrame>();
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].sequence, 5u);
  EXPECT_EQ(retire(path_zero, 0), ErrorCode::no_error) << "a copy of the frame";
  EXPECT_EQ(cids.active_count(path_zero), 5u);
  EXPECT_FALSE(cids.can_send());
}

// [RFC 9000 §19.16], [quic.md §11] Also the next one to be issued.
TEST_F(LocalCidsTest, RejectsRetirementOfIdsThatWereNotIssued) {
  cids.issue_for(path_zero);
  EXPECT_EQ(retire(path_zero, 5), ErrorCode::protocol_violation);
  EXPECT_EQ(retire(path_zero, 6), ErrorCode::protocol_violation);
  EXPECT_EQ(retire(path_one, 0), ErrorCode::no_error) << "unknown path: ignored";
}

// [quic.md §3.5]
TEST_F(LocalCidsTest, RejectsRetirementOfEmptyIds) {
  LocalCids empty(issuer);
  empty.set_handshake_cid(ConnectionId());
  empty.set_peer_limit(5);
  empty.issue_for(path_zero);
  EXPECT_FALSE(empty.can_send());
  EXPECT_FALSE(empty.on_retire(path_zero, 0));
}

// [quic.md 18], [quic.md 44], [quic.md 46] Nothing more is announced, but what was stays valid until the path is
// drained.
TEST_F(LocalCidsTest, AnnouncesNothingForAbandonedPaths) {
  cids.issue_for(path_one);
  EXPECT_EQ(write(true, 100).all<NewConnectionIdFrame>().size(), 3u);
  const auto lost = sent;
  cids.abandon(path_one);
  EXPECT_FALSE(cids.can_send());
  for (const SentFrame& frame : lost) cids.on_lost(frame);
  EXPECT_FALSE(cids.can_send());
  EXPECT_EQ(retire(path_one, 0), ErrorCode::no_error);
  EXPECT_FALSE(cids.can_send());
  cids.issue_for(path_one);
  EXPECT_FALSE(cids.can_send());
  EXPECT_EQ(issuer.live.size(), 4u);
  cids.forget(path_one);
  EXPECT_TRUE(issuer.live.empty());
  EXPECT_EQ(cids.active_count(path_one), 0u);
}

TEST_F(LocalCidsTest, DoesNotRepeatRetiredIds) {
  cids.issue_for(path_zero);
  write(true);
  const auto lost = sent;
  ASSERT_TRUE(cids.on_retire(path_zero, 2));
  write(true);
  for (const SentFrame& frame : lost) cids.on_lost(frame);
  EXPECT_EQ(write(true).all<NewConnectionIdFrame>().size(), 3u);
}

TEST_F(LocalCidsTest, GivesAllBackAtTheEnd) {
  cids.issue_for(path_zero);
  cids.issue_for(path_one);
  cids.forget_all();
  EXPECT_TRUE(issuer.live.empty());
  EXPECT_EQ(issuer.retired.size(), 10u);
}

}  // namespace
}  // namespace iroh::quic
