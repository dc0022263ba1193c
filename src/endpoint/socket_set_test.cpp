// SPDX-License-Identifier: MIT OR Apache-2.0
#include "endpoint/socket_set.hpp"
#include "endpoint/test_addr.hpp"

#include <gtest/gtest.h>

namespace iroh::endpoint {
namespace {

IpAddr ip(const char* text) {
  return IpAddr::parse(text).value();
}

BoundSocket bound(const char* text, std::uint8_t prefix_len = 0, bool is_default_route = false) {
  return {.socket = nullptr, .addr = addr(text), .prefix_len = prefix_len, .is_default_route = is_default_route};
}

SocketList lan_and_wildcards() {
  SocketList sockets;
  sockets.push_back(bound("10.1.2.3:1", 24));
  sockets.push_back(bound("10.1.0.3:2", 16));
  sockets.push_back(bound("0.0.0.0:3", 0, true));
  sockets.push_back(bound("[::]:4", 0, true));
  return sockets;
}

TEST(SelectSocket, TheNetworkWithTheLongestPrefixWins) {
  const SocketList sockets = lan_and_wildcards();
  EXPECT_EQ(select_socket(sockets, addr("10.1.2.9:9"), std::nullopt), 0u);
  EXPECT_EQ(select_socket(sockets, addr("10.1.9.9:9"), std::nullopt), 1u);
  EXPECT_EQ(select_socket(sockets, addr("192.0.2.1:9"), std::nullopt), 2u);
  EXPECT_EQ(select_socket(sockets, addr("[2001:db8::1]:9"), std::nullopt), 3u);
}

// [endpoint.md 36] Replies leave from the address that the peer sent to.
TEST(SelectSocket, AGivenSourceDecidesWhateverTheDestination) {
  const SocketList sockets = lan_and_wildcards();
  EXPECT_EQ(select_socket(sockets, addr("192.0.2.1:9"), ip("10.1.0.3")), 1u);
  EXPECT_EQ(select_socket(sockets, addr("10.1.2.9:9"), ip("192.0.2.200")), 2u);  // only the wildcard can have that
}

TEST(SelectSocket, NothingLeadsToAFamilyWithoutASocket) {
  SocketList sockets;
  sockets.push_back(bound("10.1.2.3:1", 24));
  EXPECT_EQ(select_socket(sockets, addr("[2001:db8::1]:9"), std::nullopt), std::nullopt);
  EXPECT_EQ(select_socket(sockets, addr("192.0.2.1:9"), std::nullopt), std::nullopt);
}

TEST(SelectSocket, ALinkLocalDestinationFindsTheSocketOfItsScope) {
  SocketList sockets;
  sockets.push_back(bound("[fe80::1%2]:1", 64));
  sockets.push_back(bound("[::]:4", 0, true));
  EXPECT_EQ(select_socket(sockets, addr("[fe80::9%2]:9"), std::nullopt), 0u);
}

TEST(IsInNetwork, ComparesExactlyThePrefix) {
  EXPECT_TRUE(is_in_network(ip("10.1.2.200"), ip("10.1.2.3"), 24));
  EXPECT_FALSE(is_in_network(ip("10.1.3.3"), ip("10.1.2.3"), 24));
  EXPECT_TRUE(is_in_network(ip("10.1.3.3"), ip("10.1.2.3"), 23));
  EXPECT_FALSE(is_in_network(ip("10.1.4.3"), ip("10.1.2.3"), 23));
  EXPECT_FALSE(is_in_network(ip("10.1.2.4"), ip("10.1.2.3"), 32));
  EXPECT_TRUE(is_in_network(ip("2001:db8::1"), ip("2001:db9::1"), 31));
  EXPECT_FALSE(is_in_network(ip("2001:db8::1"), ip("2001:db9::1"), 32));
  EXPECT_FALSE(is_in_network(ip("::1"), ip("127.0.0.1"), 0));
}

}  // namespace
}  // namespace iroh::endpoint
