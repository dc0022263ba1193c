// SPDX-License-Identifier: MIT OR Apache-2.0
// quic.md 9.3: how connections end, and what they survive, seen from the network and from their events.
#include "tests/sim/quic/quic_pair.hpp"

namespace iroh::sim {
namespace {

using quic::CloseReason;

TEST(TransportScenario, ACloseReachesThePeerAndEverythingIsFreed) {
  // [quic.md §9.3-52]
  for (const bool is_client : {true, false}) {
    QuicPair pair(1);
    ASSERT_TRUE(pair.connect());
    QuicHost& closer = is_client ? pair.client : pair.server;
    QuicHost& other = pair.other(closer);
    closer.connection()->close(pair.network.now(), 42, "done");
    closer.wake_all();
    ASSERT_TRUE(pair.network.run_until([&] { return other.log().closed.has_value(); }));
    EXPECT_EQ(other.log().closed->kind, CloseReason::Kind::application_closed);
    EXPECT_EQ(other.log().closed->code, 42u);
    EXPECT_EQ(other.log().closed->reason, "done");
    EXPECT_EQ(closer.log().closed->kind, CloseReason::Kind::locally_closed);
    EXPECT_TRUE(pair.network.run_until_idle(seconds(60)));
    EXPECT_EQ(closer.endpoint().connection_count() + other.endpoint().connection_count(), 0u);
  }
}

TEST(TransportScenario, ThePeerDrainsHalfARoundTripAfterACloseAndTheCloserAfterAWholeOne) {
  // [quic.md §9.3-84] [quic.md 88]
  QuicPair pair(2, {.delay = milliseconds(50)});
  ASSERT_TRUE(pair.connect());
  const auto start = pair.network.now();
  pair.client.connection()->close(start, 1, "");
  pair.client.wake_all();
  ASSERT_TRUE(pair.network.run_until([&] { return pair.server.connection()->is_draining(); }));
  EXPECT_EQ(pair.network.now() - start, milliseconds(50));
  EXPECT_FALSE(pair.client.connection()->is_draining());
  ASSERT_TRUE(pair.network.run_until([&] { return pair.client.connection()->is_draining(); }));
  EXPECT_EQ(pair.network.now() - start, milliseconds(100));
}

TEST(TransportScenario, AStatelessResetEndsEitherSideOnceAndIsNotRepeated) {
  // [quic.md §9.3-53] [quic.md 47] The other side is gone without a word.
  for (const bool is_client : {true, false}) {
    quic::TransportConfig quiet;
    quiet.keep_alive_interval = seconds(0);
    QuicPair pair(3, {}, quiet, quiet);
    ASSERT_TRUE(pair.connect());
    QuicHost& gone = is_client ? pair.client : pair.server;
    QuicHost& left = pair.other(gone);
    pair.link.block();
    gone.connection()->close(pair.network.now(), 0, "");
    gone.wake_all();
    ASSERT_TRUE(pair.network.run_until([&] { return gone.endpoint().connection_count() == 0; }, seconds(20)));
    pair.link.unblock();
    const auto id = left.connection()->open_stream(Dir::uni);
    ASSERT_TRUE(left.connection()->write(*id, base::as_bytes("anybody there?")).has_value());
    left.wake_all();
    ASSERT_TRUE(pair.network.run_until([&] { return left.log().closed.has_value(); }, seconds(10)));
    EXPECT_EQ(left.log().closed->kind, CloseReason::Kind::reset);
    EXPECT_EQ(left.log().all<quic::Closed>().size(), 1u);
  }
}

TEST(TransportScenario, AnImmediateCloseEndsBothSidesWheneverItComes) {
  // [quic.md §9.3-60] By the client before any answer, while the server has not decided, and by the server at once.
  {
    QuicPair pair(10);
    pair.client.dial(pair.server);
    pair.client.connection()->close(pair.network.now(), 3, "changed my mind");
    pair.client.wake_all();
    EXPECT_TRUE(pair.network.run_until_idle(seconds(60)));
    EXPECT_EQ(pair.client.endpoint().connection_count() + pair.server.endpoint().connection_count(), 0u);
  }
  {
    QuicPair pair(11);
    pair.server.policy = QuicHost::Policy::hold;
    pair.client.dial(pair.server);
    pair.network.run_for(milliseconds(30));
    ASSERT_EQ(pair.server.held.size(), 1u);
    pair.client.connection()->close(pair.network.now(), 3, "");
    pair.client.wake_all();
    pair.network.run_for(milliseconds(30));
    pair.server.accept(pair.server.held.front().id);
    EXPECT_TRUE(pair.network.run_until_idle(seconds(90)));
    EXPECT_EQ(pair.client.endpoint().connection_count() + pair.server.endpoint().connection_count(), 0u);
  }
  QuicPair pair(12);
  pair.client.dial(pair.server);
  ASSERT_TRUE(pair.network.run_until([&] { return !pair.server.handles().empty(); }));
  pair.server.connection()->close(pair.network.now(), 9, "not you");
  pair.server.wake_all();
  ASSERT_TRUE(pair.network.run_until([&] { return pair.client.log().closed.has_value(); }));
  EXPECT_NE(pair.client.log().closed->kind, CloseReason::Kind::timed_out);
  EXPECT_TRUE(pair.network.run_until_idle(seconds(60)));
}

TEST(TransportScenario, TheIdleTimeoutFiresOnBothSidesWithinBoundsAndKeepAlivePreventsIt) {
  // [quic.md §9.3-61] [quic.md 89] The lower of both timeouts counts, and nothing is said at the end.
  quic::TransportConfig quiet;
  quiet.keep_alive_interval = quiet.path_keep_alive_interval = seconds(0);
  quiet.max_idle_timeout = seconds(10);
  quic::TransportConfig patient = quiet;
  patient.max_idle_timeout = seconds(40);
  QuicPair pair(13, {}, quiet, patient);
  ASSERT_TRUE(pair.connect());
  const auto start = pair.network.now();
  const auto sent = pair.client.datagrams_sent + pair.server.datagrams_sent;
  ASSERT_TRUE(pair.network.run_until(
      [&] { return pair.client.log().closed.has_value() && pair.server.log().closed.has_value(); }, seconds(40)));
  EXPECT_EQ(pair.client.log().closed->kind, CloseReason::Kind::timed_out);
  EXPECT_EQ(pair.server.log().closed->kind, CloseReason::Kind::timed_out);
  EXPECT_GE(pair.network.now() - start, seconds(9));
  EXPECT_LE(pair.network.now() - start, seconds(13));
  EXPECT_LE(pair.client.datagrams_sent + pair.server.datagrams_sent - sent, 40u);  // MTU probes

  QuicPair kept(13);
  ASSERT_TRUE(kept.connect());
  kept.network.run_for(seconds(600));
  EXPECT_TRUE(kept.says(kept.client, "still awake"));
}

TEST(TransportScenario, AClosePacketFromAnUnvalidatedAddressIsNotAmplified) {
  // [quic.md §9.3-63] The client moves and closes in the same packet.
  QuicPair pair(14);
  ASSERT_TRUE(pair.connect());
  pair.network.run_for(seconds(2));
  pair.client.rewrite(pair.client.addr(), SocketAddr(ip("10.0.0.1"), 1111));
  pair.server.bytes_received = pair.server.bytes_sent = 0;
  pair.client.connection()->close(pair.network.now(), 5, "moving out");
  pair.client.wake_all();
  ASSERT_TRUE(pair.network.run_until([&] { return pair.server.log().closed.has_value(); }));
  pair.network.run_for(seconds(5));
  EXPECT_LE(pair.server.bytes_sent, 3 * pair.server.bytes_received);
}

TEST(TransportScenario, RefusedAndIgnoredClientsLeaveNothing) {
  // [quic.md §9.3-77]
  QuicPair pair(23);
  pair.server.policy = QuicHost::Policy::refuse;
  pair.client.dial(pair.server);
  ASSERT_TRUE(pair.network.run_until([&] { return pair.client.log().closed.has_value(); }));
  EXPECT_EQ(pair.client.log().closed->code, static_cast<std::uint64_t>(quic::ErrorCode::connection_refused));
  pair.server.policy = QuicHost::Policy::ignore;
  const auto second = pair.client.dial(pair.server);
  ASSERT_TRUE(pair.network.run_until([&] { return pair.client.log(second).closed.has_value(); }, seconds(90)));
  EXPECT_EQ(pair.client.log(second).closed->kind, CloseReason::Kind::timed_out);
  pair.server.endpoint().set_accepting(false);
  const auto third = pair.client.dial(pair.server);
  ASSERT_TRUE(pair.network.run_until([&] { return pair.client.log(third).closed.has_value(); }, seconds(90)));
  EXPECT_TRUE(pair.network.run_until_idle(seconds(60)));
}

TEST(TransportScenario, AFrozenPeerThatComesBackInTimeIsForgiven) {
  // [quic.md §9.1-28] Stopped for ten seconds in the middle of a transfer.
  QuicPair pair(27, {.rate_bits_per_second = 20'000'000});
  ASSERT_TRUE(pair.connect());
  pair.network.events().schedule(pair.network.now() + milliseconds(300), [&] { pair.server.set_paused(true); });
  pair.network.events().schedule(pair.network.now() + seconds(10), [&] { pair.server.set_paused(false); });
  EXPECT_TRUE(pair.transfers(pair.client, pattern(3'000'000)).has_value());
}

TEST(TransportScenario, ASilentGapOfManyProbeTimeoutsIsSurvived) {
  // [quic.md §9.1-28]
  QuicPair pair(28);
  ASSERT_TRUE(pair.connect());
  pair.link.block();
  const auto id = *pair.client.connection()->open_stream(Dir::uni);
  ASSERT_TRUE(pair.client.connection()->write(id, base::as_bytes("through the gap")).has_value());
  pair.client.wake_all();
  pair.network.run_for(seconds(12));
  pair.link.unblock();
  const auto start = pair.network.now();
  ASSERT_TRUE(pair.network.run_until([&] {
    while (pair.server.connection()->accept_stream(Dir::uni)) {
    }
    return pair.server.connection()->read(id, 100).has_value();
  }));
  // [quic.md 84] The gap between probes grows by at most a second at a time.
  EXPECT_LE(pair.network.now() - start, seconds(5));
}

}  // namespace
}  // namespace iroh::sim
