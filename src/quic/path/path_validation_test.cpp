// SPDX-License-Identifier: MIT OR Apache-2.0
// Challenges we send, and answers to those of the peer.
#include <gtest/gtest.h>

#include <set>

#include "quic/path/path_responses.hpp"
#include "quic/path/path_validator.hpp"
#include "quic/test_values.hpp"

namespace iroh::quic {
namespace {

FourTuple address(std::uint8_t host, std::uint16_t port = 443) {
  return {.remote = SocketAddr(IpAddr(IpAddr::V4{192, 0, 2, host}), port), .local = std::nullopt};
}

struct PathValidatorTest : testing::Test {
  base::SeededRandom random{1};
  PathValidator validator;
  std::optional<PathToken> poll(Instant now, Duration base = 999 * ms) {
    return validator.poll_challenge(now, random, base);
  }
};

TEST_F(PathValidatorTest, SendsNothingBeforeItIsStarted) {
  EXPECT_FALSE(poll(start));
  EXPECT_FALSE(validator.deadline());
}

// [quic.md 54] New data each time; gaps double to at most 2 s, from 1.0 s with the initial RTT.
TEST_F(PathValidatorTest, RetriesWithNewDataAtDoublingGapsUpToTwoSeconds) {
  validator.start(address(1));
  auto now = start;
  std::set<PathToken> tokens;
  for (const int gap : {999, 1998, 2000, 2000, 2000}) {
    const auto token = poll(now);
    ASSERT_TRUE(token);
    EXPECT_TRUE(tokens.insert(*token).second);
    EXPECT_EQ(validator.deadline(), now + gap * ms);
    EXPECT_FALSE(poll(now + gap * ms - ms));
    now += gap * ms;
  }
  validator.stop();
  EXPECT_FALSE(poll(now));
  EXPECT_FALSE(validator.deadline());
}

// [quic.md §4.7] Any earlier token still validates; the answer tells on which 4-tuple it was sent, and when.
TEST_F(PathValidatorTest, EveryOutstandingTokenMatches) {
  validator.start(address(1));
  const auto first = *poll(start);
  const auto second = *poll(start + base::seconds(1));
  validator.start(address(2));
  const auto third = *poll(start + base::seconds(2));
  EXPECT_EQ(validator.match(first)->four_tuple, address(1));
  EXPECT_EQ(validator.match(first)->sent_at, start);
  EXPECT_EQ(validator.match(second)->sent_at, start + base::seconds(1));
  EXPECT_EQ(validator.match(third)->four_tuple, address(2));
  EXPECT_FALSE(validator.match(PathToken{}));
  validator.on_validated();
  EXPECT_FALSE(validator.match(third));
  EXPECT_FALSE(validator.is_running());
}

// [quic.md 100] An answer from a stale 4-tuple.
TEST_F(PathValidatorTest, ADueChallengeWaitsToBeSentAndNotForTheClock) {
  validator.start(address(1));
  poll(start);
  validator.on_timeout(start + 998 * ms);
  EXPECT_EQ(validator.deadline(), start + 999 * ms);
  validator.on_timeout(start + 999 * ms);
  EXPECT_FALSE(validator.deadline());
  EXPECT_TRUE(poll(start + 5000 * ms));
  EXPECT_EQ(validator.deadline(), start + 6998 * ms);
}

TEST_F(PathValidatorTest, StaleAnswerDropsOtherChallengesAndRenewsTheOpenOne) {
  validator.start(address(1));
  const auto stale = *poll(start);
  validator.start(address(2));
  const auto open = *poll(start + 10 * ms);
  EXPECT_FALSE(validator.is_due(start + 20 * ms));
  validator.on_stale_response();
  EXPECT_FALSE(validator.match(stale));
  EXPECT_TRUE(validator.match(open));
  EXPECT_TRUE(poll(start + 20 * ms));
}

TEST_F(PathValidatorTest, StaleAnswerWithoutAnOpenChallengeSendsNothingAtOnce) {
  validator.start(address(1));
  poll(start);
  validator.start(address(2));
  validator.stop();
  validator.on_stale_response();
  EXPECT_EQ(validator.outstanding(), 0u);
  EXPECT_FALSE(validator.is_due(start + 20 * ms));
}

// [quic.md 90]
TEST_F(PathValidatorTest, RemembersSixteenChallenges) {
  validator.start(address(1));
  const auto first = *poll(start);
  PathToken last{};
  for (int i = 1; i < 40; ++i) last = *poll(start + i * base::seconds(2));
  EXPECT_EQ(validator.outstanding(), PathValidator::challenges_max);
  EXPECT_FALSE(validator.match(first));
  EXPECT_TRUE(validator.match(last));
}

PathToken token_of(std::uint8_t value) {
  return PathToken{std::byte{value}};
}

// [quic.md 52]
TEST(PathResponses, SeparatesThePathFromOtherAddresses) {
  PathResponses responses;
  responses.push(token_of(1), address(2));
  responses.push(token_of(2), address(1));
  responses.push(token_of(3), address(3));
  EXPECT_TRUE(responses.has_on_path(address(1)));
  EXPECT_EQ(responses.pop_on_path(address(1))->token, token_of(2));
  EXPECT_FALSE(responses.pop_on_path(address(1)));
  EXPECT_TRUE(responses.has_off_path(address(1)));
  EXPECT_EQ(responses.pop_off_path(address(1))->four_tuple, address(2)) << "oldest first";
  EXPECT_EQ(responses.pop_off_path(address(1))->token, token_of(3));
  EXPECT_FALSE(responses.pop_off_path(address(1)));
  EXPECT_TRUE(responses.is_empty());
}

TEST(PathResponses, OnPathDoesNotNeedAKnownLocalAddress) {
  PathResponses responses;
  auto from = address(1);
  from.local = IpAddr::v4_loopback();
  responses.push(token_of(1), from);
  EXPECT_TRUE(responses.has_on_path(address(1)));
}

// [quic.md §4.7] A newer challenge from the same remote replaces the queued one.
TEST(PathResponses, NewerChallengeFromTheSameRemoteReplaces) {
  PathResponses responses;
  responses.push(token_of(1), address(1));
  responses.push(token_of(2), address(1));
  EXPECT_EQ(responses.pop_on_path(address(1))->token, token_of(2));
  EXPECT_TRUE(responses.is_empty());
}

// [quic.md 90] At most 32.
TEST(PathResponses, QueuesAtMost32) {
  PathResponses responses;
  for (std::uint16_t port = 1; port <= 32; ++port) EXPECT_TRUE(responses.push(token_of(1), address(1, port)));
  EXPECT_FALSE(responses.push(token_of(1), address(1, 33)));
  EXPECT_TRUE(responses.push(token_of(9), address(1, 7))) << "replacing still works";
  int count = 0;
  while (responses.pop_off_path(address(9))) ++count;
  EXPECT_EQ(count, 32);
}

}  // namespace
}  // namespace iroh::quic
