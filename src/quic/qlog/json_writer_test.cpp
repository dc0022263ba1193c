// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/qlog/json_writer.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/random.hpp"
#include "quic/qlog/json_reader.hpp"

namespace iroh::quic {
namespace {

using base::microseconds;

std::string written_string(std::string_view text) {
  std::string out;
  JsonWriter(out).string(text);
  return out;
}

TEST(JsonWriter, SetsCommasBetweenMembersAndElements) {
  std::string text;
  JsonWriter out(text);
  out.begin_object();
  out.field("a", std::uint64_t{1});
  out.array_field("b");
  out.number(2);
  out.begin_array();
  out.end_array();
  out.begin_object();
  out.end_object();
  out.boolean(false);
  out.end_array();
  out.field("c", true);
  out.object_field("d");
  out.field("e", "{[:");
  out.field("f", "g");
  out.end_object();
  out.end_object();
  EXPECT_EQ(text, R"({"a":1,"b":[2,[],{},false],"c":true,"d":{"e":"{[:","f":"g"}})");
}

TEST(JsonWriter, EscapesWhatJsonDoesNotAllowInStrings) {
  EXPECT_EQ(written_string("a\"b\\c/d"), R"("a\"b\\c/d")");
  EXPECT_EQ(written_string(std::string_view("\n\t\0\x1f\x7f", 5)), "\"\\u000a\\u0009\\u0000\\u001f\x7f\"");
  EXPECT_EQ(written_string("grün 𝄞"), "\"grün 𝄞\"");
  EXPECT_EQ(written_string("\x1e"), "\"\\u001e\"");  // else it would begin a record [RFC 7464 §2.1]
}

TEST(JsonWriter, ReplacesEveryByteThatIsNotUtf8) {
  EXPECT_EQ(written_string("a\xff\xc3"), "\"a\xef\xbf\xbd\xef\xbf\xbd\"");
  EXPECT_EQ(written_string("\xed\xa0\x80!"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd!\"");  // a surrogate
}

TEST(JsonWriter, WritesIntegersThatReadersWouldRoundAsStrings) {
  std::string text;
  JsonWriter out(text);
  out.begin_array();
  out.number((std::uint64_t{1} << 53) - 1);
  out.number(std::uint64_t{1} << 53);
  out.number(~std::uint64_t{0});
  out.end_array();
  EXPECT_EQ(text, R"([9007199254740991,"9007199254740992","18446744073709551615"])");
}

TEST(JsonWriter, WritesTimesInMillisecondsWithMicrosecondPrecision) {
  std::string text;
  JsonWriter out(text);
  out.begin_array();
  for (const auto time : {0, 1, 999, 1000, 1'234'567, -1, -1500}) out.milliseconds(microseconds(time));
  out.end_array();
  EXPECT_EQ(text, "[0.000,0.001,0.999,1.000,1234.567,-0.001,-1.500]");
}

TEST(JsonWriter, WhateverBytesAStringHasTheTextIsJson) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    base::SeededRandom random(seed);
    std::string input;
    std::string expected;
    for (auto length = random.below(40); length > 0; --length) {
      if (random.chance(1, 2)) {
        input += static_cast<char>(random.below(128));
      } else {
        base::append_utf8(input, static_cast<char32_t>(0x80 + random.below(0xd000)));
      }
    }
    EXPECT_EQ(JsonReader::read(written_string(input)).text(), input) << seed;
    for (auto& c : input) c = static_cast<char>(random.next_u64());
    EXPECT_NO_THROW(JsonReader::read(written_string(input))) << seed;
  }
}

}  // namespace
}  // namespace iroh::quic
