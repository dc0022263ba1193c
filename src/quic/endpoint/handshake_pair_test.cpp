// SPDX-License-Identifier: MIT OR Apache-2.0
// What happens around handshakes between two endpoint cores: failures, odd datagrams, closes, how many datagrams.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/byte_writer.hpp"
#include "quic/connection/packet_train.hpp"
#include "quic/endpoint/endpoint_pair.hpp"
#include "quic/frame/close_frame.hpp"
#include "quic/protection/initial_keys.hpp"
#include "quic/wire/packet_header.hpp"

namespace iroh::quic {
namespace {

std::vector<PacketType> types_in(ByteSpan datagram) {
  std::vector<PacketType> types;
  while (!datagram.empty()) {
    const auto parsed = parse_packet(datagram, 8);
    if (!parsed) break;
    types.push_back(parsed->type);
    datagram = datagram.subspan(parsed->size);
  }
  return types;
}

/// A client's Initial with a close in it, as anybody can make it who knows the destination id.
std::vector<std::byte> make_close_initial(const ConnectionId& dcid, const ConnectionId& scid, ByteSpan token,
                                          PacketNumber number) {
  std::vector<std::byte> datagram(datagram_size_min);
  ProtectionKeys keys = make_initial_keys(dcid, Side::client);
  PacketTrain train;
  train.begin(datagram, datagram.size());
  train.begin_long_packet({EncryptionLevel::initial, dcid, scid, token}, number, std::nullopt);
  const ConnectionCloseFrame close{.is_application = false, .code = 1, .frame_type = 0, .reason = {}};
  base::ByteWriter writer(train.writer().reserve(encoded_size(close)));
  encode(writer, close);
  train.pad_datagram_to(datagram_size_min);
  train.end_packet(seal_keys(keys.seal));
  train.end_datagram();
  train.seal();
  return datagram;
}

struct FirstInitial {
  std::vector<std::byte> datagram;
  ConnectionId dcid;
  ConnectionId scid;
};

/// Dials, and holds the client's first datagram back.
FirstInitial take_first_initial(EndpointPair& pair) {
  FirstInitial first;
  pair.filter = [&](bool to_right, ByteSpan datagram) {
    if (to_right && first.datagram.empty()) first.datagram.assign(datagram.begin(), datagram.end());
    return false;
  };
  pair.connect();
  pair.run_for(base::milliseconds(1));
  const auto parsed = parse_packet(first.datagram, 8);
  EXPECT_TRUE(parsed.has_value());
  first.dcid = parsed->dcid;
  first.scid = parsed->scid;
  pair.filter = {};
  return first;
}

// [performance.md §5] Client hello; the server's flight; the client's, with whatever the application has ready; the
// server's end of the handshake with ticket and connection ids. With one path, whose ids fit beside.
TEST(HandshakePair, TakesFewDatagrams) {
  TransportConfig config;
  config.mtu_discovery = false;
  config.max_concurrent_paths = 1;
  EndpointPair pair(1, {}, config, config);
  std::size_t to_right_count = 0;
  std::size_t to_left_count = 0;
  pair.filter = [&](bool to_right, ByteSpan) {
    ++(to_right ? to_right_count : to_left_count);
    return true;
  };
  pair.connect();
  ASSERT_TRUE(pair.run_until([&] { return pair.left_connected(); }));
  EXPECT_EQ(to_left_count, 1u);
  EXPECT_EQ(to_right_count, 2u);
  ASSERT_TRUE(pair.run_until([&] { return pair.right_connected(); }));
  EXPECT_EQ(to_left_count, 2u);
}

// [quic.md 32]
TEST(HandshakePair, AShortDestinationIdIsAProtocolViolation) {
  EndpointPair pair(2);
  const ConnectionId short_id(std::vector<std::byte>(7, std::byte{1}));
  const ConnectionId scid(std::vector<std::byte>(8, std::byte{2}));
  std::optional<std::vector<std::byte>> answer;
  pair.filter = [&](bool to_right, ByteSpan datagram) {
    if (!to_right) answer.emplace(datagram.begin(), datagram.end());
    return true;
  };
  pair.inject(true, pair.left_addr(), make_close_initial(short_id, scid, {}, 0));
  pair.run_for(base::milliseconds(1));
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(types_in(*answer), std::vector<PacketType>{PacketType::initial});
  EXPECT_TRUE(pair.incoming().empty());
}

// [quic.md 32]
TEST(HandshakePair, InitialsInSmallDatagramsAreIgnored) {
  EndpointPair pair(3);
  FirstInitial first = take_first_initial(pair);
  auto cut = first.datagram;
  cut.resize(datagram_size_min - 1);
  pair.inject(true, pair.left_addr(), cut);
  pair.run_for(base::milliseconds(1));
  EXPECT_TRUE(pair.incoming().empty());
  pair.inject(true, pair.left_addr(), first.datagram);
  EXPECT_TRUE(pair.run_until_connected());
}

// [quic.md §6.5] Of all Initials of an attempt the first one's token counts.
TEST(HandshakePair, LaterInitialsWithAnotherTokenAreDropped) {
  for (const bool has_token : {true, false}) {
    SCOPED_TRACE(has_token);
    EndpointPair pair(4);
    const FirstInitial first = take_first_initial(pair);
    pair.inject(true, pair.left_addr(), first.datagram);
    ASSERT_TRUE(pair.run_until([&] { return pair.right_connection() != nullptr; }));
    const std::vector<std::byte> token(has_token ? 20 : 0, std::byte{7});
    pair.inject(true, pair.left_addr(), make_close_initial(first.dcid, first.scid, token, 100));
    // Without a token it is the client's close as far as the server can know.
    EXPECT_EQ(pair.right_connection()->is_closed(), !has_token);
  }
}

// [quic.md 36]
TEST(HandshakePair, VersionNegotiationCountsOnlyAsTheFirstAnswerAndWithoutOurVersion) {
  base::SeededRandom random(5);
  const auto make = [&](const FirstInitial& first, bool lists_ours) {
    auto packet = make_version_negotiation(random, first.dcid.bytes(), first.scid.bytes());
    if (!lists_ours) {
      // The list starts after both ids; ours becomes one that nobody speaks.
      for (std::size_t at = 7 + first.dcid.size() + first.scid.size(); at + 4 <= packet.size(); at += 4) {
        packet[at] = packet[at + 2] = std::byte{0x5a};
        packet[at + 1] = packet[at + 3] = std::byte{0x5a};
      }
    }
    return packet;
  };
  {
    EndpointPair pair(5);
    const FirstInitial first = take_first_initial(pair);
    pair.inject(false, SocketAddr(IpAddr(IpAddr::V4{203, 0, 113, 1}), 1), make(first, true));
    // [quic.md 95] Nor does path 0 move to where it came from.
    EXPECT_EQ(pair.left_connection()->four_tuple().remote, pair.right_addr());
    pair.inject(true, pair.left_addr(), first.datagram);
    EXPECT_TRUE(pair.run_until_connected());
    pair.inject(false, pair.right_addr(), make(first, false));
    EXPECT_FALSE(pair.left_connection()->is_closed());
  }
  EndpointPair pair(6);
  const FirstInitial first = take_first_initial(pair);
  pair.inject(false, pair.right_addr(), make(first, false));
  ASSERT_TRUE(pair.run_until([&] { return pair.left_closed().has_value(); }));
  EXPECT_EQ(pair.left_closed()->kind, CloseReason::Kind::version_mismatch);
}

// [quic.md 37]
TEST(HandshakePair, TheClientFollowsTheServerUntilTheFirstHandshakePacketAndNotAfter) {
  EndpointPair pair(7);
  const SocketAddr second(IpAddr(IpAddr::V4{10, 0, 0, 9}), 2000);
  const SocketAddr third(IpAddr(IpAddr::V4{10, 0, 0, 10}), 2000);
  std::vector<std::vector<std::byte>> to_left;
  pair.filter = [&](bool to_right, ByteSpan datagram) {
    if (!to_right) to_left.emplace_back(datagram.begin(), datagram.end());
    return to_right;
  };
  pair.connect();
  ASSERT_TRUE(pair.run_until([&] { return !to_left.empty(); }));
  const auto flight = to_left;
  // The Initial part alone, from a second address.
  const auto initial = parse_packet(flight[0], 8);
  ASSERT_TRUE(initial.has_value());
  ASSERT_LT(initial->size, flight[0].size());
  pair.inject(false, second, {flight[0].begin(), flight[0].begin() + static_cast<std::ptrdiff_t>(initial->size)});
  EXPECT_EQ(pair.left_connection()->four_tuple().remote, second);
  // The rest from a third, which is the last move: the Handshake packet fixes it.
  pair.inject(false, third, flight[0]);
  EXPECT_EQ(pair.left_connection()->four_tuple().remote, third);
  pair.inject(false, second, flight[0]);
  for (const auto& datagram : to_left) pair.inject(false, second, datagram);
  EXPECT_EQ(pair.left_connection()->four_tuple().remote, third);
}

// [quic.md 87] [quic.md §9.3 60] A server that closes right after accepting.
TEST(HandshakePair, AnEarlyCloseGoesOutAtEveryLevelAndMasksTheApplication) {
  EndpointPair pair(8);
  pair.right_hesitates(true);
  pair.connect();
  ASSERT_TRUE(pair.run_until([&] { return !pair.incoming().empty(); }));
  std::vector<std::vector<std::byte>> sent;
  pair.filter = [&](bool to_right, ByteSpan datagram) {
    if (!to_right) sent.emplace_back(datagram.begin(), datagram.end());
    return true;
  };
  pair.accept_right(pair.incoming()[0].id);
  pair.right_connection()->close(pair.now(), 77, "secret reason");
  pair.wake_right();
  ASSERT_TRUE(pair.run_until([&] { return pair.left_closed().has_value(); }));
  std::set<PacketType> types;
  for (const auto& datagram : sent) {
    for (const PacketType type : types_in(datagram)) types.insert(type);
  }
  EXPECT_TRUE(types.contains(PacketType::initial));
  EXPECT_TRUE(types.contains(PacketType::handshake));
  EXPECT_TRUE(types.contains(PacketType::one_rtt));
  EXPECT_EQ(pair.left_closed()->kind, CloseReason::Kind::connection_closed);
  EXPECT_EQ(pair.left_closed()->code, static_cast<std::uint64_t>(ErrorCode::application_error));
  EXPECT_TRUE(pair.left_closed()->reason.empty());
}

// [quic.md 95] [quic.md §9.3 95]
TEST(HandshakePair, AFailureFoundInALaterInitialIsAnnounced) {
  EndpointPair pair(9);
  std::vector<std::string> alpns;
  for (int i = 0; i < 12; ++i) alpns.push_back(std::string(200, 'a') + std::to_string(i));
  std::size_t initials = 0;
  pair.filter = [&](bool to_right, ByteSpan) {
    initials += to_right ? 1 : 0;
    return true;
  };
  pair.connect(alpns);
  ASSERT_TRUE(pair.run_until([&] { return pair.left_closed().has_value(); }));
  EXPECT_GE(initials, 2u);
  EXPECT_EQ(pair.left_closed()->kind, CloseReason::Kind::connection_closed);
  EXPECT_EQ(pair.left_closed()->code, 0x178u);
}

// [quic.md 38]
TEST(HandshakePair, AClientHelloOfSeveralDatagramsMayComeInAnyOrder) {
  for (std::uint64_t seed = 10; seed < 16; ++seed) {
    EndpointPair pair(seed, {.reorder_per_1000 = 500});
    std::vector<std::string> alpns;
    for (int i = 0; i < 12; ++i) alpns.push_back(std::string(200, 'a') + std::to_string(i));
    alpns.emplace_back("test");
    pair.connect(alpns);
    EXPECT_TRUE(pair.run_until_connected());
  }
}

// [quic.md 39] Nobody can know ids of other paths yet, but anybody can make packets up.
TEST(HandshakePair, OneRttPacketsBeforeTheEndOfTheHandshakeAreDiscardedIfTheyAreNothing) {
  EndpointPair pair(17);
  std::optional<ConnectionId> left_cid;
  pair.filter = [&](bool to_right, ByteSpan datagram) {
    const auto parsed = parse_packet(datagram, 8);
    if (to_right && parsed && parsed->type == PacketType::initial) left_cid = parsed->scid;
    return true;
  };
  pair.connect();
  ASSERT_TRUE(pair.run_until([&] { return left_cid.has_value(); }));
  base::SeededRandom random(17);
  for (int i = 0; i < 40; ++i) {
    std::vector<std::byte> datagram(100);
    random.fill(datagram);
    datagram[0] = std::byte{0x40};
    std::ranges::copy(left_cid->bytes(), datagram.begin() + 1);
    pair.inject(false, pair.right_addr(), datagram);
  }
  EXPECT_TRUE(pair.run_until_connected());
  EXPECT_FALSE(pair.left_connection()->is_closed());
}

// [quic.md 29] [quic.md 28]
TEST(HandshakePair, TheFixedBitIsClearedAtRandomOnlyForPeersThatAskForIt) {
  TransportConfig greasing;
  greasing.grease_quic_bit = true;
  EndpointPair pair(20, {}, greasing);
  std::size_t clear_to_left = 0;
  std::size_t set_to_left = 0;
  std::size_t clear_to_right = 0;
  pair.filter = [&](bool to_right, ByteSpan datagram) {
    const bool is_clear = (std::to_integer<unsigned>(datagram[0]) & 0x40) == 0;
    if (to_right) {
      clear_to_right += is_clear ? 1 : 0;
    } else {
      ++(is_clear ? clear_to_left : set_to_left);
    }
    return true;
  };
  pair.connect();
  ASSERT_TRUE(pair.run_until_connected());
  pair.run_for(base::seconds(300));
  EXPECT_FALSE(pair.left_closed().has_value());
  EXPECT_EQ(clear_to_right, 0u);
  EXPECT_GT(clear_to_left, 10u);
  EXPECT_GT(set_to_left, 10u);
}

// [quic.md 89]
TEST(HandshakePair, AnAbandonedHandshakeEndsSilently) {
  EndpointPair pair(21);
  pair.filter = [](bool to_right, ByteSpan) { return to_right; };
  pair.connect();
  ASSERT_TRUE(pair.run_until([&] { return pair.left_closed().has_value(); }, base::seconds(120)));
  EXPECT_EQ(pair.left_closed()->kind, CloseReason::Kind::timed_out);
  std::size_t sent_after = 0;
  pair.filter = [&](bool to_right, ByteSpan) {
    sent_after += to_right ? 1 : 0;
    return false;
  };
  pair.run_for(base::seconds(60));
  EXPECT_EQ(sent_after, 0u);
}

}  // namespace
}  // namespace iroh::quic
