// SPDX-License-Identifier: MIT OR Apache-2.0
// Every frame against bytes that are written down: the vectors of quic.md, and frames of RFC 9000 laid out by hand.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/hex.hpp"
#include "quic/frame/frame.hpp"

namespace iroh::quic {
namespace {

SocketAddr addr(std::string_view text) {
  return SocketAddr::parse(text).value();
}

ByteSpan text_bytes(std::string_view text) {
  return base::as_bytes(text);
}

std::vector<std::byte> counting(std::uint8_t from, std::size_t count) {
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i < count; ++i) bytes.push_back(static_cast<std::byte>(from + i));
  return bytes;
}

ConnectionId cid_a0_to_a7() {
  return ConnectionId(counting(0xa0, 8));
}

ResetToken token_00_to_0f() {
  ResetToken token{};
  std::ranges::copy(counting(0, token.size()), token.begin());
  return token;
}

constexpr PathToken token_01_to_08{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4},
                                   std::byte{5}, std::byte{6}, std::byte{7}, std::byte{8}};

std::string encoded_hex(const Frame& frame) {
  std::vector<std::byte> bytes(encoded_size(frame));
  base::ByteWriter writer(bytes);
  encode(writer, frame);
  EXPECT_EQ(writer.remaining(), 0u) << "encoded_size() and encode() differ";
  return base::to_hex(bytes);
}

struct Vector {
  std::string_view name;
  Frame frame;
  std::string_view hex;
};

void expect_both_ways(const std::vector<Vector>& vectors) {
  for (const auto& [name, frame, hex] : vectors) {
    SCOPED_TRACE(name);
    EXPECT_EQ(encoded_hex(frame), hex);
    const auto bytes = base::from_hex(hex).value();
    FrameParser parser(bytes);
    const auto parsed = parser.next();
    ASSERT_TRUE(parsed && *parsed);
    EXPECT_EQ(**parsed, frame);
    const auto end = parser.next();
    ASSERT_TRUE(end);
    EXPECT_FALSE(*end);
  }
}

const std::array<PnRange, 2> ranges_10_to_8_and_5{PnRange{8, 10}, PnRange{5, 5}};

/// gap 1, length 0
const std::array<std::byte, 2> encoded_range_5{std::byte{1}, std::byte{0}};

AckFrame ack_10_to_8_and_5(std::optional<PathId> path, std::optional<EcnCounts> ecn) {
  return {.path = path,
          .largest = 10,
          .delay = 5,
          .first_range = 2,
          .range_count = 1,
          .encoded_ranges = encoded_range_5,
          .ecn = ecn};
}

// [quic.md 10] [quic.md §3.8]
TEST(FrameVectors, MultipathFramesHaveTheBytesOfTheSpecification) {
  expect_both_ways({
      {"PATH_ACK", ack_10_to_8_and_5(PathId{1}, {}), "3e010a0501020100"},
      {"PATH_ACK with ECN", ack_10_to_8_and_5(PathId{1}, EcnCounts{4, 0, 0}), "3f010a0501020100040000"},
      {"PATH_ABANDON", PathAbandonFrame{PathId{2}, 0x3e76}, "7e75027e76"},
      {"PATH_STATUS_BACKUP", PathStatusFrame{PathId{1}, true, 1}, "7e760101"},
      {"PATH_STATUS_AVAILABLE", PathStatusFrame{PathId{1}, false, 2}, "7e770102"},
      {"PATH_NEW_CONNECTION_ID", NewConnectionIdFrame{PathId{1}, 0, 0, cid_a0_to_a7(), token_00_to_0f()},
       "7e7801000008a0a1a2a3a4a5a6a7000102030405060708090a0b0c0d0e0f"},
      {"PATH_RETIRE_CONNECTION_ID", RetireConnectionIdFrame{PathId{0}, 0}, "7e790000"},
      {"MAX_PATH_ID", MaxPathIdFrame{PathId{8}}, "7e7a08"},
      {"PATHS_BLOCKED", PathsBlockedFrame{PathId{7}}, "7e7b07"},
      {"PATH_CIDS_BLOCKED", PathCidsBlockedFrame{PathId{8}, 0}, "7e7c0800"},
  });
}

// [quic.md 10] [quic.md §3.8]
TEST(FrameVectors, AddressFramesHaveTheBytesOfTheSpecification) {
  expect_both_ways({
      {"OBSERVED_ADDRESS v4", ObservedAddressFrame{0, addr("192.0.2.1:4433")}, "809f81a600c00002011151"},
      {"OBSERVED_ADDRESS v6", ObservedAddressFrame{1, addr("[2001:db8::1]:4433")},
       "809f81a70120010db80000000000000000000000011151"},
      {"ADD_ADDRESS v4", AddAddressFrame{0, addr("192.0.2.1:4433")}, "803d7f9000c00002011151"},
      {"ADD_ADDRESS v6", AddAddressFrame{1, addr("[2001:db8::1]:4433")},
       "803d7f910120010db80000000000000000000000011151"},
      {"REACH_OUT v4", ReachOutFrame{1, addr("198.51.100.7:51820")}, "803d7f9201c6336407ca6c"},
      {"REACH_OUT v6", ReachOutFrame{1, addr("[2001:db8::7]:51820")}, "803d7f930120010db8000000000000000000000007ca6c"},
      {"REMOVE_ADDRESS", RemoveAddressFrame{1}, "803d7f9401"},
  });
}

// [quic.md 10] [quic.md §3.8]
TEST(FrameVectors, OtherExtensionsHaveTheBytesOfTheSpecification) {
  expect_both_ways({
      {"ACK_FREQUENCY", AckFrequencyFrame{0, 10, 25'000, 2}, "40af000a800061a802"},
      {"IMMEDIATE_ACK", ImmediateAckFrame{}, "1f"},
      {"DATAGRAM", DatagramFrame{text_bytes("hi")}, "31026869"},
  });
}

// [RFC 9000 §19.3] [RFC 9000 §19.6] [RFC 9000 §19.7]
TEST(FrameVectors, HandshakeFramesAreLaidOutAsInRfc9000) {
  expect_both_ways({
      {"PADDING", PaddingFrame{3}, "000000"},
      {"PING", PingFrame{}, "01"},
      {"ACK", ack_10_to_8_and_5({}, {}), "020a0501020100"},
      {"ACK with ECN", ack_10_to_8_and_5({}, EcnCounts{1, 2, 300}), "030a05010201000102412c"},
      {"CRYPTO", CryptoFrame{64, text_bytes("abc")}, "06404003616263"},
      {"NEW_TOKEN", NewTokenFrame{text_bytes("token")}, "0705746f6b656e"},
      {"transport CONNECTION_CLOSE", ConnectionCloseFrame{false, 0x0a, 0x3e, text_bytes("no")}, "1c0a3e026e6f"},
      {"application CONNECTION_CLOSE", ConnectionCloseFrame{true, 42, 0, text_bytes("bye")}, "1d2a03627965"},
      {"HANDSHAKE_DONE", HandshakeDoneFrame{}, "1e"},
      {"NEW_CONNECTION_ID", NewConnectionIdFrame{{}, 3, 1, cid_a0_to_a7(), token_00_to_0f()},
       "18030108a0a1a2a3a4a5a6a7000102030405060708090a0b0c0d0e0f"},
      {"RETIRE_CONNECTION_ID", RetireConnectionIdFrame{{}, 2}, "1902"},
      {"PATH_CHALLENGE", PathChallengeFrame{token_01_to_08}, "1a0102030405060708"},
      {"PATH_RESPONSE", PathResponseFrame{token_01_to_08}, "1b0102030405060708"},
  });
}

// [RFC 9000 §19.4] to [RFC 9000 §19.14]
TEST(FrameVectors, StreamFramesAreLaidOutAsInRfc9000) {
  expect_both_ways({
      {"RESET_STREAM", ResetStreamFrame{StreamId{4}, 7, 1000}, "04040743e8"},
      {"STOP_SENDING", StopSendingFrame{StreamId{4}, 7}, "050407"},
      {"STREAM", StreamFrame{StreamId{4}, 0, false, text_bytes("hi")}, "0a04026869"},
      {"STREAM with FIN", StreamFrame{StreamId{4}, 0, true, {}}, "0b0400"},
      {"STREAM with offset", StreamFrame{StreamId{4}, 64, false, text_bytes("hi")}, "0e044040026869"},
      {"STREAM with offset and FIN", StreamFrame{StreamId{4}, 64, true, text_bytes("hi")}, "0f044040026869"},
      {"MAX_DATA", MaxDataFrame{16384}, "1080004000"},
      {"MAX_STREAM_DATA", MaxStreamDataFrame{StreamId{1}, 5}, "110105"},
      {"MAX_STREAMS bidi", MaxStreamsFrame{Dir::bi, 100}, "124064"},
      {"MAX_STREAMS uni", MaxStreamsFrame{Dir::uni, 100}, "134064"},
      {"DATA_BLOCKED", DataBlockedFrame{9}, "1409"},
      {"STREAM_DATA_BLOCKED", StreamDataBlockedFrame{StreamId{1}, 5}, "150105"},
      {"STREAMS_BLOCKED bidi", StreamsBlockedFrame{Dir::bi, 3}, "1603"},
      {"STREAMS_BLOCKED uni", StreamsBlockedFrame{Dir::uni, 3}, "1703"},
  });
}

// [quic.md §3.1] 0x3e and 0x3f are one byte on the wire, 0xaf is two.
TEST(FrameVectors, TypesAreWrittenInTheirShortestForm) {
  EXPECT_EQ(encoded_hex(ack_10_to_8_and_5(PathId{0}, {})).substr(0, 2), "3e");
  EXPECT_EQ(encoded_hex(AckFrequencyFrame{}).substr(0, 4), "40af");
}

// [RFC 9000 §19.8] The forms that extend to the end of the packet.
TEST(FrameVectors, StreamHeaderWithoutLengthTakesTheRestOfThePacket) {
  std::array<std::byte, 16> buffer{};
  base::ByteWriter writer(buffer);
  encode_stream_header(writer, StreamId{4}, 0, true, std::nullopt);
  EXPECT_EQ(writer.position(), stream_header_size(StreamId{4}, 0, std::nullopt));
  writer.bytes(text_bytes("abc"));
  EXPECT_EQ(base::to_hex(writer.written()), "0904616263");
  FrameParser parser(writer.written());
  const auto frame = parser.next();
  ASSERT_TRUE(frame && *frame);
  EXPECT_EQ(**frame, Frame(StreamFrame{StreamId{4}, 0, true, text_bytes("abc")}));
  EXPECT_EQ(parser.frame_type(), 0x09u);
}

// [RFC 9221 §4] noq always writes a length, but both forms are read.
TEST(FrameVectors, DatagramWithoutLengthTakesTheRestOfThePacket) {
  const auto bytes = base::from_hex("306869").value();
  FrameParser parser(bytes);
  const auto frame = parser.next();
  ASSERT_TRUE(frame && *frame);
  EXPECT_EQ(**frame, Frame(DatagramFrame{text_bytes("hi")}));
}

TEST(FrameVectors, HeaderEncodersAgreeWithTheirSizes) {
  for (const std::uint64_t offset : {0ull, 63ull, 64ull, 16384ull, (1ull << 61)}) {
    for (const std::size_t length : {0u, 63u, 64u, 1200u}) {
      std::array<std::byte, 32> buffer{};
      base::ByteWriter stream(buffer);
      encode_stream_header(stream, StreamId{offset}, offset, false, length);
      EXPECT_EQ(stream.position(), stream_header_size(StreamId{offset}, offset, length));
      base::ByteWriter crypto(buffer);
      encode_crypto_header(crypto, offset, length);
      EXPECT_EQ(crypto.position(), crypto_header_size(offset, length));
      base::ByteWriter datagram(buffer);
      encode_datagram_header(datagram, length);
      EXPECT_EQ(datagram.position(), datagram_header_size(length));
    }
  }
}

// [quic.md §5.2] [quic.md 78]
TEST(FrameVectors, MappedAddressesBecomeIpv4InBothDirections) {
  const SocketAddr mapped = addr("[::ffff:192.0.2.1]:4433");
  EXPECT_EQ(encoded_hex(AddAddressFrame{0, mapped}), "803d7f9000c00002011151");
  EXPECT_EQ(encoded_hex(ReachOutFrame{0, mapped}), "803d7f9200c00002011151");
  EXPECT_EQ(encoded_hex(ObservedAddressFrame{0, mapped}), "809f81a600c00002011151");
  const auto bytes = base::from_hex("809f81a70000000000000000000000ffffc00002011151").value();
  FrameParser parser(bytes);
  const auto frame = parser.next();
  ASSERT_TRUE(frame && *frame);
  EXPECT_EQ(**frame, Frame(ObservedAddressFrame{0, addr("192.0.2.1:4433")}));
}

}  // namespace
}  // namespace iroh::quic
