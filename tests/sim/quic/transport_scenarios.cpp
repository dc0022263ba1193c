// SPDX-License-Identifier: MIT OR Apache-2.0
// quic.md 9.3: what a connection does on one path, seen from the network and from its events.
#include "tests/sim/quic/quic_pair.hpp"

namespace iroh::sim {
namespace {

TEST(TransportScenario, BothSidesExportTheSameKeyingMaterial) {
  // [quic.md §9.3-54]
  QuicPair pair(4);
  ASSERT_TRUE(pair.connect());
  const auto of = [](QuicHost& host, std::string_view label) {
    return *host.connection()->export_keying_material(label, base::as_bytes("context"), 48);
  };
  EXPECT_EQ(of(pair.client, "label"), of(pair.server, "label"));
  EXPECT_NE(of(pair.client, "label"), of(pair.server, "another"));
}

TEST(TransportScenario, StreamsOpenLowerIdsAndEndByFinishResetOrStop) {
  // [quic.md §9.3-54]
  QuicPair pair(5);
  ASSERT_TRUE(pair.connect());
  quic::Connection& client = *pair.client.connection();
  quic::Connection& server = *pair.server.connection();
  StreamId last;
  for (int i = 0; i < 4; ++i) last = *client.open_stream(Dir::bi);
  ASSERT_TRUE(client.write(last, base::as_bytes("x")).has_value());
  pair.client.wake_all();
  pair.network.run_for(milliseconds(100));
  // The fourth opens the three below it.
  std::vector<StreamId> accepted;
  while (const auto id = server.accept_stream(Dir::bi)) accepted.push_back(*id);
  ASSERT_EQ(accepted.size(), 4u);
  EXPECT_EQ(accepted.back(), last);

  ASSERT_TRUE(client.reset(last, 7).has_value());
  server.stop(accepted[0], 8);
  ASSERT_TRUE(server.finish(accepted[1]).has_value());
  pair.client.wake_all();
  pair.server.wake_all();
  pair.network.run_for(milliseconds(100));
  while (server.read(last, 10)) {
  }
  const auto stopped = client.write(accepted[0], base::as_bytes("y"));
  ASSERT_FALSE(stopped.has_value());
  EXPECT_EQ(stopped.error(), (WriteError{WriteError::Kind::stopped, 8}));
  const auto finished = client.read(accepted[1], 10);
  ASSERT_FALSE(finished.has_value());
  EXPECT_EQ(finished.error().kind, ReadError::Kind::finished);
}

TEST(TransportScenario, StreamAndConnectionWindowsBlockAndReadingUnblocks) {
  // [quic.md §9.3-55] Both limits, with reordering.
  for (const bool of_connection : {false, true}) {
    quic::TransportConfig narrow;
    (of_connection ? narrow.receive_window : narrow.stream_receive_window) = 20'000;
    QuicPair pair(6, {.reorder = 0.2, .reorder_delay = milliseconds(15)}, {}, narrow);
    ASSERT_TRUE(pair.connect());
    const auto id = *pair.client.connection()->open_stream(Dir::uni);
    const std::string data = pattern(50'000);
    const auto first = pair.client.connection()->write(id, base::as_bytes(data));
    ASSERT_TRUE(first.has_value());
    pair.client.wake_all();
    pair.network.run_for(seconds(5));
    pair.server.connection()->accept_stream(Dir::uni);
    std::size_t arrived = 0;
    while (const auto chunk = pair.server.connection()->read(id, 1 << 16)) arrived += chunk->size();
    EXPECT_EQ(arrived, 20'000u);
    pair.server.wake_all();
    pair.network.run_for(seconds(5));
    std::size_t more = 0;
    while (const auto chunk = pair.server.connection()->read(id, 1 << 16)) more += chunk->size();
    EXPECT_EQ(more, std::min<std::size_t>(20'000, *first - 20'000));
  }
}

TEST(TransportScenario, TheStreamLimitRisesWithStreamsThatAreOver) {
  // [quic.md §9.3-55]
  quic::TransportConfig few;
  few.max_concurrent_uni_streams = 2;
  QuicPair pair(7, {}, {}, few);
  ASSERT_TRUE(pair.connect());
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(pair.says(pair.client, "one of many")) << i;
  pair.network.run_for(milliseconds(200));  // the last MAX_STREAMS is on its way
  const auto first = pair.client.connection()->open_stream(Dir::uni);
  const auto second = pair.client.connection()->open_stream(Dir::uni);
  pair.network.run_for(milliseconds(200));
  EXPECT_TRUE(first.has_value() && second.has_value());
  EXPECT_FALSE(pair.client.connection()->open_stream(Dir::uni).has_value());
}

TEST(TransportScenario, ConnectsAlthoughInitialsOrTheServersFlightAreLost) {
  // [quic.md §9.3-59] [quic.md 34] Bursts of losses in each direction, and the amplification deadlock: only the
  // client's probe can break it.
  for (std::size_t lost = 1; lost <= 4; ++lost) {
    for (const bool of_client : {true, false}) {
      SCOPED_TRACE(lost);
      QuicPair pair(8);
      std::size_t count = 0;
      pair.link.from(of_client ? pair.client : pair.server).set_filter([&](Packet&) { return count++ >= lost; });
      EXPECT_TRUE(pair.connect());
      EXPECT_TRUE(pair.says(pair.client, "hello"));
    }
  }
}

TEST(TransportScenario, TwoPaddedInitialsFollowALostFirstOne) {
  // [quic.md §9.3-85] [quic.md 31]
  QuicPair pair(9);
  std::vector<std::pair<base::Instant, std::size_t>> sent;
  pair.link.from(pair.client).set_filter([&](Packet& packet) {
    sent.emplace_back(pair.network.now(), packet.payload.size());
    return sent.size() > 1;
  });
  ASSERT_TRUE(pair.connect());
  ASSERT_GE(sent.size(), 3u);
  EXPECT_EQ(sent[1].first, sent[2].first);
  EXPECT_EQ(sent[1].first - sent[0].first, milliseconds(999));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_GE(sent[i].second, 1200u);
}

TEST(TransportScenario, ARebindingIsFollowedAndDataContinues) {
  // [quic.md §9.3-64] [quic.md 68] A NAT forgets its mapping in the middle of a transfer, three times.
  QuicPair pair(15, {.rate_bits_per_second = 20'000'000});
  ASSERT_TRUE(pair.connect());
  for (std::uint16_t port = 1; port <= 3; ++port) {
    pair.network.events().schedule(pair.network.now() + port * milliseconds(200), [&pair, port] {
      pair.client.rewrite(pair.client.addr(), SocketAddr(ip("10.0.0.1"), port));
    });
  }
  ASSERT_TRUE(pair.transfers(pair.client, pattern(2'000'000)).has_value());
  pair.network.run_for(seconds(1));
  EXPECT_EQ(pair.server.connection()->paths().front().four_tuple.remote.port(), 3);
  EXPECT_TRUE(pair.server.connection()->paths().front().is_validated);
  EXPECT_TRUE(pair.says(pair.server, "and back"));
}

TEST(TransportScenario, ValidationWorksAlthoughTheClientsOwnAddressChangedInBetween) {
  // [quic.md §9.3-65] The interface changes, then changes again before the challenge's answer has arrived.
  QuicPair pair(16, {.delay = milliseconds(40)});
  ASSERT_TRUE(pair.connect());
  pair.client.rewrite(pair.client.addr(), SocketAddr(ip("10.0.0.1"), 2222));
  EXPECT_TRUE(pair.says(pair.client, "first move"));
  pair.network.events().schedule(pair.network.now() + milliseconds(60),
                                 [&] { pair.client.rewrite(pair.client.addr(), SocketAddr(ip("10.0.0.1"), 3333)); });
  EXPECT_TRUE(pair.says(pair.client, "second move"));
  pair.network.run_for(seconds(10));
  EXPECT_TRUE(pair.says(pair.client, "all is well"));
  EXPECT_TRUE(pair.server.connection()->paths().front().is_validated);
}

TEST(TransportScenario, ALostTailIsRepairedByProbes) {
  // [quic.md §9.3-69] [quic.md 84] Everything after the first half of a flight is lost once.
  QuicPair pair(17);
  ASSERT_TRUE(pair.connect());
  int count = 0;
  pair.link.from(pair.client).set_filter([&](Packet& packet) {
    EXPECT_LE(packet.payload.size(), 1472u);
    ++count;
    return count <= 5 || count > 10;
  });
  const auto time = pair.transfers(pair.client, pattern(12'000));
  ASSERT_TRUE(time.has_value());
  EXPECT_LE(*time, milliseconds(400));
}

TEST(TransportScenario, DatagramsComeWholeOrNotAtAllAndOverflowDropsTheOldest) {
  // [quic.md §9.3-70] [quic.md 19] [C-003]
  quic::TransportConfig small;
  small.datagram_receive_buffer = 3 * (100 + 32);
  QuicPair pair(18, {}, {}, small);
  ASSERT_TRUE(pair.connect());
  for (char c = 'a'; c < 'k'; ++c) {
    ASSERT_TRUE(pair.client.connection()->datagrams().send(Bytes::from_string(std::string(100, c)),
                                                           quic::DatagramSendMode::drop_oldest));
  }
  pair.client.wake_all();
  pair.network.run_for(seconds(1));
  std::string first_letters;
  while (const auto datagram = pair.server.connection()->datagrams().receive()) {
    EXPECT_EQ(datagram->size(), 100u);
    first_letters += datagram->text().front();
  }
  EXPECT_EQ(first_letters, "hij");
  // To a peer that takes none.
  quic::TransportConfig none;
  none.datagram_receive_buffer = 0;
  QuicPair without(18, {}, {}, none);
  ASSERT_TRUE(without.connect());
  EXPECT_EQ(without.client.connection()->max_datagram_size(), std::nullopt);
  EXPECT_EQ(without.client.connection()->datagrams().send(Bytes::copy_of("x"), quic::DatagramSendMode::wait).error(),
            quic::DatagramSendError::unsupported_by_peer);
}

TEST(TransportScenario, ADatagramThatNoLongerFitsIsDroppedAndItsSendersWake) {
  // [quic.md §9.3-70] [quic.md 69] [C-003] The path's MTU falls while large datagrams wait.
  QuicPair pair(19);
  ASSERT_TRUE(pair.connect());
  pair.network.run_for(seconds(10));
  const auto before = pair.client.connection()->max_datagram_size();
  ASSERT_GT(before, 1300u);
  LinkConfig narrow = pair.link.from(pair.client).config();
  narrow.mtu = 1280;
  pair.link.set_config(narrow);
  bool is_small = false;
  for (int i = 0; i < 300 && !is_small; ++i) {
    static_cast<void>(pair.client.connection()->datagrams().send(
        Bytes::from_string(std::string(pair.client.connection()->max_datagram_size().value_or(0), 'x')),
        quic::DatagramSendMode::drop_oldest));
    pair.client.wake_all();
    pair.network.run_for(milliseconds(20));
    is_small = pair.client.connection()->max_datagram_size() < 1250u;
  }
  EXPECT_TRUE(is_small) << "the black hole was not noticed within 6 s";
  while (pair.server.connection()->datagrams().receive()) {
  }
  ASSERT_TRUE(pair.client.connection()->datagrams().send(Bytes::from_string(std::string(1100, 'y')),
                                                         quic::DatagramSendMode::wait));
  pair.client.wake_all();
  pair.network.run_for(seconds(2));
  bool has_come = false;
  while (const auto datagram = pair.server.connection()->datagrams().receive()) has_come = datagram->size() == 1100;
  EXPECT_TRUE(has_come);
}

TEST(TransportScenario, TheMtuSearchFindsWhatTheLinkCarriesAndRecoversFromABlackHole) {
  // [quic.md §9.3-72] [quic.md 85] 9 probes lost at 1200, 1389 at 1400, 1452 at 1500; repeated after 600 s.
  const auto mtu_on = [](std::size_t link_mtu) {
    QuicPair pair(20, {.mtu = link_mtu});
    EXPECT_TRUE(pair.connect());
    pair.network.run_for(seconds(60));
    EXPECT_EQ(pair.client.connection()->paths().front().congestion_events, 0u);
    return std::pair(pair.client.connection()->paths().front().current_mtu,
                     pair.link.from(pair.client).stats().dropped_mtu);
  };
  EXPECT_EQ(mtu_on(1228), std::pair(std::uint16_t{1200}, std::uint64_t{9}));
  EXPECT_EQ(mtu_on(1428).first, 1389);
  EXPECT_EQ(mtu_on(1500).first, 1452);

  QuicPair pair(21);
  ASSERT_TRUE(pair.connect());
  pair.network.run_for(seconds(10));
  LinkConfig narrow = pair.link.from(pair.client).config();
  narrow.mtu = 1228;
  pair.link.set_config(narrow);
  ASSERT_TRUE(pair.transfers(pair.client, pattern(300'000), seconds(120)).has_value());
  EXPECT_EQ(pair.client.connection()->paths().front().current_mtu, 1200);
  narrow.mtu = 1500;
  pair.link.set_config(narrow);
  pair.network.run_for(seconds(700));
  EXPECT_EQ(pair.client.connection()->paths().front().current_mtu, 1452);
}

TEST(TransportScenario, ALonePacketIsAcknowledgedAfterTheAckDelay) {
  // [quic.md §9.3-74] [quic.md 81]
  quic::TransportConfig quiet;
  quiet.keep_alive_interval = seconds(0);
  quiet.mtu_discovery = false;
  QuicPair pair(22, {.delay = milliseconds(10)}, quiet, quiet);
  ASSERT_TRUE(pair.connect());
  pair.network.run_for(seconds(1));
  base::Instant answered{};
  pair.link.from(pair.server).set_filter([&](Packet&) {
    if (answered == base::Instant{}) answered = pair.network.now();
    return true;
  });
  const auto id = *pair.client.connection()->open_stream(Dir::uni);
  ASSERT_TRUE(pair.client.connection()->write(id, base::as_bytes("one")).has_value());
  const auto start = pair.network.now();
  pair.client.wake_all();
  pair.network.run_for(milliseconds(100));
  EXPECT_EQ(answered - start, milliseconds(10 + 25));
}

TEST(TransportScenario, BulkReachesTheRateOfTheLink) {
  // [quic.md §9.3-87] 4 MB over 20 Mbit/s take 1.6 s.
  for (const auto algorithm : {quic::CongestionAlgorithm::cubic, quic::CongestionAlgorithm::new_reno}) {
    quic::TransportConfig transport;
    transport.congestion = algorithm;
    QuicPair pair(24, {.delay = milliseconds(10), .rate_bits_per_second = 20'000'000, .queue_bytes = 60'000}, transport,
                  transport);
    ASSERT_TRUE(pair.connect());
    const auto time = pair.transfers(pair.client, pattern(4'000'000));
    ASSERT_TRUE(time.has_value());
    EXPECT_LE(*time, milliseconds(2300));
  }
}

TEST(TransportScenario, TheFirstFlightIsTenDatagrams) {
  // [quic.md §9.3-89] [quic.md §7.4]
  quic::TransportConfig transport;
  transport.mtu_discovery = false;
  QuicPair pair(25, {.delay = milliseconds(200)}, transport, transport);
  ASSERT_TRUE(pair.connect());
  pair.network.run_for(seconds(2));
  const auto id = *pair.client.connection()->open_stream(Dir::uni);
  ASSERT_TRUE(pair.client.connection()->write(id, base::as_bytes(pattern(100'000))).has_value());
  std::size_t full = 0;
  pair.link.from(pair.client).set_filter([&](Packet& packet) {
    full += packet.payload.size() >= 1190 ? 1u : 0u;
    return true;
  });
  pair.client.wake_all();
  pair.network.run_for(milliseconds(350));
  EXPECT_EQ(full, 10u);
  // [quic.md 99] Closing now reaches the peer without any timer.
  pair.client.connection()->close(pair.network.now(), 4, "enough");
  pair.client.wake_all();
  pair.network.run_for(milliseconds(201));
  ASSERT_TRUE(pair.server.log().closed.has_value());
  EXPECT_EQ(pair.server.log().closed->code, 4u);
}

TEST(TransportScenario, TheConnectionWindowGrowsByTheFinalSizeOfStoppedAndResetStreams) {
  // [quic.md §9.3-92] [quic.md 93] If a byte were credited twice or never, fifty rounds would show it.
  for (const bool stops_first : {true, false}) {
    quic::TransportConfig narrow;
    narrow.receive_window = 30'000;
    QuicPair pair(26, {}, {}, narrow);
    ASSERT_TRUE(pair.connect());
    for (int round = 0; round < 50; ++round) {
      quic::Connection& client = *pair.client.connection();
      quic::Connection& server = *pair.server.connection();
      const auto id = client.open_stream(Dir::uni);
      ASSERT_TRUE(id.has_value()) << round;
      ASSERT_TRUE(client.write(*id, base::as_bytes(pattern(9'000))).has_value());
      pair.client.wake_all();
      pair.network.run_for(milliseconds(60));
      while (server.accept_stream(Dir::uni)) {
      }
      if (stops_first) server.stop(*id, 1);
      pair.server.wake_all();
      pair.network.run_for(stops_first ? milliseconds(60) : milliseconds(0));
      static_cast<void>(client.reset(*id, 2));
      pair.client.wake_all();
      pair.network.run_for(milliseconds(60));
      if (!stops_first) server.stop(*id, 1);
      static_cast<void>(server.read(*id, 1));
      pair.server.wake_all();
      pair.network.run_for(milliseconds(60));
    }
    EXPECT_TRUE(pair.says(pair.client, pattern(100'000)));
    EXPECT_FALSE(pair.server.log().closed.has_value());
  }
}

}  // namespace
}  // namespace iroh::sim
