// SPDX-License-Identifier: MIT OR Apache-2.0
// Packets that come long after their connection id was retired: they meet a stateless reset, which must not end a
// connection that is well. Found by random interactions (delay_next, network_change).
#include "tests/sim/quic/quic_pair.hpp"

namespace iroh::sim {
namespace {

TEST(LatePacketScenario, APacketToARetiredIdDoesNotResetTheConnection) {
  // [RFC 9000 §10.3.1] [quic.md 47]
  QuicPair pair(1);
  ASSERT_TRUE(pair.connect());
  bool is_held = false;
  pair.link.from(pair.server).set_filter([&](Packet& packet) {
    if (is_held) return true;
    is_held = true;
    pair.network.events().schedule(pair.network.now() + seconds(2),
                                   [&pair, late = packet]() mutable { pair.client.receive(std::move(late)); });
    return false;
  });
  ASSERT_TRUE(pair.says(pair.server, "the first packet of this is late"));
  ASSERT_TRUE(is_held);
  // Two rotations: the id of the late packet is retired, and so is its successor.
  for (int i = 0; i < 2; ++i) {
    pair.server.connection()->handle_network_change(pair.network.now());
    pair.server.wake_all();
    pair.network.run_for(milliseconds(300));
  }
  pair.network.run_for(seconds(5));
  EXPECT_FALSE(pair.server.log().closed.has_value());
  EXPECT_FALSE(pair.client.log().closed.has_value());
  EXPECT_TRUE(pair.says(pair.server, "all is well"));
}

}  // namespace
}  // namespace iroh::sim
