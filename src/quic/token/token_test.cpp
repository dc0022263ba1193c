// SPDX-License-Identifier: MIT OR Apache-2.0
#include <gtest/gtest.h>

#include "iroh/identity/secret_key.hpp"
#include "quic/token/ticket_store.hpp"
#include "quic/token/token_keys.hpp"
#include "quic/token/token_store.hpp"

namespace iroh::quic {
namespace {

using Kind = TokenVerdict::Kind;

const SocketAddr client(IpAddr(IpAddr::V4{192, 0, 2, 7}), 4433);
const SocketAddr other_port(client.ip(), 4434);
const SocketAddr other_ip(IpAddr(IpAddr::V4{192, 0, 2, 8}), 4433);
const SocketAddr client_v6(IpAddr(IpAddr::V6{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}), 4433);
constexpr Instant issue_time{base::seconds(1000)};

class Tokens : public testing::Test {
 protected:
  static ConnectionId dcid_of(std::size_t size) { return ConnectionId(std::vector<std::byte>(size, std::byte{9})); }

  base::SeededRandom random_{1};
  TokenKeys keys_{random_};
};

// [quic.md 35] [endpoint.md §2.9]
TEST_F(Tokens, ARetryTokenProvesAddressAndPortForFifteenSeconds) {
  for (const SocketAddr& from : {client, client_v6}) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{8}, ConnectionId::max_size}) {
      const auto token = keys_.make_retry_token(issue_time, from, dcid_of(size), random_);
      const auto verdict = keys_.judge(issue_time + base::seconds(15), from, token);
      EXPECT_EQ(verdict.kind, Kind::retried);
      EXPECT_EQ(verdict.original_dcid, dcid_of(size));
      EXPECT_EQ(keys_.judge(issue_time + base::milliseconds(15'001), from, token).kind, Kind::invalid);
      EXPECT_EQ(keys_.judge(issue_time - base::milliseconds(1), from, token).kind, Kind::invalid);
      EXPECT_EQ(keys_.judge(issue_time, other_ip, token).kind, Kind::invalid);
    }
  }
  EXPECT_EQ(keys_.judge(issue_time, other_port, keys_.make_retry_token(issue_time, client, dcid_of(8), random_)).kind,
            Kind::invalid);
}

// [quic.md §6.5]
TEST_F(Tokens, ANewTokenProvesTheAddressOnceWithinTwoWeeks) {
  const auto make = [&] { return keys_.make_new_token(issue_time, client, random_); };
  const auto token = make();
  EXPECT_EQ(keys_.judge(issue_time, other_ip, token).kind, Kind::absent);
  EXPECT_EQ(keys_.judge(issue_time, other_port, token).kind, Kind::known_address);
  EXPECT_EQ(keys_.judge(issue_time, client, token).kind, Kind::absent);
  EXPECT_EQ(keys_.judge(issue_time + new_token_lifetime, client, make()).kind, Kind::known_address);
  EXPECT_EQ(keys_.judge(issue_time + new_token_lifetime + base::milliseconds(1), client, make()).kind, Kind::absent);
}

TEST_F(Tokens, WhatIsNotOursIsAbsent) {
  EXPECT_EQ(keys_.judge(issue_time, client, {}).kind, Kind::absent);
  const auto token = keys_.make_retry_token(issue_time, client, dcid_of(20), random_);
  for (std::size_t size = 0; size < token.size(); ++size) {
    EXPECT_EQ(keys_.judge(issue_time, client, ByteSpan(token).first(size)).kind, Kind::absent);
  }
  for (std::size_t i = 0; i < token.size() * 8; ++i) {
    auto changed = token;
    changed[i / 8] ^= std::byte{1} << (i % 8);
    EXPECT_EQ(keys_.judge(issue_time, client, changed).kind, Kind::absent);
  }
  TokenKeys others(random_);
  EXPECT_EQ(others.judge(issue_time, client, token).kind, Kind::absent);
}

TEST_F(Tokens, TwoTokensNeverLookTheSame) {
  EXPECT_NE(keys_.make_new_token(issue_time, client, random_), keys_.make_new_token(issue_time, client, random_));
}

TEST(UsedTokens, RemembersABoundedNumberAndThenTrustsNone) {
  base::SeededRandom random(2);
  UsedTokens used(base::seconds(100));
  const auto token_of = [](std::uint64_t number) {
    std::vector<std::byte> token(16);
    std::memcpy(token.data(), &number, sizeof number);
    return token;
  };
  for (std::size_t i = 0; i < UsedTokens::remembered_max; ++i) ASSERT_TRUE(used.use(issue_time, token_of(i)));
  EXPECT_FALSE(used.use(issue_time, token_of(1'000'000)));
  EXPECT_EQ(used.remembered(), UsedTokens::remembered_max);
  // The next half: those of the first are still known.
  const Instant later = issue_time + base::seconds(100);
  EXPECT_TRUE(used.use(later, token_of(1'000'000)));
  EXPECT_FALSE(used.use(later, token_of(0)));
  EXPECT_FALSE(used.use(later, token_of(1'000'000)));
  // And when they have expired they are gone.
  EXPECT_TRUE(used.use(later + base::seconds(100), token_of(2'000'000)));
  EXPECT_EQ(used.remembered(), 2u);
}

EndpointId peer(unsigned char number) {
  std::array<std::byte, 32> seed;
  seed.fill(std::byte{number});
  return SecretKey::from_bytes(seed).public_key();
}

// [endpoint.md §2.9]
TEST(TokenStore, KeepsTwoTokensForEachOf256Servers) {
  TokenStore store;
  const auto token = [](unsigned char number) { return std::vector<std::byte>(3, std::byte{number}); };
  for (unsigned char i = 1; i <= 3; ++i) store.add(peer(1), token(i));
  store.add(peer(1), std::vector<std::byte>(TokenStore::token_size_max + 1));
  EXPECT_EQ(store.take(peer(1)), token(3));
  EXPECT_EQ(store.take(peer(1)), token(2));
  EXPECT_TRUE(store.take(peer(1)).empty());
  EXPECT_TRUE(store.take(peer(2)).empty());
}

TEST(PeerCache, TheServerNotHeardOfForLongestMakesRoom) {
  PeerCache<int> cache(2, 2);
  cache.add(peer(1), 1);
  cache.add(peer(2), 2);
  cache.add(peer(1), 3);
  cache.add(peer(3), 4);
  EXPECT_EQ(cache.peer_count(), 2u);
  EXPECT_FALSE(cache.take(peer(2)).has_value());
  EXPECT_EQ(cache.take(peer(1)), 3);
  EXPECT_EQ(cache.take(peer(1)), 1);
  EXPECT_FALSE(cache.take(peer(1)).has_value());
  EXPECT_EQ(cache.take(peer(3)), 4);
  EXPECT_EQ(cache.peer_count(), 0u);
}

// [endpoint.md §2.8]
TEST(TicketStore, KeepsEightTicketsForEachServerAndNoMoreThanAllowed) {
  TicketStore store(256);
  for (unsigned char i = 0; i < 10; ++i) store.add(peer(1), {std::vector<std::byte>(1, std::byte{i}), {}});
  store.add(peer(1), {std::vector<std::byte>(TicketStore::ticket_size_max + 1), {}});
  for (unsigned char i = 9; i >= 2; --i) EXPECT_EQ(store.take(peer(1))->ticket.front(), std::byte{i});
  EXPECT_FALSE(store.take(peer(1)).has_value());
  TicketStore none(0);
  none.add(peer(1), {std::vector<std::byte>(1), {}});
  EXPECT_FALSE(none.take(peer(1)).has_value());
  TicketStore one(1);
  for (unsigned char i = 0; i < 2; ++i) one.add(peer(1), {std::vector<std::byte>(1, std::byte{i}), {}});
  EXPECT_TRUE(one.take(peer(1)).has_value());
  EXPECT_FALSE(one.take(peer(1)).has_value());
}

}  // namespace
}  // namespace iroh::quic
