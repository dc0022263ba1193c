// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/wire/packet_header.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>

#include "base/hex.hpp"
#include "quic/test_values.hpp"

namespace iroh::quic {
namespace {

constexpr std::size_t local_cid_size = 8;

std::vector<std::byte> long_packet(const LongHeader& header, PacketNumber number, std::size_t pn_size,
                                   std::size_t payload_size) {
  std::vector<std::byte> packet(long_header_size(header, pn_size) + payload_size);
  base::ByteWriter writer(packet);
  std::size_t length_offset = 0;
  write_long_header(writer, header, number, pn_size, length_offset);
  EXPECT_EQ(writer.position(), long_header_size(header, pn_size));
  patch_length(packet, length_offset, pn_size + payload_size);
  return packet;
}

// [quic.md §10.2] [RFC 9001 §A.2]
TEST(LongHeader, HasTheBytesOfTheVectors) {
  const LongHeader derived{.type = PacketType::initial, .dcid = cid("06b858ec6f80452b")};
  auto packet = long_packet(derived, 0, 1, 32);
  EXPECT_EQ(base::to_hex(packet).substr(0, 38), "c0000000010806b858ec6f80452b0000402100");

  const LongHeader rfc{.type = PacketType::initial, .dcid = cid("8394c8f03e515708")};
  packet = long_packet(rfc, 2, 4, 1178);
  EXPECT_EQ(base::to_hex(packet).substr(0, 44), "c300000001088394c8f03e5157080000449e00000002");
}

TEST(LongHeader, IsParsedBackForEveryTypeWithCorrectSizes) {
  const auto token = hex("746f6b656e");
  for (const PacketType type : {PacketType::initial, PacketType::zero_rtt, PacketType::handshake}) {
    LongHeader header{.type = type, .dcid = cid("a0a1a2a3a4a5a6a7"), .scid = cid("b0b1")};
    if (type == PacketType::initial) header.token = token;
    for (std::size_t pn_size = 1; pn_size <= 4; ++pn_size) {
      auto datagram = long_packet(header, 5, pn_size, 40);
      const std::size_t packet_size = datagram.size();
      datagram.resize(datagram.size() + 7);  // another packet follows
      const auto packet = parse_packet(datagram, local_cid_size);
      ASSERT_TRUE(packet);
      EXPECT_EQ(packet->type, type);
      EXPECT_EQ(packet->version, version_1);
      EXPECT_EQ(packet->dcid, header.dcid);
      EXPECT_EQ(packet->scid, header.scid);
      EXPECT_TRUE(base::equal(packet->token, header.token));
      EXPECT_EQ(packet->size, packet_size);
      EXPECT_EQ(packet->pn_offset, long_header_size(header, pn_size) - pn_size);
      EXPECT_TRUE(packet->has_fixed_bit());
      EXPECT_TRUE(has_zero_reserved_bits(packet->first_byte));
    }
  }
}

// [quic.md 30] Length is written in 2 bytes, but read in any form.
TEST(LongHeader, LengthIsReadInEveryVarintForm) {
  for (const std::string_view length : {"05", "4005", "80000005", "c000000000000005"}) {
    const auto datagram =
        hex("e0"
            "00000001"
            "01aa"
            "01bb" +
            std::string(length) +
            "0102030405"
            "ffff");
    const auto packet = parse_packet(datagram, local_cid_size);
    ASSERT_TRUE(packet) << length;
    EXPECT_EQ(packet->type, PacketType::handshake);
    EXPECT_EQ(packet->size, datagram.size() - 2);
    EXPECT_EQ(packet->pn_offset, packet->size - 5);
  }
}

// [quic.md 29]
TEST(LongHeader, FixedBitCanBeGreased) {
  const LongHeader header{.type = PacketType::handshake, .dcid = cid("aa"), .fixed_bit = false};
  const auto datagram = long_packet(header, 0, 1, 20);
  EXPECT_EQ(std::to_integer<int>(datagram[0]), 0xa0);
  EXPECT_FALSE(parse_packet(datagram, local_cid_size)->has_fixed_bit());
}

// [quic.md 30] [RFC 9000 §12.2]
TEST(ParsePacket, CoalescedPacketsComeOneAfterAnother) {
  const ConnectionId dcid = cid("a0a1a2a3a4a5a6a7");
  auto datagram = long_packet({.type = PacketType::initial, .dcid = dcid}, 0, 1, 30);
  const auto handshake = long_packet({.type = PacketType::handshake, .dcid = dcid}, 0, 2, 25);
  datagram.insert(datagram.end(), handshake.begin(), handshake.end());
  std::vector<std::byte> one_rtt(short_header_size(8, 1) + 22);
  base::ByteWriter writer(one_rtt);
  write_short_header(writer, dcid, false, false, true, 0, 1);
  datagram.insert(datagram.end(), one_rtt.begin(), one_rtt.end());

  ByteSpan rest = datagram;
  for (const PacketType type : {PacketType::initial, PacketType::handshake, PacketType::one_rtt}) {
    const auto packet = parse_packet(rest, local_cid_size);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->type, type);
    rest = rest.subspan(packet->size);
  }
  EXPECT_TRUE(rest.empty());
}

// [quic.md 30] What cannot be decoded is refused at every length, without a read beyond the end.
TEST(ParsePacket, TruncatedLongHeadersAreRefused) {
  const auto token = hex("746f6b656e");
  const auto datagram =
      long_packet({.type = PacketType::initial, .dcid = cid("a0a1a2a3"), .scid = cid("b0"), .token = token}, 0, 1, 30);
  for (std::size_t size = 0; size < datagram.size(); ++size) {
    EXPECT_FALSE(parse_packet(ByteSpan(datagram).first(size), local_cid_size)) << size;
  }
}

// [RFC 9000 §17.2]
TEST(ParsePacket, IdsOfMoreThan20BytesAreRefused) {
  const std::string id_21(42, 'a');
  EXPECT_FALSE(parse_packet(hex("e000000001"
                                "15" +
                                id_21 +
                                "00"
                                "01"
                                "00"),
                            local_cid_size));
  EXPECT_FALSE(parse_packet(hex("e000000001"
                                "00"
                                "15" +
                                id_21 +
                                "01"
                                "00"),
                            local_cid_size));
  EXPECT_TRUE(parse_packet(hex("e000000001"
                               "14" +
                               id_21.substr(2) +
                               "00"
                               "01"
                               "00"),
                           local_cid_size));
}

TEST(ShortHeader, CarriesItsBitsAndFillsTheDatagram) {
  std::vector<std::byte> datagram(short_header_size(8, 3) + 20);
  base::ByteWriter writer(datagram);
  write_short_header(writer, cid("a0a1a2a3a4a5a6a7"), true, true, true, 0x1234567, 3);
  EXPECT_EQ(base::to_hex(writer.written()), "66a0a1a2a3a4a5a6a7234567");
  const auto packet = parse_packet(datagram, local_cid_size);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->type, PacketType::one_rtt);
  EXPECT_EQ(packet->dcid, cid("a0a1a2a3a4a5a6a7"));
  EXPECT_EQ(packet->pn_offset, 9u);
  EXPECT_EQ(packet->size, datagram.size());
  EXPECT_TRUE(spin_bit_of(packet->first_byte));
  EXPECT_TRUE(key_phase_bit_of(packet->first_byte));
  EXPECT_TRUE(has_zero_reserved_bits(packet->first_byte));
}

// [quic.md §10.2]
TEST(ShortHeader, HasTheBytesOfTheVectors) {
  std::array<std::byte, 4> bytes{};
  base::ByteWriter writer(bytes);
  write_short_header(writer, ConnectionId(), false, false, true, 654'360'564, 3);
  EXPECT_EQ(base::to_hex(bytes), "4200bff4");
}

TEST(ShortHeader, ShorterThanAnIdIsRefused) {
  EXPECT_FALSE(parse_packet(hex("40a0a1a2a3a4a5a6"), local_cid_size));
  EXPECT_TRUE(parse_packet(hex("40a0a1a2a3a4a5a6a7"), local_cid_size));
  EXPECT_FALSE(parse_packet({}, local_cid_size));
}

// [quic.md 28]
TEST(ReservedBits, DifferByHeaderForm) {
  EXPECT_TRUE(has_zero_reserved_bits(0xc3));
  EXPECT_FALSE(has_zero_reserved_bits(0xc4));
  EXPECT_FALSE(has_zero_reserved_bits(0xc8));
  EXPECT_TRUE(has_zero_reserved_bits(0x67));
  EXPECT_FALSE(has_zero_reserved_bits(0x48));
  EXPECT_FALSE(has_zero_reserved_bits(0x50));
}

// [RFC 8999 §5.1] [quic.md §6.1] Versions that we do not know must be recognised, with whatever ids they have.
TEST(InvariantHeader, IsReadForUnknownVersionsWithLongIds) {
  const std::string long_id(510, 'c');
  const auto datagram =
      hex("80"
          "0a0a0a0a"
          "ff" +
          long_id + "02beef");
  const auto header = parse_invariant_header(datagram);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->version, 0x0a0a0a0au);
  EXPECT_EQ(header->dcid.size(), 255u);
  EXPECT_EQ(base::to_hex(header->scid), "beef");
  EXPECT_FALSE(parse_packet(datagram, local_cid_size));
  for (std::size_t size = 0; size < datagram.size(); ++size) {
    EXPECT_FALSE(parse_invariant_header(ByteSpan(datagram).first(size)));
  }
  EXPECT_FALSE(parse_invariant_header(hex("400a0a0a0a0000")));
}

// [RFC 9000 §17.2.1] [quic.md §6.1]
TEST(VersionNegotiation, SwapsIdsAndListsOurVersionAndAReservedOne) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    base::SeededRandom random(seed);
    const auto datagram = make_version_negotiation(random, hex("d0d1d2"), hex("50"));
    EXPECT_EQ(std::to_integer<int>(datagram[0]) & 0xc0, 0xc0);
    EXPECT_EQ(base::to_hex(datagram).substr(2),
              "00000000"
              "0150"
              "03d0d1d2"
              "0a1a2a3a"
              "00000001");
    const auto packet = parse_packet(datagram, local_cid_size);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->type, PacketType::version_negotiation);
    EXPECT_EQ(packet->dcid, cid("50"));
    EXPECT_EQ(packet->scid, cid("d0d1d2"));
    EXPECT_EQ(packet->size, datagram.size());
    EXPECT_TRUE(lists_version(packet->supported_versions, version_1));
    EXPECT_FALSE(lists_version(packet->supported_versions, 2));
  }
}

// [quic.md §6.1]
TEST(VersionNegotiation, NeverListsTheVersionThatWasAskedFor) {
  base::SeededRandom random(1);
  const auto datagram = make_version_negotiation(random, {}, {}, 0x0a1a2a3a);
  EXPECT_EQ(base::to_hex(datagram).substr(2),
            "00000000"
            "00"
            "00"
            "0a1a2a4a"
            "00000001");
}

TEST(VersionNegotiation, WithABrokenListIsRefused) {
  EXPECT_FALSE(parse_packet(hex("c0"
                                "00000000"
                                "00"
                                "00"),
                            local_cid_size));
  EXPECT_FALSE(parse_packet(hex("c0"
                                "00000000"
                                "00"
                                "00"
                                "0000000100"),
                            local_cid_size));
}

// [RFC 9000 §17.2.5] [RFC 9001 §A.4]
TEST(Retry, IsParsedIntoTokenAndTag) {
  const auto datagram = hex("ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba");
  const auto packet = parse_packet(datagram, 0);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->type, PacketType::retry);
  EXPECT_EQ(packet->scid, cid("f067a5502a4262b5"));
  EXPECT_EQ(base::as_text(packet->token), "token");
  EXPECT_EQ(base::to_hex(packet->integrity_tag), "04a265ba2eff4d829058fb3f0f2496ba");
  EXPECT_EQ(packet->size, datagram.size());
  EXPECT_FALSE(parse_packet(ByteSpan(datagram).first(30), 0));
}

TEST(Retry, IsWrittenWithRandomUnusedBits) {
  base::SeededRandom random(3);
  std::set<std::byte> first_bytes;
  for (int i = 0; i < 100; ++i) {
    const auto packet =
        make_retry_without_tag(random, ConnectionId(), cid("f067a5502a4262b5"), base::as_bytes("token"));
    EXPECT_EQ(base::to_hex(packet).substr(2), "000000010008f067a5502a4262b5746f6b656e");
    EXPECT_EQ(packet[0] & std::byte{0xf0}, std::byte{0xf0});
    first_bytes.insert(packet[0]);
  }
  EXPECT_GT(first_bytes.size(), 1u);
}

TEST(ParsePacket, RandomBytesNeverBreakIt) {
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    base::SeededRandom random(seed);
    std::vector<std::byte> datagram(1 + random.below(80));
    random.fill(datagram);
    if (random.chance(1, 2) && datagram.size() > 5) {
      base::ByteWriter writer(MutableByteSpan(datagram).subspan(1));
      writer.u32(version_1);
    }
    const auto packet = parse_packet(datagram, local_cid_size);
    if (packet) {
      ASSERT_GT(packet->size, 0u);
      ASSERT_LE(packet->size, datagram.size());
      ASSERT_LE(packet->pn_offset, packet->size);
    }
    parse_invariant_header(datagram);
  }
}

}  // namespace
}  // namespace iroh::quic
