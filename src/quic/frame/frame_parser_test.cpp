// SPDX-License-Identifier: MIT OR Apache-2.0
// Payloads as a hostile peer sends them: each rule of rejection once, and truncation of every frame at every byte.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/hex.hpp"
#include "base/random.hpp"
#include "base/varint.hpp"
#include "quic/frame/frame.hpp"
#include "quic/frame/random_frame.hpp"

namespace iroh::quic {
namespace {

std::vector<std::byte> bytes_of(const Frame& frame) {
  std::vector<std::byte> bytes(encoded_size(frame));
  base::ByteWriter writer(bytes);
  encode(writer, frame);
  return bytes;
}

/// The error that the payload ends in; no_error if it can be parsed to the end.
TransportError error_of(ByteSpan payload) {
  FrameParser parser(payload);
  for (;;) {
    const auto frame = parser.next();
    if (!frame) return frame.error();
    if (!*frame) return {};
  }
}

TransportError error_of_hex(std::string_view hex) {
  return error_of(base::from_hex(hex).value());
}

void expect_encoding_error(std::string_view hex, std::uint64_t type) {
  const TransportError error = error_of_hex(hex);
  EXPECT_EQ(error.code, ErrorCode::frame_encoding_error) << hex;
  EXPECT_EQ(error.frame_type, type) << hex;
}

// [quic.md 10]
TEST(FrameParser, EveryFrameSurvivesARoundTripWithRandomValues) {
  for (std::size_t kind = 0; kind < std::variant_size_v<Frame>; ++kind) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      base::SeededRandom random(seed);
      FrameBytes storage;
      const Frame frame = random_frame(random, kind, storage);
      ASSERT_EQ(frame.index(), kind);
      const auto bytes = bytes_of(frame);
      FrameParser parser(bytes);
      const auto parsed = parser.next();
      ASSERT_TRUE(parsed && *parsed) << "kind " << kind << " seed " << seed;
      EXPECT_EQ(**parsed, frame) << "kind " << kind << " seed " << seed;
      const auto end = parser.next();
      EXPECT_TRUE(end && !*end);
    }
  }
}

// [quic.md 11]
TEST(FrameParser, EveryFrameCutShortIsAnEncodingErrorWithItsType) {
  for (std::size_t kind = 0; kind < std::variant_size_v<Frame>; ++kind) {
    if (std::holds_alternative<PaddingFrame>(frame_of_kind(kind))) continue;  // half a run of padding is padding
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      base::SeededRandom random(seed);
      FrameBytes storage;
      const auto bytes = bytes_of(random_frame(random, kind, storage));
      const std::uint64_t type = base::ByteReader(bytes).varint().value();
      for (std::size_t size = 1; size < bytes.size(); ++size) {
        const TransportError error = error_of(ByteSpan(bytes).first(size));
        ASSERT_EQ(error.code, ErrorCode::frame_encoding_error) << "kind " << kind << " cut to " << size;
        ASSERT_EQ(error.frame_type, size < base::varint_size(type) ? 0 : type);
      }
    }
  }
}

// [quic.md 12] [RFC 9000 §12.4]
TEST(FrameParser, AnEmptyPayloadIsAProtocolViolation) {
  EXPECT_EQ(error_of({}).code, ErrorCode::protocol_violation);
}

// [quic.md 11]
TEST(FrameParser, UnknownTypesAreEchoed) {
  expect_encoding_error("20", 0x20);
  expect_encoding_error("2f00", 0x2f);
  expect_encoding_error("32", 0x32);
  expect_encoding_error("7e74", 0x3e74);
  expect_encoding_error("7e7d00", 0x3e7d);
  expect_encoding_error("803d7f95", 0x3d7f95);
  expect_encoding_error("809f81a8", 0x9f81a8);
  expect_encoding_error("ffffffffffffffff", base::varint_max);
}

// [quic.md 11] What came before the fault has been handed out already.
TEST(FrameParser, FramesBeforeAFaultAreDelivered) {
  const auto payload = base::from_hex(
                           "01"
                           "1e"
                           "20")
                           .value();
  FrameParser parser(payload);
  const auto ping = parser.next();
  ASSERT_TRUE(ping && *ping);
  EXPECT_EQ(**ping, Frame(PingFrame{}));
  EXPECT_EQ(parser.frame_type(), 0x01u);
  const auto done = parser.next();
  ASSERT_TRUE(done && *done);
  EXPECT_EQ(**done, Frame(HandshakeDoneFrame{}));
  EXPECT_FALSE(parser.next());
  EXPECT_EQ(parser.frame_type(), 0x20u);
}

TEST(FrameParser, ARunOfPaddingIsOneFrame) {
  const auto payload = base::from_hex("0000000001000000").value();
  FrameParser parser(payload);
  EXPECT_EQ(**parser.next(), Frame(PaddingFrame{4}));
  EXPECT_EQ(**parser.next(), Frame(PingFrame{}));
  EXPECT_EQ(**parser.next(), Frame(PaddingFrame{3}));
  EXPECT_FALSE(*parser.next());
}

// [quic.md §3.2] noq does not insist on the shortest form of a type, and neither do we.
TEST(FrameParser, TypesInLongFormsAreUnderstood) {
  EXPECT_EQ(error_of_hex("4001").code, ErrorCode::no_error);
  EXPECT_EQ(error_of_hex("c000000000000010"
                         "05")
                .code,
            ErrorCode::no_error);
  EXPECT_EQ(error_of_hex("c000000000003e7a"
                         "c000000000000007")
                .code,
            ErrorCode::no_error);
}

// [RFC 9000 §19.7] [quic.md §3.5]
TEST(FrameParser, EmptyTokensAreMalformed) {
  expect_encoding_error("0700", 0x07);
}

// [RFC 9000 §19.6]
TEST(FrameParser, CryptoDataBeyond2To62IsMalformed) {
  EXPECT_EQ(error_of_hex("06fffffffffffffffe0161").code, ErrorCode::no_error);
  expect_encoding_error("06ffffffffffffffff0161", 0x06);
}

// [quic.md §3.5] [RFC 9000 §19.8]
TEST(FrameParser, StreamDataBeyond2To62IsAFlowControlError) {
  EXPECT_EQ(error_of_hex("0e04fffffffffffffffe0161").code, ErrorCode::no_error);
  const TransportError error = error_of_hex("0e04ffffffffffffffff0161");
  EXPECT_EQ(error.code, ErrorCode::flow_control_error);
  EXPECT_EQ(error.frame_type, 0x0eu);
  EXPECT_EQ(error_of_hex("0c04ffffffffffffffff61").code, ErrorCode::flow_control_error);
}

// [RFC 9000 §19.11] [RFC 9000 §19.14]
TEST(FrameParser, StreamCountsAbove2To60AreMalformed) {
  for (const std::string_view type : {"12", "13", "16", "17"}) {
    const std::string prefix(type);
    EXPECT_EQ(error_of_hex(prefix + "d000000000000000").code, ErrorCode::no_error);
    expect_encoding_error(prefix + "d000000000000001", std::stoull(prefix, nullptr, 16));
  }
}

// [quic.md §3.2] [RFC 9000 §19.15]
TEST(FrameParser, NewConnectionIdsHave1To20BytesAndRetireNothingNewer) {
  const std::string token = "000102030405060708090a0b0c0d0e0f";
  for (const std::string prefix : {"18", "7e7801"}) {
    const std::uint64_t type = prefix == "18" ? 0x18 : 0x3e78;
    EXPECT_EQ(error_of_hex(prefix +
                           "0500"
                           "01"
                           "aa" +
                           token)
                  .code,
              ErrorCode::no_error);
    EXPECT_EQ(error_of_hex(prefix +
                           "0505"
                           "14" +
                           std::string(40, 'a') + token)
                  .code,
              ErrorCode::no_error);
    expect_encoding_error(prefix +
                              "0500"
                              "00" +
                              token,
                          type);
    expect_encoding_error(prefix +
                              "0500"
                              "15" +
                              std::string(42, 'a') + token,
                          type);
    expect_encoding_error(prefix +
                              "0506"
                              "01"
                              "aa" +
                              token,
                          type);
  }
}

// [quic.md 12]
TEST(FrameParser, PathIdsAbove32BitsAreMalformed) {
  const std::string too_large = "c000000100000000";
  const std::string largest = "c0000000ffffffff";
  struct Case {
    std::string_view type;
    std::uint64_t code;
    std::string_view rest;
  };
  constexpr std::array cases{
      Case{"3e", 0x3e, "0a000000"}, Case{"3f", 0x3f, "0a000000000000"},
      Case{"7e75", 0x3e75, "00"},   Case{"7e76", 0x3e76, "00"},
      Case{"7e77", 0x3e77, "00"},   Case{"7e79", 0x3e79, "00"},
      Case{"7e7a", 0x3e7a, ""},     Case{"7e7b", 0x3e7b, ""},
      Case{"7e7c", 0x3e7c, "00"},   Case{"7e78", 0x3e78, "000001aa000102030405060708090a0b0c0d0e0f"},
  };
  for (const auto& [type, code, rest] : cases) {
    EXPECT_EQ(error_of_hex(std::string(type) + largest + std::string(rest)).code, ErrorCode::no_error) << type;
    expect_encoding_error(std::string(type) + too_large + std::string(rest), code);
  }
}

TEST(FrameParser, RandomBytesNeverBreakIt) {
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    base::SeededRandom random(seed);
    std::vector<std::byte> payload(random.below(64));
    random.fill(payload);
    error_of(payload);
  }
}

}  // namespace
}  // namespace iroh::quic
