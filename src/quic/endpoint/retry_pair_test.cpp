// SPDX-License-Identifier: MIT OR Apache-2.0
// Retry and address validation tokens between two endpoint cores. [quic.md §6.5], [quic.md §9.3 88]
#include <gtest/gtest.h>

#include "quic/endpoint/endpoint_pair.hpp"
#include "quic/wire/packet_header.hpp"

namespace iroh::quic {
namespace {

void leave(EndpointPair& pair) {
  pair.run_for(base::milliseconds(200));
  pair.left_connection()->close(pair.now(), 0, "");
  pair.wake_left();
  pair.run_for(base::seconds(2));
  pair.forget_connections();
}

TransportConfig with_new_tokens(std::uint32_t count) {
  TransportConfig config;
  config.new_tokens = count;
  return config;
}

// [quic.md 35]
TEST(RetryPair, AClientProvesItsAddressWithTheTokenInEveryInitial) {
  EndpointPair pair(1);
  pair.right_retries(true);
  std::vector<std::vector<std::byte>> tokens;
  std::size_t retries = 0;
  pair.filter = [&](bool to_right, ByteSpan datagram) {
    const auto parsed = parse_packet(datagram, 8);
    if (parsed && to_right && parsed->type == PacketType::initial) {
      tokens.emplace_back(parsed->token.begin(), parsed->token.end());
    }
    if (parsed && parsed->type == PacketType::retry) ++retries;
    return true;
  };
  pair.connect();
  ASSERT_TRUE(pair.run_until_connected());
  EXPECT_EQ(retries, 1u);
  ASSERT_EQ(pair.incoming().size(), 2u);
  EXPECT_FALSE(pair.incoming()[0].is_address_validated);
  EXPECT_TRUE(pair.incoming()[0].may_retry);
  EXPECT_TRUE(pair.incoming()[1].is_address_validated);
  EXPECT_FALSE(pair.incoming()[1].may_retry);
  ASSERT_GE(tokens.size(), 2u);
  EXPECT_TRUE(tokens[0].empty());
  EXPECT_FALSE(tokens[1].empty());
  for (std::size_t i = 2; i < tokens.size(); ++i) EXPECT_EQ(tokens[i], tokens[1]);
  EXPECT_FALSE(pair.left_closed().has_value());
}

TEST(RetryPair, SurvivesTheLossOfAnyOneDatagram) {
  for (std::uint64_t lost = 0; lost < 8; ++lost) {
    SCOPED_TRACE(lost);
    EndpointPair pair(2);
    pair.right_retries(true);
    std::uint64_t count = 0;
    pair.filter = [&](bool, ByteSpan) { return count++ != lost; };
    pair.connect();
    EXPECT_TRUE(pair.run_until_connected());
  }
}

// [quic.md 35] [RFC 9000 §8.1.3]
TEST(RetryPair, ATokenFromAnotherAddressIsAnsweredByInvalidToken) {
  EndpointPair pair(3);
  pair.right_retries(true);
  pair.connect();
  pair.filter = [&](bool to_right, ByteSpan datagram) {
    const auto parsed = parse_packet(datagram, 8);
    if (!to_right && parsed && parsed->type == PacketType::retry) {
      pair.rebind_left(SocketAddr(pair.left_addr().ip(), 1001));
    }
    return true;
  };
  ASSERT_TRUE(pair.run_until([&] { return pair.left_closed().has_value(); }));
  EXPECT_EQ(pair.left_closed()->kind, CloseReason::Kind::connection_closed);
  EXPECT_EQ(pair.left_closed()->code, static_cast<std::uint64_t>(ErrorCode::invalid_token));
  EXPECT_EQ(pair.right_connection(), nullptr);
}

TEST(RetryPair, AnOldRetryTokenIsAnsweredByInvalidToken) {
  TransportConfig patient;
  patient.max_idle_timeout = base::seconds(120);
  EndpointPair pair(4, {.delay = base::seconds(8)}, patient);  // the token comes back after 16 s
  pair.right_retries(true);
  pair.connect();
  ASSERT_TRUE(pair.run_until([&] { return pair.left_closed().has_value(); }, base::seconds(120)));
  EXPECT_EQ(pair.left_closed()->code, static_cast<std::uint64_t>(ErrorCode::invalid_token));
}

TEST(RetryPair, RetryIsRefusedForAClientThatAnsweredOneAndForUnknownOnes) {
  EndpointPair pair(5);
  pair.right_hesitates(true);
  pair.connect();
  ASSERT_TRUE(pair.run_until([&] { return pair.incoming().size() == 1; }));
  EXPECT_TRUE(pair.right().retry(pair.now(), pair.incoming()[0].id));
  EXPECT_FALSE(pair.right().retry(pair.now(), pair.incoming()[0].id));
  ASSERT_TRUE(pair.run_until([&] { return pair.incoming().size() == 2; }));
  EXPECT_FALSE(pair.right().retry(pair.now(), pair.incoming()[1].id));
  pair.accept_right(pair.incoming()[1].id);
  EXPECT_TRUE(pair.run_until_connected());
}

// [quic.md §9.3 77]
TEST(RetryPair, ARefusalAfterARetryReachesTheClient) {
  EndpointPair pair(6);
  pair.right_hesitates(true);
  pair.connect();
  ASSERT_TRUE(pair.run_until([&] { return pair.incoming().size() == 1; }));
  EXPECT_TRUE(pair.right().retry(pair.now(), pair.incoming()[0].id));
  ASSERT_TRUE(pair.run_until([&] { return pair.incoming().size() == 2; }));
  pair.right().refuse(pair.now(), pair.incoming()[1].id);
  ASSERT_TRUE(pair.run_until([&] { return pair.left_closed().has_value(); }));
  EXPECT_EQ(pair.left_closed()->code, static_cast<std::uint64_t>(ErrorCode::connection_refused));
}

// [quic.md 95] [quic.md 35] A Retry with a wrong tag, and a second Retry, are nothing.
TEST(RetryPair, ForgedAndFurtherRetriesAreIgnored) {
  EndpointPair pair(7);
  pair.right_retries(true);
  std::optional<std::vector<std::byte>> retry;
  pair.filter = [&](bool to_right, ByteSpan datagram) {
    const auto parsed = parse_packet(datagram, 8);
    if (!to_right && parsed && parsed->type == PacketType::retry) retry.emplace(datagram.begin(), datagram.end());
    return true;
  };
  pair.connect();
  const SocketAddr elsewhere(IpAddr(IpAddr::V4{203, 0, 113, 9}), 9);
  ASSERT_TRUE(pair.run_until([&] { return retry.has_value(); }));
  auto forged = *retry;
  forged.back() ^= std::byte{1};
  pair.inject(false, elsewhere, forged);
  EXPECT_EQ(pair.left_connection()->four_tuple().remote, pair.right_addr());
  ASSERT_TRUE(pair.run_until([&] { return pair.incoming().size() == 2; }));
  pair.inject(false, elsewhere, *retry);
  EXPECT_EQ(pair.left_connection()->four_tuple().remote, pair.right_addr());
  EXPECT_TRUE(pair.run_until_connected());
}

// [quic.md §9.3 88] [endpoint.md §2.9]
TEST(RetryPair, ATokenOfAnEarlierConnectionValidatesTheNextOneOnce) {
  EndpointPair pair(8, {}, {}, with_new_tokens(2));
  pair.connect();
  ASSERT_TRUE(pair.run_until_connected());
  EXPECT_FALSE(pair.incoming().at(0).is_address_validated);
  leave(pair);
  std::optional<std::vector<std::byte>> first_datagram;
  pair.filter = [&](bool to_right, ByteSpan datagram) {
    if (to_right && !first_datagram) first_datagram.emplace(datagram.begin(), datagram.end());
    return true;
  };
  pair.connect();
  ASSERT_TRUE(pair.run_until_connected());
  EXPECT_TRUE(pair.incoming().at(0).is_address_validated);
  EXPECT_TRUE(pair.incoming().at(0).may_retry);
  leave(pair);
  // The same again: its token has been used.
  pair.inject(true, pair.left_addr(), *first_datagram);
  ASSERT_TRUE(pair.run_until([&] { return !pair.incoming().empty(); }));
  EXPECT_FALSE(pair.incoming().at(0).is_address_validated);
}

TEST(RetryPair, ATokenFromAnotherIpAddressLeavesTheAddressUnvalidated) {
  EndpointPair pair(9, {}, {}, with_new_tokens(1));
  pair.connect();
  ASSERT_TRUE(pair.run_until_connected());
  leave(pair);
  pair.rebind_left(SocketAddr(IpAddr(IpAddr::V4{10, 0, 0, 77}), 1000));
  pair.connect();
  ASSERT_TRUE(pair.run_until_connected());
  EXPECT_FALSE(pair.incoming().at(0).is_address_validated);
}

TEST(RetryPair, AValidatedClientMayStillBeAskedToRetry) {
  EndpointPair pair(10, {}, {}, with_new_tokens(1));
  pair.connect();
  ASSERT_TRUE(pair.run_until_connected());
  leave(pair);
  pair.right_retries(true);
  pair.connect();
  ASSERT_TRUE(pair.run_until_connected());
  ASSERT_EQ(pair.incoming().size(), 2u);
  EXPECT_TRUE(pair.incoming()[0].is_address_validated);
  EXPECT_TRUE(pair.incoming()[1].is_address_validated);
}

// [endpoint.md §2.9] By default there are none.
TEST(RetryPair, ServersSendNoNewTokensUnlessTold) {
  EndpointPair pair(11);
  pair.connect();
  ASSERT_TRUE(pair.run_until_connected());
  leave(pair);
  std::size_t token_size = 0;
  pair.filter = [&](bool to_right, ByteSpan datagram) {
    const auto parsed = parse_packet(datagram, 8);
    if (to_right && parsed && parsed->type == PacketType::initial) token_size += parsed->token.size();
    return true;
  };
  pair.connect();
  ASSERT_TRUE(pair.run_until_connected());
  EXPECT_EQ(token_size, 0u);
}

}  // namespace
}  // namespace iroh::quic
