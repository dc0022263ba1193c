// SPDX-License-Identifier: MIT OR Apache-2.0
// What our ClientHello and our certificates look like on the wire. [endpoint.md §2.2]
#include <gtest/gtest.h>

#include <map>

#include "base/byte_reader.hpp"
#include "base/hex.hpp"
#include "tls/raw_public_key.hpp"
#include "tls/session_test_support.hpp"

namespace iroh::tls {
namespace {

struct ClientHello {
  std::string session_id, suites, compression;
  std::map<int, std::string> extensions;  // in hex
};

base::ByteSpan block(base::ByteReader& reader, int length_size) {
  const std::size_t size = length_size == 1 ? reader.u8().value() : reader.u16().value();
  return reader.bytes(size).value();
}

ClientHello parse(base::ByteSpan bytes) {
  base::ByteReader reader(bytes);
  EXPECT_EQ(reader.u32(), 0x0100'0000 + bytes.size() - 4);
  EXPECT_EQ(reader.u16(), 0x0303);
  EXPECT_TRUE(reader.skip(32));
  ClientHello hello;
  hello.session_id = base::to_hex(block(reader, 1));
  hello.suites = base::to_hex(block(reader, 2));
  hello.compression = base::to_hex(block(reader, 1));
  base::ByteReader extensions(block(reader, 2));
  EXPECT_TRUE(reader.is_empty());
  while (!extensions.is_empty()) {
    const int type = extensions.u16().value();
    EXPECT_TRUE(hello.extensions.emplace(type, base::to_hex(block(extensions, 2))).second) << type;
  }
  return hello;
}

Bytes hello_bytes(Bytes ticket = {}) {
  Party client = test_client(1, 2, {"test/0", "x"}, std::move(ticket));
  client.start();
  return client.to_send.at(0).bytes;
}

// [endpoint.md 12]
TEST(ClientHello, OffersTls13WithEd25519AndRawKeysAlone) {
  const ClientHello hello = parse(hello_bytes());
  EXPECT_EQ(hello.extensions.at(43), "020304");
  EXPECT_EQ(hello.extensions.at(13), "00020807");
  EXPECT_EQ(hello.extensions.at(19), "0102");
  EXPECT_EQ(hello.extensions.at(20), "0102");
  EXPECT_EQ(hello.suites, "130113021303");
  EXPECT_EQ(hello.extensions.at(10), "0006001d00170018");
  EXPECT_EQ(hello.compression, "00");
  EXPECT_EQ(hello.session_id, "");
}

TEST(ClientHello, SendsOneKeyShareForX25519) {
  const std::string share = parse(hello_bytes()).extensions.at(51);
  EXPECT_EQ(share.substr(0, 12), "0024001d0020");
  EXPECT_EQ(share.size(), 2u * 38);
}

// [endpoint.md 13]
TEST(ClientHello, CarriesNoServerName) {
  EXPECT_FALSE(parse(hello_bytes()).extensions.contains(0));
}

TEST(ClientHello, CarriesProtocolsAndTransportParameters) {
  const ClientHello hello = parse(hello_bytes());
  EXPECT_EQ(hello.extensions.at(16),
            "0009"
            "06"
            "746573742f30"
            "01"
            "78");
  EXPECT_EQ(hello.extensions.at(57), base::to_hex(from_text("client parameters")));
}

// [endpoint.md §2.2] Needed for tickets; only the mode with forward secrecy.
TEST(ClientHello, AllowsResumptionWithAKeyExchangeOnly) {
  EXPECT_EQ(parse(hello_bytes()).extensions.at(45), "0101");
}

// status_request (5), ec_point_formats (11), extended_master_secret (23) and record_size_limit (28) are by-products of
// GnuTLS, which peers ignore; all others are meant.
TEST(ClientHello, HoldsNothingElse) {
  std::vector<int> types;
  for (const auto& [type, data] : parse(hello_bytes()).extensions) types.push_back(type);
  EXPECT_EQ(types, (std::vector<int>{5, 10, 11, 13, 16, 19, 20, 23, 28, 43, 45, 51, 57}));
}

// [endpoint.md §2.3], [endpoint.md 15]
TEST(RawPublicKey, IsTheOnlyCertificateOfBothSides) {
  Party client = test_client(1, 2);
  Party server = test_server(2);
  std::map<int, Bytes> from_client;
  std::map<int, Bytes> from_server;
  const auto record = [](std::map<int, Bytes>& messages) {
    return [&messages](Level, Bytes& message) { messages[std::to_integer<int>(message[0])] = message; };
  };
  exchange(client, server, SIZE_MAX, record(from_client), record(from_server));
  ASSERT_TRUE(server.session->is_complete());
  const auto expected = [](unsigned char key) {
    const auto id = test_key(key).public_key();
    return "0b000035"
           "00"
           "000031"
           "00002c"
           "302a300506032b6570032100" +
           id.to_string() + "0000";
  };
  EXPECT_EQ(base::to_hex(from_client.at(11)), expected(1));
  EXPECT_EQ(base::to_hex(from_server.at(11)), expected(2));
  EXPECT_EQ(base::to_hex(from_client.at(15)).substr(0, 16), "0f00004408070040");
  EXPECT_EQ(base::to_hex(from_server.at(15)).substr(0, 16), "0f00004408070040");
  // [endpoint.md §2.4] The extension signature_algorithms; GnuTLS adds an empty status_request.
  EXPECT_EQ(base::to_hex(from_server.at(13)),
            "0d00000f"
            "00"
            "000c"
            "000d000400020807"
            "00050000");
}

TEST(RawPublicKey, RoundTripsAndRefusesOtherEncodings) {
  const auto id = test_key(5).public_key();
  Spki spki = encode_spki(id.bytes());
  ASSERT_TRUE(decode_spki(spki).has_value());
  EXPECT_TRUE(base::equal(*decode_spki(spki), id.bytes()));
  EXPECT_FALSE(decode_spki(base::ByteSpan(spki).first(43)).has_value());
  for (std::size_t i = 0; i < 12; ++i) {
    spki[i] ^= std::byte{1};
    EXPECT_FALSE(decode_spki(spki).has_value()) << i;
    spki[i] ^= std::byte{1};
  }
}

}  // namespace
}  // namespace iroh::tls
