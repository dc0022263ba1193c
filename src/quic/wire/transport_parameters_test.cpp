// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/wire/transport_parameters.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/byte_reader.hpp"
#include "base/byte_writer.hpp"
#include "base/hex.hpp"
#include "base/varint.hpp"
#include "quic/test_values.hpp"
#include "quic/wire/transport_parameter_id.hpp"

namespace iroh::quic {
namespace {

/// What an iroh endpoint sends. [quic.md §2.2]
TransportParameters iroh_parameters() {
  TransportParameters p;
  p.max_idle_timeout_ms = 30'000;
  p.max_udp_payload_size = 1472;
  p.initial_max_data = base::varint_max;
  p.initial_max_stream_data_bidi_local = 1'250'000;
  p.initial_max_stream_data_bidi_remote = 1'250'000;
  p.initial_max_stream_data_uni = 1'250'000;
  p.initial_max_streams_bidi = 100;
  p.initial_max_streams_uni = 100;
  p.active_connection_id_limit = 5;
  p.initial_source_connection_id = cid("a0a1a2a3a4a5a6a7");
  p.max_datagram_frame_size = 65'535;
  p.initial_max_path_id = 7;
  p.min_ack_delay_us = 1000;
  p.nat_traversal_limit = 32;
  return p;
}

/// The parameters as single encoded pieces, in the order of the wire.
std::vector<std::string> pieces_of(ByteSpan encoded) {
  std::vector<std::string> pieces;
  base::ByteReader reader(encoded);
  while (!reader.is_empty()) {
    const std::size_t from = reader.position();
    EXPECT_TRUE(reader.varint());
    EXPECT_TRUE(reader.varint_bytes());
    pieces.push_back(base::to_hex(encoded.subspan(from, reader.position() - from)));
  }
  return pieces;
}

bool is_reserved(const std::string& piece) {
  const auto bytes = hex(piece);
  return base::ByteReader(bytes).varint().value() % 31 == 27;
}

void expect_rejected(std::string_view text, Side sender = Side::server) {
  const auto decoded = decode_transport_parameters(hex(text), sender);
  ASSERT_FALSE(decoded) << text;
  EXPECT_EQ(decoded.error().code, ErrorCode::transport_parameter_error) << text;
}

TransportParameters decoded(std::string_view text, Side sender = Side::server) {
  const auto result = decode_transport_parameters(hex(text), sender);
  EXPECT_TRUE(result) << text;
  return result.value_or(TransportParameters{});
}

TransportParameters random_parameters(base::Random& random, Side sender) {
  const auto value = [&] { return random.next_u64() >> (2 + random.below(62)); };
  const auto coin = [&] { return random.chance(1, 2); };
  const auto random_cid = [&] {
    std::vector<std::byte> bytes(random.below(21));
    random.fill(bytes);
    return ConnectionId(bytes);
  };
  TransportParameters p;
  p.max_idle_timeout_ms = value();
  p.max_udp_payload_size = 1200 + value() / 2;
  p.initial_max_data = value();
  p.initial_max_stream_data_bidi_local = value();
  p.initial_max_stream_data_bidi_remote = value();
  p.initial_max_stream_data_uni = value();
  p.initial_max_streams_bidi = value() % (stream_count_max + 1);
  p.initial_max_streams_uni = value() % (stream_count_max + 1);
  p.ack_delay_exponent = random.below(21);
  p.max_ack_delay_ms = random.below(1u << 14);
  p.disable_active_migration = coin();
  p.active_connection_id_limit = 2 + value() / 2;
  if (coin()) p.initial_source_connection_id = random_cid();
  if (coin()) p.max_datagram_frame_size = value();
  p.grease_quic_bit = coin();
  if (coin()) p.initial_max_path_id = static_cast<std::uint32_t>(value());
  if (coin()) p.address_discovery_role = static_cast<AddressDiscoveryRole>(random.below(3));
  if (coin()) p.min_ack_delay_us = random.below(p.max_ack_delay_ms * 1000 + 1);
  if (coin()) p.nat_traversal_limit = static_cast<std::uint8_t>(1 + random.below(255));
  if (sender == Side::client) return p;
  if (coin()) p.original_destination_connection_id = random_cid();
  if (coin()) p.retry_source_connection_id = random_cid();
  if (coin()) random.fill(p.stateless_reset_token.emplace());
  if (coin()) {
    PreferredAddress& preferred = p.preferred_address.emplace();
    preferred.cid = cid("01020304");
    random.fill(preferred.token);
    preferred.v4 = SocketAddr(IpAddr(IpAddr::V4{192, 0, 2, 1}), 443);
    if (coin()) preferred.v6 = SocketAddr(IpAddr::v6_loopback(), 8443);
  }
  return p;
}

// [quic.md §2.2] The column "iroh sends".
TEST(TransportParameters, AreEncodedAsIrohSendsThem) {
  base::SeededRandom random(1);
  const auto pieces = pieces_of(encode(iroh_parameters(), Side::client, random));
  std::set<std::string> known;
  for (const auto& piece : pieces) {
    if (!is_reserved(piece)) known.insert(piece);
  }
  EXPECT_EQ(known,
            (std::set<std::string>{"010480007530", "030245c0", "0408ffffffffffffffff", "0504801312d0", "0604801312d0",
                                   "0704801312d0", "08024064", "09024064", "0e0105", "0f08a0a1a2a3a4a5a6a7",
                                   "20048000ffff", "3e0107", "c0000000ff04de1b0243e8", "c0003d7f911204010120"}));
}

// [quic.md 1]
TEST(TransportParameters, CarryExactlyOneReservedOneOfAtMost15Bytes) {
  std::set<std::string> reserved;
  std::set<std::size_t> sizes;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    base::SeededRandom random(seed);
    std::size_t count = 0;
    for (const auto& piece : pieces_of(encode(iroh_parameters(), Side::client, random))) {
      if (!is_reserved(piece)) continue;
      ++count;
      reserved.insert(piece);
      const auto bytes = hex(piece);
      base::ByteReader reader(bytes);
      reader.varint();
      sizes.insert(static_cast<std::size_t>(reader.varint().value()));
    }
    EXPECT_EQ(count, 1u);
  }
  EXPECT_GT(reserved.size(), 190u);
  EXPECT_EQ(*sizes.begin(), 0u);
  EXPECT_EQ(*sizes.rbegin(), 15u);
}

// [quic.md §2.1]
TEST(TransportParameters, ComeInADifferentOrderEachTime) {
  std::set<std::vector<std::string>> orders;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    base::SeededRandom random(seed);
    auto pieces = pieces_of(encode(iroh_parameters(), Side::client, random));
    std::erase_if(pieces, is_reserved);
    orders.insert(pieces);
  }
  EXPECT_GT(orders.size(), 15u);
}

// [quic.md §2.1]
TEST(TransportParameters, EqualToTheirDefaultAreOmitted) {
  base::SeededRandom random(1);
  EXPECT_EQ(pieces_of(encode(TransportParameters{}, Side::server, random)).size(), 1u);  // the reserved one
  EXPECT_EQ(decoded(""), TransportParameters{});
}

TEST(TransportParameters, SurviveARoundTripWithRandomValues) {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    base::SeededRandom random(seed);
    const Side sender = random.chance(1, 2) ? Side::client : Side::server;
    const TransportParameters p = random_parameters(random, sender);
    const auto result = decode_transport_parameters(encode(p, sender, random), sender);
    ASSERT_TRUE(result) << result.error().reason;
    EXPECT_EQ(*result, p);
  }
}

// [quic.md 1]
TEST(TransportParameters, UnknownOnesAreIgnoredEvenTwice) {
  EXPECT_EQ(decoded("1b03010203"
                    "1b00"
                    "7fff01aa"
                    "7fff00"),
            TransportParameters{});
}

// [quic.md 2]
TEST(TransportParameters, TruncatedOnesAreRejected) {
  expect_rejected("01");
  expect_rejected("0102");
  expect_rejected(
      "010480007530"
      "40");
  expect_rejected("c0000000ff04de1b0243");
}

// [quic.md 2] noq lets two of them pass; we do not. [quic.md §11 #19]
TEST(TransportParameters, DuplicatesAreRejected) {
  base::SeededRandom random(5);
  TransportParameters p = iroh_parameters();
  p.grease_quic_bit = true;
  p.disable_active_migration = true;
  p.ack_delay_exponent = 4;
  p.max_ack_delay_ms = 26;
  p.address_discovery_role = AddressDiscoveryRole::both;
  p.original_destination_connection_id = cid("01");
  p.retry_source_connection_id = cid("02");
  p.stateless_reset_token.emplace();
  p.preferred_address = PreferredAddress{SocketAddr(IpAddr::v4_loopback(), 1), {}, cid("03"), {}};
  const auto pieces = pieces_of(encode(p, Side::server, random));
  EXPECT_EQ(pieces.size(), known_transport_parameters.size() + 1);
  for (const auto& piece : pieces) {
    if (!is_reserved(piece)) expect_rejected(piece + piece);
  }
}

// [quic.md 2] [quic.md §2.1] The declared length must be that of the varint.
TEST(TransportParameters, IntegersThatDoNotFillTheirLengthAreRejected) {
  for (const std::string id : {"01", "03", "04", "05", "06", "07", "08", "09", "0a", "0b", "0e", "20", "3e",
                               "c00000009f81a176", "c0000000ff04de1b"}) {
    expect_rejected(id + "00");
    expect_rejected(id + "0140");
    expect_rejected(id + "024501" + "00");
    expect_rejected(id + "03450100");
  }
}

// [quic.md 2] [quic.md §2.2]
TEST(TransportParameters, ValuesOutOfRangeAreRejected) {
  expect_rejected("030244af");  // max_udp_payload_size 1199
  EXPECT_EQ(decoded("030244b0").max_udp_payload_size, 1200u);
  for (const std::string id : {"08", "09"}) {
    expect_rejected(id + "08d000000000000001");
    decoded(id + "08d000000000000000");
  }
  expect_rejected("0a0115");  // ack_delay_exponent 21
  EXPECT_EQ(decoded("0a0114").ack_delay_exponent, 20u);
  expect_rejected("0b0480004000");  // max_ack_delay 2^14
  EXPECT_EQ(decoded("0b027fff").max_ack_delay_ms, 16383u);
  expect_rejected("0e0101");  // active_connection_id_limit 1
  EXPECT_EQ(decoded("0e0102").active_connection_id_limit, 2u);
}

// [quic.md 2]
TEST(TransportParameters, FlagsHaveNoValue) {
  expect_rejected("0c0100");
  EXPECT_TRUE(decoded("0c00").disable_active_migration);
  expect_rejected("6ab20100");
  EXPECT_TRUE(decoded("6ab200").grease_quic_bit);
}

// [quic.md 2] [RFC 9000 §18.2]
TEST(TransportParameters, IdsAndTokensHaveTheirLengths) {
  for (const std::string id : {"00", "0f", "10"}) {
    expect_rejected(id + "15" + std::string(42, 'a'));
    decoded(id + "14" + std::string(40, 'a'));
    decoded(id + "00");
  }
  expect_rejected("020f" + std::string(30, '0'));
  expect_rejected("0211" + std::string(34, '0'));
  EXPECT_TRUE(decoded("0210" + std::string(32, '0')).stateless_reset_token);
}

// [quic.md §2.2]
TEST(TransportParameters, PreferredAddressNeedsAnAddressAndAnId) {
  const std::string v4 =
      "c0000201"
      "01bb";
  const std::string no_v4(12, '0');
  const std::string v6 =
      "20010db8000000000000000000000001"
      "01bb";
  const std::string no_v6(36, '0');
  const std::string token(32, 'e');
  const auto piece = [](const std::string& value) {
    std::vector<std::byte> size(1, static_cast<std::byte>(value.size() / 2));
    return "0d" + base::to_hex(size) + value;
  };
  const auto both = decoded(piece(v4 + v6 + "01aa" + token)).preferred_address.value();
  EXPECT_EQ(both.v4, SocketAddr::parse("192.0.2.1:443").value());
  EXPECT_EQ(both.v6, SocketAddr::parse("[2001:db8::1]:443").value());
  EXPECT_EQ(both.cid, cid("aa"));
  EXPECT_FALSE(decoded(piece(no_v4 + v6 + "01aa" + token)).preferred_address->v4);
  EXPECT_FALSE(decoded(piece(v4 + no_v6 + "01aa" + token)).preferred_address->v6);
  expect_rejected(piece(no_v4 + no_v6 + "01aa" + token));
  expect_rejected(piece(v4 + v6 + "00" + token));
  expect_rejected(piece(v4 + v6 + "15" + std::string(42, 'a') + token));
  expect_rejected(piece(v4 + v6 + "01aa" + token + "00"));
  expect_rejected(piece(v4 + v6 + "01aa" + token.substr(2)));
}

// [quic.md §2.2] [RFC 9000 §18.2]
TEST(TransportParameters, AServersParametersAreIllegalFromAClient) {
  const std::string preferred =
      "0d2a"
      "c0000201"
      "01bb" +
      std::string(36, '0') + "01aa" + std::string(32, 'e');
  for (const std::string& text :
       {std::string("0001aa"), "0210" + std::string(32, '0'), preferred, std::string("1001aa")}) {
    decoded(text, Side::server);
    expect_rejected(text, Side::client);
  }
}

// [quic.md 3]
TEST(TransportParameters, NatTraversalLimitIsOneRawByteAndNotZero) {
  EXPECT_EQ(decoded("c0003d7f91120401"
                    "0120")
                .nat_traversal_limit,
            32);
  EXPECT_EQ(decoded("c0003d7f91120401"
                    "01ff")
                .nat_traversal_limit,
            255);  // as a varint this byte would need seven more
  expect_rejected(
      "c0003d7f91120401"
      "00");
  expect_rejected(
      "c0003d7f91120401"
      "0100");
  expect_rejected(
      "c0003d7f91120401"
      "024020");
}

// [quic.md 4]
TEST(TransportParameters, MaxPathIdZeroIsMultipathAndMoreThan32BitsIsMalformed) {
  EXPECT_EQ(decoded("3e0100").initial_max_path_id, 0u);
  EXPECT_FALSE(decoded("").initial_max_path_id);
  EXPECT_EQ(decoded("3e08c0000000ffffffff").initial_max_path_id, 0xffffffffu);
  expect_rejected("3e08c000000100000000");
}

// [quic.md 6]
TEST(TransportParameters, MinAckDelayMustNotExceedMaxAckDelay) {
  const std::string id = "c0000000ff04de1b";
  EXPECT_EQ(decoded(id + "04800061a8").min_ack_delay_us, 25'000u);  // the default of max_ack_delay
  expect_rejected(id + "04800061a9");
  decoded("0b011a" + id + "04800061a9");
  decoded(id +
          "04800061a9"
          "0b011a");  // in whatever order
  expect_rejected(id +
                  "0101"
                  "0b0100");
}

// [quic.md 6]
TEST(TransportParameters, AddressDiscoveryRolesAreZeroToTwo) {
  const std::string id = "c00000009f81a176";
  EXPECT_EQ(decoded(id + "0100").address_discovery_role, AddressDiscoveryRole::send_only);
  EXPECT_EQ(decoded(id + "0101").address_discovery_role, AddressDiscoveryRole::receive_only);
  EXPECT_EQ(decoded(id + "0102").address_discovery_role, AddressDiscoveryRole::both);
  expect_rejected(id + "0103");
  EXPECT_TRUE(sends_reports(AddressDiscoveryRole::both) && receives_reports(AddressDiscoveryRole::both));
  EXPECT_FALSE(receives_reports(AddressDiscoveryRole::send_only));
  EXPECT_FALSE(sends_reports(AddressDiscoveryRole::receive_only));
}

TEST(TransportParameters, RandomBytesNeverBreakDecoding) {
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    base::SeededRandom random(seed);
    std::vector<std::byte> bytes(random.below(100));
    random.fill(bytes);
    const auto result = decode_transport_parameters(bytes, Side::server);
    if (!result) {
      EXPECT_EQ(result.error().code, ErrorCode::transport_parameter_error);
    }
  }
}

class ValidateTransportParameters : public testing::Test {
 protected:
  HandshakeConnectionIds ids{.local_initial_source = cid("10"),
                             .remote_initial_source = cid("20"),
                             .original_destination = cid("30"),
                             .retry_source = std::nullopt};
  TransportParameters server = [] {
    TransportParameters p;
    p.initial_source_connection_id = cid("20");
    p.original_destination_connection_id = cid("30");
    return p;
  }();
  TransportParameters client = [] {
    TransportParameters p;
    p.initial_source_connection_id = cid("20");
    return p;
  }();

  void expect_error(const TransportParameters& p, Side sender, ErrorCode code) {
    const auto result = validate(p, sender, ids);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, code);
  }
};

TEST_F(ValidateTransportParameters, AcceptsMatchingIds) {
  EXPECT_TRUE(validate(server, Side::server, ids));
  EXPECT_TRUE(validate(client, Side::client, ids));
}

// [quic.md 7] [quic.md §2.3]
TEST_F(ValidateTransportParameters, InitialSourceMustBeThereAndEqual) {
  for (const Side sender : {Side::client, Side::server}) {
    TransportParameters p = sender == Side::client ? client : server;
    p.initial_source_connection_id = cid("21");
    expect_error(p, sender, ErrorCode::transport_parameter_error);
    p.initial_source_connection_id.reset();
    expect_error(p, sender, ErrorCode::transport_parameter_error);
  }
}

// [quic.md 7]
TEST_F(ValidateTransportParameters, OriginalDestinationMustBeThereAndEqual) {
  server.original_destination_connection_id = cid("31");
  expect_error(server, Side::server, ErrorCode::transport_parameter_error);
  server.original_destination_connection_id.reset();
  expect_error(server, Side::server, ErrorCode::transport_parameter_error);
}

// [quic.md 7]
TEST_F(ValidateTransportParameters, RetrySourceMustMatchIncludingItsAbsence) {
  server.retry_source_connection_id = cid("40");
  expect_error(server, Side::server, ErrorCode::transport_parameter_error);
  ids.retry_source = cid("40");
  EXPECT_TRUE(validate(server, Side::server, ids));
  server.retry_source_connection_id.reset();
  expect_error(server, Side::server, ErrorCode::transport_parameter_error);
}

// [quic.md 5]
TEST_F(ValidateTransportParameters, MultipathNeedsConnectionIdsOnBothSides) {
  client.initial_max_path_id = 0;
  EXPECT_TRUE(validate(client, Side::client, ids));
  ids.local_initial_source = ConnectionId();
  expect_error(client, Side::client, ErrorCode::protocol_violation);
  ids.local_initial_source = cid("10");
  ids.remote_initial_source = ConnectionId();
  client.initial_source_connection_id = ConnectionId();
  expect_error(client, Side::client, ErrorCode::protocol_violation);
  client.initial_max_path_id.reset();
  EXPECT_TRUE(validate(client, Side::client, ids));
}

}  // namespace
}  // namespace iroh::quic
