// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/base/socket_addr.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <unordered_set>
#include <vector>

#include "base/random.hpp"
#include "iroh/base/parse_error.hpp"

namespace iroh::base {
namespace {

IpAddr ip(std::string_view text) {
  return IpAddr::parse(text).value();
}
SocketAddr addr(std::string_view text) {
  return SocketAddr::parse(text).value();
}

TEST(IpAddr, WritesTheUsualText) {
  for (const auto* text : {"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "::1", "1::", "2001:db8::1", "fe80::1:2",
                           "::ffff:1.2.3.4", "2001:db8:0:1:1:1:1:1", "1:0:0:2::3", "1:2:3:4:5:6:7:8"}) {
    EXPECT_EQ(ip(text).to_string(), text);
  }
  // [RFC 5952 §4.2] the first of the longest runs
  EXPECT_EQ(ip("1:0:0:2:0:0:0:3").to_string(), "1:0:0:2::3");
  EXPECT_EQ(ip("2001:0:0:1:0:0:1:1").to_string(), "2001::1:0:0:1:1");
  EXPECT_EQ(ip("2001:DB8::00A").to_string(), "2001:db8::a");
  EXPECT_EQ(ip("::1.2.3.4").to_string(), "::102:304");
}

TEST(IpAddr, RefusesEverythingElse) {
  for (const auto* text : {"",
                           "1.2.3",
                           "1.2.3.4.5",
                           "256.1.1.1",
                           "01.2.3.4",
                           "1.2.3.4 ",
                           " 1.2.3.4",
                           "1.2.3.+4",
                           "1..2.3",
                           ":",
                           ":::",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "1:2:3:4:5:6:7::8",
                           "::1::",
                           "12345::",
                           "g::",
                           "::1%3",
                           "[::1]",
                           "1:2:3:4:5:6:7:1.2.3.4",
                           "::1.2.3",
                           "1.2.3.4::",
                           "::1.2.3.4:5",
                           "1:",
                           ":1",
                           "-1::"}) {
    EXPECT_EQ(IpAddr::parse(text).error(), make_error_code(ParseError::invalid_ip_address)) << text;
  }
}

TEST(IpAddr, AgreesWithTheSystemsParser) {
  constexpr std::string_view characters = "0123af:::...f";
  SeededRandom random(12);
  int accepted = 0;
  for (int i = 0; i < 200000; ++i) {
    std::string text;
    for (auto length = random.below(14); length > 0; --length) text += characters[random.below(characters.size())];
    IpAddr::V6 octets{};
    const bool is_v6 = inet_pton(AF_INET6, text.c_str(), octets.data()) == 1;
    IpAddr::V4 v4_octets{};
    const bool is_v4 = inet_pton(AF_INET, text.c_str(), v4_octets.data()) == 1;
    const auto parsed = IpAddr::parse(text);
    ASSERT_EQ(parsed.has_value(), is_v4 || is_v6) << text;
    if (!parsed) continue;
    ++accepted;
    ASSERT_EQ(*parsed, is_v6 ? IpAddr(octets) : IpAddr(v4_octets)) << text;
    ASSERT_EQ(ip(parsed->to_string()), *parsed) << text;
  }
  EXPECT_GT(accepted, 100);
}

TEST(IpAddr, RoundTripsRandomAddresses) {
  SeededRandom random(13);
  for (int i = 0; i < 5000; ++i) {
    IpAddr::V6 octets{};
    // Zero groups are what the text is about.
    for (std::size_t group = 0; group < 8; ++group) {
      if (random.chance(1, 2)) random.fill(std::as_writable_bytes(std::span(octets).subspan(2 * group, 2)));
    }
    const IpAddr address(octets);
    EXPECT_EQ(ip(address.to_string()), address);
  }
}

TEST(IpAddr, KnowsItsKind) {
  EXPECT_TRUE(ip("0.0.0.0").is_unspecified());
  EXPECT_TRUE(ip("::").is_unspecified());
  EXPECT_FALSE(ip("0.0.0.1").is_unspecified());
  EXPECT_TRUE(ip("127.9.9.9").is_loopback());
  EXPECT_TRUE(ip("::1").is_loopback());
  EXPECT_FALSE(ip("::2").is_loopback());
  EXPECT_TRUE(ip("169.254.1.1").is_link_local());
  EXPECT_TRUE(ip("febf::1").is_link_local());
  EXPECT_FALSE(ip("fec0::1").is_link_local());
  EXPECT_TRUE(ip("224.0.0.1").is_multicast());
  EXPECT_TRUE(ip("ff02::1").is_multicast());
  EXPECT_FALSE(ip("fe02::1").is_multicast());
}

TEST(IpAddr, CanonicalFormUndoesTheMapping) {
  EXPECT_EQ(ip("::ffff:1.2.3.4").canonical(), ip("1.2.3.4"));
  EXPECT_EQ(ip("::1.2.3.4").canonical(), ip("::1.2.3.4"));
  EXPECT_EQ(ip("1.2.3.4").canonical(), ip("1.2.3.4"));
  EXPECT_EQ(IpAddr(ip("1.2.3.4").v6()).to_string(), "::ffff:1.2.3.4");
  EXPECT_EQ(addr("[::ffff:1.2.3.4%7]:5").canonical(), addr("1.2.3.4:5"));
  EXPECT_EQ(addr("[fe80::1%7]:5").canonical(), addr("[fe80::1%7]:5"));
}

TEST(SocketAddr, RoundTripsItsText) {
  for (const auto* text : {"192.0.2.1:443", "0.0.0.0:0", "[::]:65535", "[2001:db8::1]:443", "[fe80::1%3]:1",
                           "[fe80::1%4294967295]:1", "[::ffff:1.2.3.4]:5"}) {
    EXPECT_EQ(addr(text).to_string(), text);
  }
  EXPECT_EQ(addr("[fe80::1%3]:1").scope_id(), 3u);
}

TEST(SocketAddr, SaysWhatIsWrong) {
  const auto error = [](std::string_view text) { return SocketAddr::parse(text).error(); };
  for (const auto* text : {"", "1.2.3.4", "::1:443", "[::1]", "[::1", "[::1]443", "2001:db8::1:443"}) {
    EXPECT_EQ(error(text), make_error_code(ParseError::invalid_socket_address)) << text;
  }
  for (const auto* text : {"1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1", "1.2.3.4:+1", "1.2.3.4: 1", "1.2.3.4:1 ",
                           "[::1]:", "[::1]:65536", "[::1]:000001", "[::1]:0x1"}) {
    EXPECT_EQ(error(text), make_error_code(ParseError::invalid_port)) << text;
  }
  for (const auto* text : {"localhost:1", "[1.2.3.4]:1", "[localhost]:1", "[]:1", ":1"}) {
    EXPECT_EQ(error(text), make_error_code(ParseError::invalid_ip_address)) << text;
  }
  for (const auto* text :
       {"[fe80::1%]:1", "[fe80::1%eth0]:1", "[fe80::1%-1]:1", "[fe80::1%4294967296]:1", "1.2.3.4%1:1"}) {
    EXPECT_EQ(error(text), make_error_code(ParseError::invalid_zone)) << text;
  }
}

TEST(SocketAddr, OrdersByAddressPortFlowInfoAndScope) {
  // [endpoint.md 6] every IPv4 address before every IPv6 address
  const IpAddr v6 = ip("::1");
  std::vector<SocketAddr> sorted{addr("1.1.1.1:9"),  addr("1.1.1.1:10"),        addr("9.1.1.1:1"),
                                 addr("10.1.1.1:1"), addr("255.255.255.255:1"), addr("[::]:5"),
                                 SocketAddr(v6, 1),  SocketAddr(v6, 1, 0, 1),   SocketAddr(v6, 1, 1, 0),
                                 SocketAddr(v6, 2),  addr("[2001:db8::1]:1")};
  EXPECT_TRUE(std::ranges::is_sorted(sorted));
  EXPECT_EQ(std::unordered_set<SocketAddr>(sorted.begin(), sorted.end()).size(), sorted.size());
}

TEST(SocketAddr, CanBeStreamedAndHashed) {
  std::ostringstream out;
  out << addr("[::1]:1") << ' ' << ip("1.2.3.4");
  EXPECT_EQ(out.str(), "[::1]:1 1.2.3.4");
  EXPECT_EQ(std::hash<SocketAddr>()(addr("[::1]:1")), std::hash<SocketAddr>()(addr("[0::1]:1")));
  EXPECT_NE(std::hash<IpAddr>()(ip("1.2.3.4")), std::hash<IpAddr>()(ip("::ffff:1.2.3.4")));
}

}  // namespace
}  // namespace iroh::base
