// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/identity/endpoint_addr.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <unordered_set>

#include "identity/key_vectors.hpp"
#include "iroh/base/parse_error.hpp"

namespace iroh::identity {
namespace {

using test::bytes_of;
using test::repeat;
using test::sample_id;

SocketAddr ip(std::string_view text) {
  return SocketAddr::parse(text).value();
}
RelayUrl relay(std::string_view text) {
  return RelayUrl::parse(text).value();
}
CustomAddr custom(std::string_view text) {
  return CustomAddr::parse(text).value();
}

const std::string id_hex = test::key_vectors()[3].id;

// [endpoint.md 6]
TEST(EndpointAddr, IsASortedSetWhateverTheOrderOfInsertion) {
  const std::vector<TransportAddr> sorted{relay("http://z.example"),
                                          relay("https://a.example"),
                                          ip("1.1.1.1:2"),
                                          ip("1.1.1.1:10"),
                                          ip("9.1.1.1:1"),
                                          ip("[::]:1"),
                                          ip("[2001:db8::1]:1"),
                                          custom("1_"),
                                          custom("1_ff"),
                                          custom("1_0000")};
  base::SeededRandom random(30);
  for (int round = 0; round < 200; ++round) {
    std::vector<TransportAddr> mixed = sorted;
    for (std::size_t i = mixed.size(); i > 1; --i) std::swap(mixed[i - 1], mixed[random.below(i)]);
    mixed.insert(mixed.begin(), mixed[random.below(mixed.size())]);
    EndpointAddr one_by_one(sample_id());
    for (const auto& addr : mixed) one_by_one.insert(addr);
    EXPECT_TRUE(std::ranges::equal(one_by_one.addrs(), sorted));
    EXPECT_EQ(EndpointAddr(sample_id(), mixed), one_by_one);
    EXPECT_EQ(EndpointAddr(sample_id()).with_addrs(mixed), one_by_one);
  }
}

TEST(EndpointAddr, InsertsAndRemoves) {
  EndpointAddr addr = sample_id();
  EXPECT_TRUE(addr.is_empty());
  EXPECT_TRUE(addr.insert(ip("1.1.1.1:1")));
  EXPECT_FALSE(addr.insert(ip("1.1.1.1:1")));
  EXPECT_TRUE(addr.contains(ip("1.1.1.1:1")));
  EXPECT_FALSE(addr.contains(ip("1.1.1.1:2")));
  EXPECT_FALSE(addr.remove(ip("1.1.1.1:2")));
  EXPECT_TRUE(addr.remove(ip("1.1.1.1:1")));
  EXPECT_EQ(addr, EndpointAddr(sample_id()));
}

TEST(EndpointAddr, ShowsItsPartsByKind) {
  const auto addr = EndpointAddr(sample_id())
                        .with_ip_addr(ip("[::1]:1"))
                        .with_addr(custom("1_ab"))
                        .with_relay_url(relay("https://r.example"))
                        .with_ip_addr(ip("1.2.3.4:5"));
  std::vector<std::string> texts;
  for (const RelayUrl& url : addr.relay_urls()) texts.push_back(url.to_string());
  for (const SocketAddr& socket_addr : addr.ip_addrs()) texts.push_back(socket_addr.to_string());
  EXPECT_EQ(texts, (std::vector<std::string>{"https://r.example/", "1.2.3.4:5", "[::1]:1"}));
  EXPECT_EQ(addr.relay_urls_only(), EndpointAddr(sample_id()).with_relay_url(relay("https://r.example")));
  std::ostringstream out;
  out << addr;
  EXPECT_EQ(out.str(), id_hex + " [relay:https://r.example/, ip:1.2.3.4:5, ip:[::1]:1, custom:1_ab]");
  EXPECT_EQ(EndpointAddr(sample_id()).to_string(), id_hex + " []");
}

TEST(EndpointAddr, IsAValue) {
  const EndpointAddr left = EndpointAddr(sample_id()).with_ip_addr(ip("1.2.3.4:5"));
  const EndpointAddr right = EndpointAddr(sample_id()).with_ip_addr(ip("1.2.3.4:6"));
  EXPECT_LT(left, right);
  EXPECT_EQ((std::unordered_set<EndpointAddr>{left, right, left}.size()), 2u);
}

TEST(EndpointAddr, WritesAndReadsJson) {
  // [endpoint.md §1.5]
  const auto addr = EndpointAddr(sample_id())
                        .with_addr(custom("2a_01ff"))
                        .with_ip_addr(ip("192.0.2.1:443"))
                        .with_relay_url(relay("https://r.example"));
  const std::string text = R"({"id":")" + id_hex +
                           R"(","addrs":[{"Relay":"https://r.example/"},{"Ip":"192.0.2.1:443"},)" +
                           R"({"Custom":{"id":42,"data":[1,255]}}]})";
  EXPECT_EQ(addr.to_json(), text);
  EXPECT_EQ(EndpointAddr::from_json(text), addr);
  EXPECT_EQ(EndpointAddr::from_json(R"({"id":")" + id_hex + R"(","addrs":[]})"), EndpointAddr(sample_id()));
}

TEST(EndpointAddr, ReadsTheJsonOfIroh10AsWell) {
  std::string zeros;
  for (int i = 0; i < 28; ++i) zeros += ",0";
  const std::string head = R"({"addrs":[{"Custom":{"id":42,"data":)";
  const std::string tail = R"(}}],"id":"aoqqpp7tzyil4hlq3umoos6atft6jvrqtosq2xy53sdgiesvgg4a","more":1})";
  const auto expected = EndpointAddr(sample_id()).with_addr(custom("2a_01ff"));
  EXPECT_EQ(EndpointAddr::from_json(head + R"({"Inline":{"size":2,"data":[1,255)" + zeros + "]}}" + tail), expected);
  EXPECT_EQ(EndpointAddr::from_json(head + R"({"Heap":[1,255]})" + tail), expected);
  // [endpoint.md 10]
  EXPECT_FALSE(EndpointAddr::from_json(head + R"({"Inline":{"size":31,"data":[1,255)" + zeros + "]}}" + tail));
  EXPECT_FALSE(EndpointAddr::from_json(head + R"({"Inline":{"size":2,"data":[1,255]}})" + tail));
}

TEST(EndpointAddr, SaysWhatIsWrongWithJson) {
  const auto error = [](const std::string& addrs) {
    return EndpointAddr::from_json(R"({"id":")" + id_hex + R"(","addrs":)" + addrs + "}").error();
  };
  EXPECT_EQ(EndpointAddr::from_json("{").error(), make_error_code(AddrError::json_syntax));
  EXPECT_EQ(EndpointAddr::from_json(std::string(100000, '[')).error(), make_error_code(AddrError::json_syntax));
  for (const auto* text : {"[]", "1", R"({"addrs":[]})", R"({"id":1,"addrs":[]})"}) {
    EXPECT_EQ(EndpointAddr::from_json(text).error(), make_error_code(AddrError::json_invalid)) << text;
  }
  EXPECT_EQ(EndpointAddr::from_json(R"({"id":"00","addrs":[]})").error(), make_error_code(KeyError::invalid_length));
  for (const auto* addrs :
       {"{}", "[1]", "[{}]", R"([{"Ip":1}])", R"([{"Ip":"1.1.1.1:1","Relay":"http://x"}])", R"([{"Other":"x"}])",
        R"([{"Custom":"x"}])", R"([{"Custom":{"id":-1,"data":[]}}])", R"([{"Custom":{"id":1,"data":[256]}}])",
        R"([{"Custom":{"id":1.0,"data":[]}}])", R"([{"Custom":{"id":1,"data":["1"]}}])",
        R"([{"Custom":{"id":1,"data":[1.0]}}])", R"([{"Custom":{"id":1}}])"}) {
    EXPECT_EQ(error(addrs), make_error_code(AddrError::json_invalid)) << addrs;
  }
  EXPECT_EQ(error(R"([{"Relay":"nothing"}])"), make_error_code(AddrError::url_without_scheme));
  EXPECT_EQ(error(R"([{"Ip":"1.1.1.1"}])"), make_error_code(ParseError::invalid_socket_address));
}

// [endpoint.md §1.7.3]
TEST(EndpointAddr, WritesCustomAddressesInEitherForm) {
  const auto addr = EndpointAddr(sample_id()).with_addr(custom("544f52_a1b2c3d4e5f6"));
  EXPECT_EQ(base::to_hex(addr.to_postcard()), id_hex + "0102d29ed10206a1b2c3d4e5f6");
  EXPECT_EQ(base::to_hex(addr.to_postcard(CustomAddrForm::iroh_1_0)),
            id_hex + "0102d29ed1020006a1b2c3d4e5f6" + repeat("00", 24));
  const auto longer = EndpointAddr(sample_id()).with_addr(custom("20_" + repeat("ab", 31)));
  EXPECT_EQ(base::to_hex(longer.to_postcard(CustomAddrForm::iroh_1_0)), id_hex + "010220011f" + repeat("ab", 31));
}

// [endpoint.md 10]
TEST(EndpointAddr, RefusesAnInlineSizeBeyondItsField) {
  const auto with_size = [](std::string_view size) {
    return EndpointAddr::from_postcard(bytes_of(id_hex + "0102d29ed10200" + std::string(size) + repeat("00", 30)));
  };
  EXPECT_EQ(with_size("1e").value(), EndpointAddr(sample_id()).with_addr(custom("544f52_" + repeat("00", 30))));
  // Read as 1.4 the value is an address with no data and 31 bytes left over, which is legal.
  EXPECT_EQ(with_size("1f").value(), EndpointAddr(sample_id()).with_addr(custom("544f52_")));
  // Two of them cannot be read as 1.4 at all.
  const std::string entry = "02d29ed102001f" + repeat("ff", 30);
  EXPECT_EQ(EndpointAddr::from_postcard(bytes_of(id_hex + "02" + entry + entry)).error(),
            make_error_code(AddrError::postcard_unknown_kind));
}

TEST(EndpointAddr, SaysWhatIsWrongWithPostcard) {
  const auto error = [](const std::string& hex) { return EndpointAddr::from_postcard(bytes_of(hex)).error(); };
  EXPECT_EQ(error(id_hex.substr(2)), make_error_code(AddrError::postcard_truncated));
  EXPECT_EQ(error(id_hex), make_error_code(AddrError::postcard_truncated));
  EXPECT_EQ(error(id_hex + "01"), make_error_code(AddrError::postcard_truncated));
  EXPECT_EQ(error(id_hex + "0101007f0000"), make_error_code(AddrError::postcard_truncated));
  EXPECT_EQ(error(id_hex + "0101007f000001"), make_error_code(AddrError::postcard_truncated));
  EXPECT_EQ(error(id_hex + "0101007f000001ffff04"), make_error_code(AddrError::postcard_invalid));
  EXPECT_EQ(error(id_hex + "010102"), make_error_code(AddrError::postcard_unknown_kind));
  EXPECT_EQ(error(id_hex + "0103"), make_error_code(AddrError::postcard_unknown_kind));
  EXPECT_EQ(error(id_hex + "010003" + "68c328"), make_error_code(AddrError::url_not_utf8));
  EXPECT_EQ(error("02" + repeat("00", 31) + "00"), make_error_code(KeyError::invalid_key_data));
}

TEST(EndpointAddr, DoesNotBelieveACountBeforeTheAddressesAreThere) {
  const auto addr = EndpointAddr::from_postcard(bytes_of(id_hex + "ffffffffffffffffff01" + "01007f00000109"));
  ASSERT_FALSE(addr);
  EXPECT_EQ(addr.error(), make_error_code(AddrError::postcard_truncated));
}

/// Calls everything that looks at the address.
std::size_t touch(const EndpointAddr& addr) {
  std::size_t size = addr.to_string().size() + addr.to_json().size() + std::hash<EndpointAddr>()(addr) % 2;
  for (const RelayUrl& url : addr.relay_urls()) size += url.host().size() + url.scheme().size();
  for (const SocketAddr& socket_addr : addr.ip_addrs()) size += socket_addr.canonical().to_string().size();
  return size + addr.to_postcard(CustomAddrForm::iroh_1_0).size();
}

/// Flips one bit and uses whatever the result decodes to.
void expect_survival(std::vector<std::byte> bytes, std::size_t bit) {
  bytes[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
  const auto decoded = EndpointAddr::from_postcard(bytes);
  if (!decoded) return;
  EXPECT_GT(touch(*decoded), 0u);
  EXPECT_EQ(EndpointAddr::from_postcard(decoded->to_postcard()), *decoded);
}

// [endpoint.md 10]
TEST(EndpointAddr, SurvivesEveryFlippedBit) {
  const auto addr = EndpointAddr(sample_id())
                        .with_relay_url(relay("http://r.x:1"))
                        .with_ip_addr(ip("1.2.3.4:500"))
                        .with_ip_addr(ip("[::1]:5"))
                        .with_addr(custom("544f52_0102"));
  for (const auto form : {CustomAddrForm::iroh_1_4, CustomAddrForm::iroh_1_0}) {
    const auto bytes = addr.to_postcard(form);
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) expect_survival(bytes, bit);
  }
}

// [endpoint.md 10]
TEST(EndpointAddr, SurvivesFlippedBitsInRandomAddresses) {
  base::SeededRandom random(31);
  for (int round = 0; round < 30; ++round) {
    const EndpointAddr addr = test::random_addr(random);
    const auto bytes = addr.to_postcard(round % 2 == 0 ? CustomAddrForm::iroh_1_4 : CustomAddrForm::iroh_1_0);
    for (int i = 0; i < 30; ++i) expect_survival(bytes, random.below(bytes.size() * 8));
  }
}

TEST(EndpointAddr, RoundTripsRandomAddresses) {
  base::SeededRandom random(32);
  for (int round = 0; round < 150; ++round) {
    const EndpointAddr addr = test::random_addr(random);
    ASSERT_EQ(EndpointAddr::from_postcard(addr.to_postcard()), addr) << addr;
    ASSERT_EQ(EndpointAddr::from_postcard(addr.to_postcard(CustomAddrForm::iroh_1_0)), addr) << addr;
    ASSERT_EQ(EndpointAddr::from_json(addr.to_json()), addr) << addr;
  }
}

TEST(AddrErrors, AllHaveATextOfTheirOwn) {
  std::unordered_set<std::string> texts;
  for (int value = 1; value <= static_cast<int>(AddrError::json_invalid); ++value) {
    texts.insert(addr_category().message(value));
  }
  EXPECT_EQ(texts.size(), static_cast<std::size_t>(AddrError::json_invalid));
  EXPECT_FALSE(texts.contains("unknown error"));
}

}  // namespace
}  // namespace iroh::identity
