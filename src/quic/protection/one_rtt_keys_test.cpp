// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/protection/one_rtt_keys.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <vector>

#include "base/random.hpp"
#include "quic/protection/test_protection.hpp"
#include "quic/test_values.hpp"

namespace iroh::quic {
namespace {

using Generation = OneRttKeys::Generation;
constexpr auto suite = crypto::CipherSuite::aes_128_gcm_sha256;
constexpr AeadLimits no_limits{std::numeric_limits<std::uint64_t>::max(), std::numeric_limits<std::uint64_t>::max()};

struct Packet {
  PathId path;
  PacketNumber number;
  bool phase;
  std::vector<std::byte> sealed;
};

/// One end, with what the connection around the keys would keep.
struct End {
  End(ByteSpan seal_secret, ByteSpan open_secret, AeadLimits limits) : keys(suite, seal_secret, open_secret, limits) {}

  Packet send(PathId path) {
    Packet packet{path, next_number[path]++, keys.key_phase(), {}};
    DirectionKeys& send_keys = keys.send_keys();
    packet.sealed = seal_payload(*send_keys.aead, send_keys.iv, path, packet.number, header, payload);
    keys.on_sealed();
    return packet;
  }

  /// False: it could not be opened. The error of on_opened() goes to error.
  bool receive(const Packet& packet) {
    const Generation generation = keys.choose(packet.path, packet.number, packet.phase);
    auto sealed = packet.sealed;
    if (!open_payload(keys.open_key(generation), keys.open_iv(generation), packet.path, packet.number, header,
                      sealed)) {
      return false;
    }
    const auto largest_before = largest.contains(packet.path) ? std::optional(largest[packet.path]) : std::nullopt;
    const auto result = keys.on_opened(generation, packet.path, packet.number, largest_before);
    if (!result) error = result.error().code;
    largest[packet.path] = std::max(largest[packet.path], packet.number);
    return true;
  }

  void confirm_and_discard(Instant now) {
    keys.on_handshake_confirmed();
    if (keys.needs_discard_time()) keys.set_discard_at(now);
    keys.on_timeout(now);
  }

  OneRttKeys keys;
  std::map<PathId, PacketNumber> next_number;
  std::map<PathId, PacketNumber> largest;
  std::optional<ErrorCode> error;
  std::vector<std::byte> header = bytes_from_hex("40a0a1a2a3a4a5a6a707");
  std::vector<std::byte> payload = bytes_from_hex("010203");
};

class OneRttKeysTest : public testing::Test {
 protected:
  const std::vector<std::byte> client_secret = std::vector<std::byte>(32, std::byte{1});
  const std::vector<std::byte> server_secret = std::vector<std::byte>(32, std::byte{2});
  End client{client_secret, server_secret, no_limits};
  End server{server_secret, client_secret, no_limits};
  Instant now{};

  void initiate(End& end) {
    end.keys.on_handshake_confirmed();
    ASSERT_TRUE(end.keys.can_initiate_update());
    end.keys.initiate_update();
  }
  void exchange(PathId path = path_zero) {
    ASSERT_TRUE(server.receive(client.send(path)));
    ASSERT_TRUE(client.receive(server.send(path)));
  }
};

TEST_F(OneRttKeysTest, BothEndsUnderstandEachOther) {
  exchange();
  exchange(path_one);
  EXPECT_FALSE(client.keys.key_phase());
  EXPECT_EQ(client.keys.update_count(), 0u);
}

// [quic.md 24] [RFC 9001 §6.1] [RFC 9001 §6.2]
TEST_F(OneRttKeysTest, UpdateByOneEndIsFollowedByTheOther) {
  exchange();
  initiate(client);
  EXPECT_TRUE(client.keys.key_phase());
  ASSERT_TRUE(server.receive(client.send(path_zero)));
  EXPECT_TRUE(server.keys.key_phase());
  ASSERT_TRUE(client.receive(server.send(path_zero)));
  EXPECT_EQ(client.keys.update_count(), 1u);
  EXPECT_EQ(server.keys.update_count(), 1u);
  EXPECT_FALSE(client.error);
  EXPECT_FALSE(server.error);
}

// [quic.md 24]
TEST_F(OneRttKeysTest, ManyUpdatesByEitherEndWork) {
  for (int i = 0; i < 10; ++i) {
    initiate(i % 3 == 0 ? server : client);
    if (i % 2 == 0) {
      exchange();
    } else {
      ASSERT_TRUE(client.receive(server.send(path_zero)));
      ASSERT_TRUE(server.receive(client.send(path_zero)));
    }
    exchange();
    client.confirm_and_discard(now);
    server.confirm_and_discard(now);
  }
  EXPECT_EQ(client.keys.update_count(), 10u);
  EXPECT_EQ(server.keys.update_count(), 10u);
}

// [quic.md 24]
TEST_F(OneRttKeysTest, SimultaneousUpdatesAreOneUpdate) {
  exchange();
  initiate(client);
  initiate(server);
  const Packet from_client = client.send(path_zero);
  const Packet from_server = server.send(path_zero);
  ASSERT_TRUE(server.receive(from_client));
  ASSERT_TRUE(client.receive(from_server));
  EXPECT_EQ(client.keys.update_count(), 1u);
  EXPECT_EQ(server.keys.update_count(), 1u);
  exchange();
}

// [quic.md §4.5]
TEST_F(OneRttKeysTest, AFirstPacketOfAPathMayCarryTheNewPhase) {
  exchange();
  initiate(client);
  ASSERT_TRUE(server.receive(client.send(path_one)));
  EXPECT_FALSE(server.error);
  EXPECT_TRUE(server.keys.key_phase());
  ASSERT_TRUE(server.receive(client.send(path_zero)));
}

// [quic.md 26] [RFC 9001 §6.5]
TEST_F(OneRttKeysTest, LatePacketsOfTheOldPhaseAreOpened) {
  const Packet late = client.send(path_zero);
  initiate(client);
  ASSERT_TRUE(server.receive(client.send(path_zero)));
  EXPECT_TRUE(server.receive(late));
  EXPECT_TRUE(server.keys.key_phase());
  EXPECT_FALSE(server.error);
}

// [quic.md §4.5] The peer does not know of our update yet.
TEST_F(OneRttKeysTest, OldPhaseIsAcceptedUntilTheUpdateIsConfirmed) {
  initiate(client);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(client.receive(server.send(path_zero)));
  EXPECT_EQ(client.keys.update_count(), 1u);
}

// [quic.md §11 #5] Packet numbers of different paths say nothing about each other.
TEST_F(OneRttKeysTest, BoundaryBetweenPhasesIsKeptPerPath) {
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(server.receive(client.send(path_one)));
  const Packet late_with_high_number = client.send(path_one);  // number 20
  initiate(client);
  ASSERT_TRUE(server.receive(client.send(path_zero)));  // number 0 on path 0
  EXPECT_TRUE(server.receive(late_with_high_number));
  const Packet new_phase = client.send(path_one);
  EXPECT_TRUE(server.receive(new_phase));
  EXPECT_FALSE(server.error);
  EXPECT_EQ(server.keys.update_count(), 1u);
}

// [quic.md 26]
TEST_F(OneRttKeysTest, OldKeysGoAtTheTimeSetAndNotBefore) {
  const Packet late = client.send(path_zero);
  const Packet later = client.send(path_zero);
  initiate(client);
  ASSERT_TRUE(server.receive(client.send(path_zero)));
  ASSERT_TRUE(server.keys.needs_discard_time());
  server.keys.set_discard_at(now + base::milliseconds(300));
  EXPECT_FALSE(server.keys.needs_discard_time());
  EXPECT_EQ(server.keys.discard_deadline(), now + base::milliseconds(300));
  server.keys.on_timeout(now + base::milliseconds(299));
  EXPECT_TRUE(server.receive(late));
  server.keys.on_timeout(now + base::milliseconds(300));
  EXPECT_FALSE(server.receive(later));
  EXPECT_FALSE(server.keys.discard_deadline());
  EXPECT_FALSE(server.keys.needs_discard_time());
}

// [RFC 9001 §6.5] The time starts when the update is confirmed.
TEST_F(OneRttKeysTest, DiscardTimeIsAskedForAfterConfirmation) {
  initiate(client);
  EXPECT_FALSE(client.keys.needs_discard_time());
  ASSERT_TRUE(server.receive(client.send(path_zero)));
  ASSERT_TRUE(client.receive(server.send(path_one)));
  EXPECT_TRUE(client.keys.needs_discard_time());
}

// [RFC 9001 §6.1] [quic.md §4.5]
TEST_F(OneRttKeysTest, UpdatesWaitForTheHandshakeTheirPredecessorAndItsKeys) {
  EXPECT_FALSE(client.keys.can_initiate_update());
  client.keys.on_handshake_confirmed();
  EXPECT_TRUE(client.keys.can_initiate_update());
  client.keys.initiate_update();
  EXPECT_FALSE(client.keys.can_initiate_update());  // not confirmed
  exchange();
  EXPECT_FALSE(client.keys.can_initiate_update());  // old keys are still there
  client.keys.set_discard_at(now);
  client.keys.on_timeout(now);
  EXPECT_TRUE(client.keys.can_initiate_update());
}

// [quic.md 25]
TEST_F(OneRttKeysTest, UpdateWithAnOldPacketNumberIsAnError) {
  exchange();
  exchange();
  initiate(client);
  client.next_number[path_zero] = 1;  // used before
  ASSERT_TRUE(server.receive(client.send(path_zero)));
  EXPECT_EQ(server.error, ErrorCode::key_update_error);
}

// [quic.md 25] [RFC 9001 §6.2]
TEST_F(OneRttKeysTest, SecondUpdateBeforeTheFirstWasAnsweredIsAnError) {
  exchange();
  initiate(client);
  ASSERT_TRUE(server.receive(client.send(path_zero)));
  // A client that breaks the rule: it updates again without having heard from the server.
  End cheat{derive_next_secret(suite, client_secret), derive_next_secret(suite, server_secret), no_limits};
  cheat.keys.on_handshake_confirmed();
  cheat.keys.initiate_update();
  cheat.next_number[path_zero] = 100;
  Packet packet = cheat.send(path_zero);
  packet.phase = false;
  ASSERT_TRUE(server.receive(packet));
  EXPECT_EQ(server.error, ErrorCode::key_update_error);
}

// [quic.md 25]
TEST_F(OneRttKeysTest, SecondUpdateAfterTheAnswerIsAccepted) {
  exchange();
  initiate(client);
  exchange();
  client.confirm_and_discard(now);
  initiate(client);  // the server still holds its old keys
  ASSERT_TRUE(server.receive(client.send(path_zero)));
  EXPECT_FALSE(server.error);
  EXPECT_EQ(server.keys.update_count(), 2u);
}

TEST_F(OneRttKeysTest, ForgedPacketsOfTheOtherPhaseChangeNothing) {
  exchange();
  Packet forged = client.send(path_zero);
  forged.phase = !forged.phase;
  EXPECT_FALSE(server.receive(forged));
  EXPECT_FALSE(server.keys.key_phase());
  exchange();
}

// [quic.md 23] [RFC 9001 §6.1]
TEST_F(OneRttKeysTest, HeaderKeysStayThroughUpdates) {
  const crypto::HeaderKey* send = client.keys.send_keys().header.get();
  const crypto::HeaderKey* receive = &client.keys.receive_header_key();
  initiate(client);
  exchange();
  EXPECT_EQ(client.keys.send_keys().header.get(), send);
  EXPECT_EQ(&client.keys.receive_header_key(), receive);
}

// [quic.md 26] [RFC 9001 §6.6]
TEST(AeadLimits, AreThoseOfRfc9001) {
  for (const auto gcm : {crypto::CipherSuite::aes_128_gcm_sha256, crypto::CipherSuite::aes_256_gcm_sha384}) {
    EXPECT_EQ(aead_limits(gcm).confidentiality, std::uint64_t{1} << 23);
    EXPECT_EQ(aead_limits(gcm).integrity, std::uint64_t{1} << 52);
  }
  const auto chacha = aead_limits(crypto::CipherSuite::chacha20_poly1305_sha256);
  EXPECT_GE(chacha.confidentiality, std::uint64_t{1} << 62);
  EXPECT_EQ(chacha.integrity, std::uint64_t{1} << 36);
}

// [quic.md 26]
TEST(OneRttKeysLimits, UpdateIsDueBeforeTheConfidentialityLimitAndSealingEndsAtIt) {
  const std::vector<std::byte> secret(32);
  OneRttKeys keys(suite, secret, secret);
  keys.on_sealed((1u << 23) - OneRttKeys::update_margin - 1);
  keys.on_handshake_confirmed();
  EXPECT_FALSE(keys.should_update());
  keys.on_sealed();
  EXPECT_TRUE(keys.should_update());
  keys.on_sealed(OneRttKeys::update_margin - 1);
  EXPECT_TRUE(keys.may_seal());
  keys.on_sealed();
  EXPECT_FALSE(keys.may_seal());
  keys.initiate_update();
  EXPECT_TRUE(keys.may_seal());  // counted anew with each key
  EXPECT_FALSE(keys.should_update());
}

// [quic.md 26] [RFC 9001 §6.6]
TEST(OneRttKeysLimits, ForgedPacketsAreCountedThroughKeyUpdates) {
  const std::vector<std::byte> secret(32);
  OneRttKeys keys(suite, secret, secret, {.confidentiality = 1000, .integrity = 4});
  EXPECT_TRUE(keys.on_forged());
  EXPECT_TRUE(keys.on_forged());
  keys.on_handshake_confirmed();
  keys.initiate_update();
  EXPECT_TRUE(keys.on_forged());
  const auto result = keys.on_forged();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::aead_limit_reached);
}

/// Two ends that keep the rules, over a network that delays and loses packets on two paths.
// [quic.md 24] [quic.md 26]
TEST(OneRttKeysProperty, ReorderedTrafficWithUpdatesIsUnderstoodAndNeverBlamesThePeer) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    base::SeededRandom random(seed);
    const std::vector<std::byte> a(32, std::byte{1});
    const std::vector<std::byte> b(32, std::byte{2});
    std::array ends{End(a, b, no_limits), End(b, a, no_limits)};
    std::array<std::vector<std::pair<Packet, int>>, 2> in_flight;  // to each end, with the step of sending
    constexpr int lifetime = 12;                                   // steps a packet may be under way: one PTO
    std::array<int, 2> discard_step{-1, -1};
    for (int step = 0; step < 300; ++step) {
      const std::size_t i = random.below(2);
      End& end = ends[i];
      end.keys.on_handshake_confirmed();
      if (end.keys.can_initiate_update() && random.chance(1, 20)) end.keys.initiate_update();
      in_flight[1 - i].emplace_back(end.send(PathId{static_cast<std::uint32_t>(random.below(2))}), step);
      for (std::size_t to = 0; to < 2; ++to) {
        std::erase_if(in_flight[to], [&](const auto& entry) { return step - entry.second > lifetime; });
        if (in_flight[to].empty() || random.chance(1, 4)) continue;
        const auto at = in_flight[to].begin() + static_cast<std::ptrdiff_t>(random.below(in_flight[to].size()));
        ASSERT_TRUE(ends[to].receive(at->first)) << "seed " << seed << " step " << step;
        ASSERT_FALSE(ends[to].error) << "seed " << seed << " step " << step;
        in_flight[to].erase(at);
        if (ends[to].keys.needs_discard_time()) {
          discard_step[to] = step + 3 * lifetime;
          ends[to].keys.set_discard_at(Instant(base::seconds(discard_step[to])));
        }
      }
      for (End& e : ends) e.keys.on_timeout(Instant(base::seconds(step)));
    }
    EXPECT_GT(ends[0].keys.update_count() + ends[1].keys.update_count(), 2u);
  }
}

}  // namespace
}  // namespace iroh::quic
