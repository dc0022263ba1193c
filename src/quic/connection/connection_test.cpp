// SPDX-License-Identifier: MIT OR Apache-2.0
// Behaviour of whole connections that no part can show alone. Two endpoint cores, joined by a pipe in virtual time.
#include <gtest/gtest.h>

#include "quic/endpoint/endpoint_pair.hpp"
#include "quic/wire/packet_header.hpp"

namespace iroh::quic {
namespace {

std::vector<std::byte> bytes_of(std::string_view text) {
  const ByteSpan span = base::as_bytes(text);
  return {span.begin(), span.end()};
}

void connect(EndpointPair& pair) {
  pair.connect();
  ASSERT_TRUE(pair.run_until([&] { return pair.left_connected() && pair.right_connected(); }, base::seconds(120)));
}

/// left sends the text on a new stream and right reads it; true when it has arrived.
bool says(EndpointPair& pair, std::string_view text, Duration limit = base::seconds(60)) {
  const auto id = pair.left_connection()->open_stream(Dir::uni);
  if (!id || !pair.left_connection()->write(*id, base::as_bytes(text))) return false;
  (void)pair.left_connection()->finish(*id);
  pair.wake_left();
  std::string read;
  return pair.run_until(
      [&] {
        Connection* right = pair.right_connection();
        if (right == nullptr) return false;
        right->accept_stream(Dir::uni);
        while (auto chunk = right->read(*id, 1 << 16)) read += chunk->text();
        pair.wake_right();
        return read == text;
      },
      limit);
}

TEST(Connection, SurvivesTheLossOfAnySingleHandshakeDatagram) {
  // [quic.md §9.3 59] Each of the first datagrams in turn is lost once.
  for (std::uint64_t lost = 0; lost < 6; ++lost) {
    SCOPED_TRACE(lost);
    EndpointPair pair(10 + lost);
    std::uint64_t count = 0;
    pair.filter = [&](bool, ByteSpan) { return count++ != lost; };
    connect(pair);
    EXPECT_TRUE(says(pair, "hello"));
  }
}

TEST(Connection, CompletesTheHandshakeAtTwoSecondsOfLatency) {
  // [quic.md §9.3 59]
  EndpointPair pair(20, {.delay = base::seconds(1)});
  connect(pair);
  EXPECT_TRUE(says(pair, "slow"));
}

TEST(Connection, ClientInitialsArePaddedAndServersStayWithinThreeTimesWhatTheyReceived) {
  // [quic.md 31] [quic.md 34]
  EndpointPair pair(21);
  std::size_t to_server = 0;
  std::size_t to_client = 0;
  bool all_padded = true;
  bool is_first_flight = true;
  pair.filter = [&](bool to_right, ByteSpan datagram) {
    const auto packet = parse_packet(datagram, 8);
    if (packet && packet->type == PacketType::initial && to_right) all_padded = all_padded && datagram.size() >= 1200;
    if (to_right && to_client > 0) is_first_flight = false;
    if (is_first_flight) (to_right ? to_server : to_client) += datagram.size();
    return true;
  };
  connect(pair);
  EXPECT_TRUE(all_padded);
  EXPECT_GT(to_client, 0u);
  EXPECT_LE(to_client, 3 * to_server);
}

TEST(Connection, FindsTheMtuOfThePathAndAnnouncesLargerDatagrams) {
  // [quic.md §7.6] [endpoint.md §3.7] 1162 bytes at MTU 1200, 1414 once discovery has reached 1452.
  EndpointPair pair(22);
  connect(pair);
  EXPECT_EQ(pair.left_connection()->max_datagram_size(), 1162u);
  pair.run_for(base::seconds(5));
  EXPECT_EQ(pair.left_connection()->paths().front().current_mtu, 1452);
  EXPECT_EQ(pair.left_connection()->max_datagram_size(), 1414u);
}

TEST(Connection, LostMtuProbesAreNoCongestion) {
  // [quic.md 85] A link limited to 1400 bytes: the search ends at 1389.
  EndpointPair pair(23, {.mtu = 1400});
  connect(pair);
  pair.run_for(base::seconds(30));
  EXPECT_EQ(pair.left_connection()->paths().front().current_mtu, 1389);
  EXPECT_EQ(pair.left_connection()->paths().front().congestion_events, 0u);
}

TEST(Connection, DatagramsArriveUnchangedAndOversizedOnesAreRefused) {
  // [quic.md 19] [RFC 9221 §5]
  EndpointPair pair(24);
  connect(pair);
  auto& queue = pair.left_connection()->datagrams();
  const std::size_t largest = *pair.left_connection()->max_datagram_size();
  ASSERT_TRUE(queue.send(Bytes::copy_of("first"), DatagramSendMode::drop_oldest));
  ASSERT_TRUE(queue.send(Bytes(), DatagramSendMode::drop_oldest));
  ASSERT_TRUE(queue.send(Bytes::from_string(std::string(largest, 'x')), DatagramSendMode::drop_oldest));
  EXPECT_EQ(queue.send(Bytes::from_string(std::string(largest + 1, 'x')), DatagramSendMode::drop_oldest).error(),
            DatagramSendError::too_large);
  pair.wake_left();
  std::vector<std::size_t> sizes;
  EXPECT_TRUE(pair.run_until([&] {
    while (auto datagram = pair.right_connection()->datagrams().receive()) sizes.push_back(datagram->size());
    return sizes.size() == 3;
  }));
  EXPECT_EQ(sizes, (std::vector<std::size_t>{5, 0, largest}));
}

TEST(Connection, AHundredStreamsAtOnceAreAllDelivered) {
  EndpointPair pair(25, {.loss_per_1000 = 10});
  connect(pair);
  for (int i = 0; i < 100; ++i) {
    const auto id = pair.left_connection()->open_stream(Dir::uni);
    ASSERT_TRUE(id.has_value());
    ASSERT_TRUE(pair.left_connection()->write(*id, base::as_bytes(std::string(5000, static_cast<char>('a' + i % 26)))));
    ASSERT_TRUE(pair.left_connection()->finish(*id));
  }
  EXPECT_FALSE(pair.left_connection()->open_stream(Dir::uni).has_value());  // [RFC 9000 §4.6] the peer's limit
  pair.wake_left();
  std::size_t total = 0;
  std::vector<StreamId> open;
  EXPECT_TRUE(pair.run_until([&] {
    while (auto id = pair.right_connection()->accept_stream(Dir::uni)) open.push_back(*id);
    for (const StreamId id : open) {
      while (auto chunk = pair.right_connection()->read(id, 1 << 16)) total += chunk->size();
    }
    pair.wake_right();
    return total == 100 * 5000;
  }));
}

TEST(Connection, CorruptedDatagramsAreAsGoodAsLost) {
  // [RFC 9001 §5.5] [quic.md 30] No bit of a packet can be changed without its being dropped; nothing breaks.
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    SCOPED_TRACE(seed);
    EndpointPair pair(30 + seed);
    base::SeededRandom random(seed);
    pair.tamper = [&](bool, std::vector<std::byte>& datagram) {
      if (random.chance(1, 5)) datagram[random.below(datagram.size())] ^= static_cast<std::byte>(1 + random.below(255));
      if (random.chance(1, 20)) datagram.resize(random.below(datagram.size() + 1));
    };
    pair.connect();
    const bool connected =
        pair.run_until([&] { return pair.left_connected() && pair.right_connected(); }, base::seconds(25));
    if (!connected) continue;  // the ids in the clear of an Initial were hit: such a dial fails, and may
    EXPECT_TRUE(says(pair, "through the noise"));
    EXPECT_FALSE(pair.left_closed().has_value());
  }
}

TEST(Connection, FloodsOfGarbageLeaveItAlone) {
  // [quic.md 90] Random bytes, and random bytes behind a header with a valid id.
  EndpointPair pair(41);
  std::vector<std::byte> sample;
  pair.filter = [&](bool to_right, ByteSpan datagram) {
    if (to_right) sample.assign(datagram.begin(), datagram.end());
    return true;
  };
  connect(pair);
  base::SeededRandom random(41);
  for (int i = 0; i < 3000; ++i) {
    std::vector<std::byte> garbage(1 + random.below(1500));
    random.fill(garbage);
    if (i % 2 == 0 && garbage.size() > 9) std::copy_n(sample.begin(), 9, garbage.begin());
    pair.inject(true, i % 3 == 0 ? pair.left_addr() : SocketAddr(IpAddr(IpAddr::V4{10, 9, 9, 9}), 9),
                std::move(garbage));
  }
  EXPECT_TRUE(says(pair, "still here"));
  EXPECT_FALSE(pair.right_closed().has_value());
}

TEST(Connection, ReplayedDatagramsChangeNothing) {
  // [quic.md §6.2] Everything that goes to the right arrives three times.
  EndpointPair pair(42);
  std::vector<std::vector<std::byte>> replay;
  pair.filter = [&](bool to_right, ByteSpan datagram) {
    if (to_right) replay.emplace_back(datagram.begin(), datagram.end());
    return true;
  };
  connect(pair);
  EXPECT_TRUE(says(pair, "once"));
  for (int round = 0; round < 2; ++round) {
    for (const auto& datagram : std::vector(replay)) pair.inject(true, pair.left_addr(), datagram);
  }
  EXPECT_TRUE(says(pair, "twice"));
  EXPECT_FALSE(pair.right_closed().has_value());
  EXPECT_EQ(pair.right().connection_count(), 1u);
}

TEST(Connection, CopiesOfAnInitialFromOtherAddressesMakeNoSecondConnection) {
  // [quic.md 40] [endpoint.md 39]
  EndpointPair pair(43);
  std::vector<std::byte> initial;
  pair.filter = [&](bool to_right, ByteSpan datagram) {
    if (to_right && initial.empty()) initial.assign(datagram.begin(), datagram.end());
    return true;
  };
  pair.connect();
  pair.run_for(base::milliseconds(11));  // the first copy has arrived and decides
  for (std::uint16_t port = 1; port <= 5; ++port) {
    pair.inject(true, SocketAddr(IpAddr(IpAddr::V4{10, 0, 0, 7}), port), initial);
  }
  ASSERT_TRUE(pair.run_until([&] { return pair.left_connected() && pair.right_connected(); }));
  EXPECT_EQ(pair.right().connection_count(), 1u);
  EXPECT_TRUE(says(pair, "one of us"));
}

TEST(Connection, ARefusedClientLearnsIt) {
  // [endpoint.md §3.5] [RFC 9000 §5.2.2]
  EndpointPair pair(44);
  pair.right_refuses(true);
  pair.connect();
  ASSERT_TRUE(pair.run_until([&] { return pair.left_closed().has_value(); }));
  EXPECT_EQ(pair.left_closed()->kind, CloseReason::Kind::connection_closed);
  EXPECT_EQ(pair.left_closed()->code, static_cast<std::uint64_t>(ErrorCode::connection_refused));
}

TEST(Connection, FollowsAClientWhosePortHasChanged) {
  // [RFC 9000 §9.3] [quic.md 68] A NAT has forgotten its mapping: the server validates the new address and goes on.
  EndpointPair pair(45);
  connect(pair);
  ASSERT_TRUE(says(pair, "before"));
  const SocketAddr moved(pair.left_addr().ip(), 4321);
  pair.rebind_left(moved);
  EXPECT_TRUE(says(pair, "after"));
  pair.run_for(base::seconds(1));
  EXPECT_EQ(pair.right_connection()->paths().front().four_tuple.remote, moved);
  EXPECT_TRUE(pair.right_connection()->paths().front().is_validated);
}

TEST(Connection, ReturnsToTheOldAddressIfTheNewOneDoesNotAnswer) {
  // [quic.md 68] [RFC 9000 §9.3.2] Somebody on the way forwards one packet from another address.
  EndpointPair pair(46);
  connect(pair);
  const SocketAddr attacker(IpAddr(IpAddr::V4{10, 6, 6, 6}), 666);
  bool is_stolen = false;
  pair.filter = [&](bool to_right, ByteSpan datagram) {
    if (!to_right || is_stolen) return true;
    is_stolen = true;
    pair.inject(true, attacker, {datagram.begin(), datagram.end()});
    return false;
  };
  EXPECT_TRUE(says(pair, "stolen once"));
  pair.run_for(base::seconds(5));
  EXPECT_TRUE(is_stolen);
  EXPECT_EQ(pair.right_connection()->paths().front().four_tuple.remote, pair.left_addr());
  EXPECT_TRUE(says(pair, "and on we go"));
}

TEST(Connection, ChallengesAgainWhileTheNewAddressIsSilent) {
  // [quic.md 54] The challenge is lost, and so are its repetitions; none of them may hold up the endpoint.
  EndpointPair pair(49);
  connect(pair);
  ASSERT_TRUE(says(pair, "before"));
  const SocketAddr moved(pair.left_addr().ip(), 4321);
  int lost = 0;
  pair.filter = [&](bool to_right, ByteSpan) { return to_right || ++lost > 4; };
  pair.rebind_left(moved);
  EXPECT_TRUE(says(pair, "after"));
  pair.run_for(base::seconds(2));
  EXPECT_GT(lost, 4);
  EXPECT_EQ(pair.right_connection()->paths().front().four_tuple.remote, moved);
  EXPECT_TRUE(pair.right_connection()->paths().front().is_validated);
}

TEST(Connection, SearchesForALargerMtuAgainAfterAWhile) {
  // [quic.md §7.6] The search ends below its bound, and begins again ten minutes later.
  EndpointPair pair(50);
  constexpr std::size_t narrow = 1300;
  std::size_t largest = 0;
  pair.filter = [&](bool, ByteSpan datagram) {
    largest = std::max(largest, datagram.size());
    return datagram.size() <= narrow;
  };
  connect(pair);
  ASSERT_TRUE(says(pair, "hi"));
  const auto mtu = [&] { return pair.left_connection()->paths().front().current_mtu; };
  pair.run_for(base::seconds(60));
  EXPECT_LE(mtu(), narrow);
  EXPECT_GT(largest, narrow);
  pair.run_for(base::seconds(500));
  largest = 0;
  pair.run_for(base::seconds(100));
  EXPECT_GT(largest, narrow) << "no probe has been sent";
}

TEST(Connection, AServerThatForgotTheConnectionResetsIt) {
  // [quic.md 47] [RFC 9000 §10.3] right idles out alone while left's packets are held back; then left speaks again.
  TransportConfig forgetful;
  forgetful.max_idle_timeout = base::seconds(0);
  forgetful.keep_alive_interval = base::seconds(0);
  EndpointPair pair(47, {}, forgetful, forgetful);
  connect(pair);
  ASSERT_TRUE(says(pair, "hi"));
  pair.run_for(base::seconds(1));
  pair.filter = [](bool to_right, ByteSpan) { return to_right; };  // the close does not get through
  pair.right_connection()->close(pair.now(), 0, "");
  pair.wake_right();
  ASSERT_TRUE(pair.run_until([&] { return pair.right().connection_count() == 0; }, base::seconds(30)));
  pair.filter = nullptr;
  EXPECT_FALSE(says(pair, "are you there?", base::seconds(10)));
  ASSERT_TRUE(pair.left_closed().has_value());
  EXPECT_EQ(pair.left_closed()->kind, CloseReason::Kind::reset);
}

TEST(Connection, UnknownVersionsAreAnsweredByVersionNegotiation) {
  // [quic.md §9.3 51] [RFC 9000 §6.1]
  EndpointPair pair(48);
  std::vector<std::byte> initial(1200);
  initial[0] = std::byte{0xc0};
  initial[1] = std::byte{0x1a};  // version 0x1a000000
  initial[5] = std::byte{8};
  initial[14] = std::byte{4};
  std::vector<std::byte> answer;
  pair.filter = [&](bool to_right, ByteSpan datagram) {
    if (!to_right) answer.assign(datagram.begin(), datagram.end());
    return true;
  };
  pair.inject(true, pair.left_addr(), initial);
  pair.run_for(base::milliseconds(100));
  const auto parsed = parse_packet(answer, 8);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->type, PacketType::version_negotiation);
  EXPECT_TRUE(lists_version(parsed->supported_versions, version_1));
  // The same in a datagram too small to start a connection is not worth an answer.
  answer.clear();
  initial.resize(100);
  pair.inject(true, pair.left_addr(), initial);
  pair.run_for(base::milliseconds(100));
  EXPECT_TRUE(answer.empty());
}

TEST(Connection, AnswersWhileClosingBecomeRarer) {
  // [quic.md 88] [RFC 9000 §10.2.1] 64 datagrams to a connection that is closing earn about log2(64) closes, not 64.
  EndpointPair pair(49);
  std::vector<std::byte> sample;
  std::uint64_t to_left = 0;
  pair.filter = [&](bool to_right, ByteSpan datagram) {
    if (to_right && datagram.size() < 200) sample.assign(datagram.begin(), datagram.end());
    if (!to_right) ++to_left;
    return true;
  };
  connect(pair);
  ASSERT_TRUE(says(pair, "x"));
  pair.run_for(base::milliseconds(200));
  pair.filter = [&](bool to_right, ByteSpan) {
    if (!to_right) ++to_left;
    return false;
  };
  to_left = 0;
  pair.right_connection()->close(pair.now(), 1, "");
  pair.wake_right();
  for (int i = 0; i < 64; ++i) {
    pair.inject(true, pair.left_addr(), sample);
    pair.run_for(base::microseconds(10));
  }
  EXPECT_GE(to_left, 2u);
  EXPECT_LE(to_left, 9u);
}

TEST(Connection, TheTailOfADatagramThatIsNoPacketIsIgnored) {
  // [quic.md 30] An undecodable tail behind a packet does not hurt.
  EndpointPair pair(50);
  pair.tamper = [](bool, std::vector<std::byte>& datagram) {
    const auto packet = parse_packet(datagram, 8);
    if (packet && packet->type != PacketType::one_rtt) {
      const auto tail = bytes_of("tail that is no packet");
      datagram.insert(datagram.end(), tail.begin(), tail.end());
    }
  };
  connect(pair);
  EXPECT_TRUE(says(pair, "hello"));
}

}  // namespace
}  // namespace iroh::quic
