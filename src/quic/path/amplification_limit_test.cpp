// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/path/amplification_limit.hpp"

#include <gtest/gtest.h>

namespace iroh::quic {
namespace {

// [quic.md 34], [RFC 9000 §8.1]
TEST(AmplificationLimit, ServerSendsThreeTimesWhatItReceived) {
  AmplificationLimit limit(Side::server);
  EXPECT_TRUE(limit.is_blocked());
  limit.on_received(1200);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(limit.is_blocked());
    limit.on_sent(1200);
  }
  EXPECT_TRUE(limit.is_blocked());
  limit.on_received(1);
  EXPECT_FALSE(limit.is_blocked()) << "any credit allows a full datagram [quic.md §4.7]";
  limit.on_sent(1200);
  EXPECT_TRUE(limit.is_blocked());
}

TEST(AmplificationLimit, EndsWithValidationAndDoesNotConcernClients) {
  AmplificationLimit server(Side::server);
  server.lift();
  EXPECT_FALSE(server.is_blocked());
  EXPECT_FALSE(AmplificationLimit(Side::client).is_blocked());
}

TEST(AmplificationLimit, CountersSaturate) {
  AmplificationLimit limit(Side::server);
  limit.on_received(UINT64_MAX);
  limit.on_received(5);
  EXPECT_EQ(limit.received(), UINT64_MAX);
  EXPECT_FALSE(limit.is_blocked());
}

}  // namespace
}  // namespace iroh::quic
