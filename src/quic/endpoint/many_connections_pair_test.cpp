// SPDX-License-Identifier: MIT OR Apache-2.0
// Many connections one after the other between the same two endpoints: the last costs what the first does.
#include <gtest/gtest.h>

#include <algorithm>

#include "quic/endpoint/endpoint_pair.hpp"

namespace iroh::quic {
namespace {

TEST(ManyConnections, CostTheSameEachAndLeaveNothingBehind) {
  constexpr int count = 120;
  EndpointPair pair(1, {.delay = base::milliseconds(1)});
  std::size_t most_alive = 0;
  for (int i = 0; i < count; ++i) {
    const std::uint64_t before = pair.delivered;
    const Instant start = pair.now();
    pair.forget_connections();
    pair.connect();
    ASSERT_TRUE(pair.run_until([&] { return pair.left_connected() && pair.right_connected(); })) << i;
    pair.left_connection()->close(pair.now(), 0, "");
    pair.wake_left();
    ASSERT_TRUE(pair.run_until([&] { return pair.right_closed().has_value(); })) << i;
    EXPECT_LE(pair.delivered - before, 15u) << i;
    EXPECT_LE(pair.now() - start, base::milliseconds(10)) << i;
    most_alive = std::max(most_alive, pair.left().connection_count() + pair.right().connection_count());
  }
  // [RFC 9000 §10.2] Those of the last three probe timeouts still drain.
  EXPECT_LE(most_alive, 60u);
  ASSERT_TRUE(pair.run_until([&] { return pair.left().connection_count() + pair.right().connection_count() == 0; },
                             base::seconds(1)));
}

}  // namespace
}  // namespace iroh::quic
