// SPDX-License-Identifier: MIT OR Apache-2.0
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "base/hex.hpp"
#include "base/random.hpp"
#include "blobs/protocol/observe_item.hpp"
#include "blobs/protocol/request_codec.hpp"

namespace iroh::blobs {
namespace {

using Sets = std::vector<ChunkRanges>;

std::vector<std::byte> from_hex(std::string_view text) {
  std::string clean;
  for (const char c : text) {
    if (c != ' ') clean.push_back(c);
  }
  return *base::from_hex(clean);
}

std::string seq_hex(const ChunkRangesSeq& seq) {
  base::PostcardWriter writer;
  write_ranges_seq(writer, seq);
  return base::to_hex(writer.written());
}

std::optional<ChunkRangesSeq> parse_seq(std::string_view hex) {
  const auto bytes = from_hex(hex);
  base::PostcardReader reader(bytes);
  return read_ranges_seq(reader);
}

ChunkRanges set(std::initializer_list<std::uint64_t> boundaries) {
  return *ChunkRanges::from_boundaries(std::vector<std::uint64_t>(boundaries));
}

Hash filled(std::uint8_t byte) {
  std::array<std::byte, Hash::size> bytes;
  bytes.fill(std::byte{byte});
  return Hash(bytes);
}

std::string repeated(std::string_view pair) {
  std::string text;
  for (std::size_t i = 0; i < Hash::size; ++i) text += pair;
  return text;
}

const ChunkRanges all = ChunkRanges::all();
const ChunkRanges nothing;

// [blobs.md 24], [blobs.md 25]
TEST(ChunkRangesSeq, IsWrittenAndReadAsTheVectorsSay) {
  const struct {
    ChunkRangesSeq seq;
    std::string_view hex;
  } vectors[] = {
      {ChunkRangesSeq(), "00"},
      {ChunkRangesSeq::root(all), "020001000100"},
      {ChunkRangesSeq::all(), "01000100"},
      {ChunkRangesSeq::finite(Sets{set({1, 3}), set({7, 13})}), "0300020102010207060100"},
      {ChunkRangesSeq::infinite(Sets{nothing, nothing, nothing, set({7}), all}), "02030107010100"},
      {ChunkRangesSeq::root(ChunkRanges::last_chunk()), "020001ffffffffffffffffff010100"},
      {ChunkRangesSeq::infinite(Sets{all, ChunkRanges::last_chunk()}), "020001000101ffffffffffffffffff01"},
      {ChunkRangesSeq::finite(Sets{nothing, nothing, all}), "020201000100"},
      {ChunkRangesSeq::root(set({0, 10})), "020002000a0100"},
      {ChunkRangesSeq::root(set({0, 10, 100, 110})), "020004000a5a0a0100"},
      {ChunkRangesSeq::infinite(Sets{nothing, nothing, set({1000000}), all}), "020201c0843d010100"},
      {ChunkRangesSeq::finite(Sets{set({1, 2}), set({1, 2}), set({1, 2})}), "02000201010300"},
      {ChunkRangesSeq::finite(Sets{set({1, 2}), set({1, 2}), set({2, 3}), set({2, 3})}), "0300020101020202010200"},
      {ChunkRangesSeq::finite(Sets{set({0, 1}), nothing}), "02000200010100"},
      {ChunkRangesSeq::finite(Sets(9, all)), "020001000900"},
  };
  for (const auto& vector : vectors) {
    EXPECT_EQ(seq_hex(vector.seq), vector.hex);
    EXPECT_EQ(parse_seq(vector.hex), vector.seq) << vector.hex;
  }
  EXPECT_TRUE(parse_seq("01020100").has_value());
}

// [blobs.md 26], [blobs.md 87]
TEST(ChunkRangesSeq, WhatIsNotCanonicalIsRefused) {
  for (const std::string_view hex :
       {"020001000000", "02000100010100", "010000", "020300010100", "02ffffffffffffffffff0101000100", "0100020000",
        "0100020100", "010002ffffffffffffffffff0101"}) {
    EXPECT_FALSE(parse_seq(hex).has_value()) << hex;
  }
}

// [blobs.md 3]
TEST(ChunkRangesSeq, TruncatedAtAnyLengthItIsRefused) {
  const auto whole = from_hex("020001000101ffffffffffffffffff01");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const base::ByteSpan part = std::span(whole).first(length);
    base::PostcardReader reader(part);
    EXPECT_FALSE(read_ranges_seq(reader).has_value()) << length;
  }
}

// [blobs.md 26]
TEST(ChunkRangesSeq, GapsAreJumpedOver) {
  ChunkRangesSeqBuilder builder;
  builder.set(1, set({3, 4}));
  builder.set_rest(std::uint64_t{1} << 62, all);
  const ChunkRangesSeq seq = std::move(builder).build();
  EXPECT_TRUE(seq.is_infinite());
  EXPECT_EQ(seq.next_selected(0)->position, 1U);
  EXPECT_EQ(seq.next_selected(2)->position, std::uint64_t{1} << 62);
  EXPECT_EQ(seq.next_selected((std::uint64_t{1} << 62) + 5)->position, (std::uint64_t{1} << 62) + 5);
  EXPECT_FALSE(ChunkRangesSeq::root(all).next_selected(1).has_value());
  EXPECT_FALSE(ChunkRangesSeq().next_selected(0).has_value());
}

TEST(ChunkRangesSeq, KnowsASingleBlobFromAHashSequence) {
  EXPECT_TRUE(ChunkRangesSeq::root(set({1, 3})).is_single_blob());
  EXPECT_FALSE(ChunkRangesSeq::all().is_single_blob());
  EXPECT_FALSE(ChunkRangesSeq().is_single_blob());
  EXPECT_FALSE(ChunkRangesSeq::finite(Sets{all, all}).is_single_blob());
  EXPECT_FALSE(ChunkRangesSeq::finite(Sets{nothing, all}).is_single_blob());
}

/// The rule of [blobs.md §3.3] word for word: an entry for each change, and an end if there is something to end.
std::vector<ChunkRangesSeq::Entry> naive_entries(const Sets& sets, bool is_infinite) {
  std::vector<ChunkRangesSeq::Entry> entries;
  ChunkRanges previous;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    if (sets[i] == previous) continue;
    entries.push_back({i, sets[i]});
    previous = sets[i];
  }
  if (!is_infinite && !previous.is_empty()) entries.push_back({sets.size(), nothing});
  return entries;
}

// [blobs.md 25], [blobs.md 87] No builder emits anything but the canonical form.
TEST(ChunkRangesSeq, BuildersAgreeWithANaiveEncoder) {
  base::SeededRandom random(7);
  const Sets choices = {nothing, all, set({0, 1}), set({5}), ChunkRanges::last_chunk()};
  for (int round = 0; round < 500; ++round) {
    Sets sets;
    for (std::uint64_t n = random.below(12); n > 0; --n)
      sets.push_back(choices[static_cast<std::size_t>(random.below(choices.size()))]);
    for (const bool is_infinite : {false, true}) {
      const auto seq = is_infinite ? ChunkRangesSeq::infinite(sets) : ChunkRangesSeq::finite(sets);
      const auto expected = naive_entries(sets, is_infinite);
      ASSERT_EQ(std::vector(seq.entries().begin(), seq.entries().end()), expected);
      ASSERT_EQ(parse_seq(seq_hex(seq)), seq);
      for (std::size_t i = 0; i < sets.size(); ++i) ASSERT_EQ(seq.at(i), sets[i]);
      std::optional<std::uint64_t> first;
      for (std::size_t i = 0; i < sets.size() && !first; ++i) {
        if (!sets[i].is_empty()) first = i;
      }
      const auto found = seq.next_selected(0);
      ASSERT_EQ(found ? std::optional(found->position) : std::nullopt, first);
    }
  }
}

// [blobs.md 27]
TEST(Requests, HeadsAreTheExamples) {
  const std::string da = repeated("da");
  EXPECT_EQ(base::to_hex(encode_get(GetRequest::blob(filled(0xda)))), "00" + da + "020001000100");
  EXPECT_EQ(base::to_hex(encode_get(GetRequest::hash_seq(filled(0xda)))), "00" + da + "01000100");
  EXPECT_EQ(base::to_hex(encode_get({filled(0xda), {}})), "00" + da + "00");
  EXPECT_EQ(base::to_hex(encode_push(GetRequest::blob(filled(0xda)))), "0826" + da + "020001000100");
  EXPECT_EQ(base::to_hex(encode_observe({filled(0xda)})), "01" + da + "0100");
  const std::string two = "0902" + da + repeated("db");
  const std::vector<Hash> hashes = {filled(0xda), filled(0xdb)};
  EXPECT_EQ(base::to_hex(encode_get_many(GetManyRequest::all_of({filled(0xdb), filled(0xda), filled(0xdb)}))),
            two + "020001000200");
  EXPECT_EQ(base::to_hex(encode_get_many({hashes, ChunkRangesSeq::all()})), two + "01000100");
  const auto partly = ChunkRangesSeq::finite(Sets{all, set({0, 1})});
  EXPECT_EQ(base::to_hex(encode_get_many({hashes, partly})), two + "03000100010200010100");
}

// [blobs.md 2], [blobs.md 3]
TEST(Requests, AreReadBackAndNeverPastTheirEnd) {
  const GetManyRequest many = {{filled(1), filled(2)}, ChunkRangesSeq::finite(Sets{all, set({0, 1})})};
  auto bytes = encode_get_many(many);
  const auto body = std::span(bytes).subspan(1);
  EXPECT_EQ(decode_get_many(body), many);
  for (std::size_t length = 0; length < body.size(); ++length) {
    EXPECT_FALSE(decode_get_many(body.first(length)).has_value()) << length;
  }
  bytes.push_back(std::byte{7});
  EXPECT_EQ(decode_get_many(std::span(bytes).subspan(1)), many);
  const ObserveRequest observe = {filled(3), set({1, 2})};
  const auto observe_bytes = encode_observe(observe);
  EXPECT_EQ(decode_observe(std::span(observe_bytes).subspan(1)), observe);
  const auto not_canonical = from_hex(repeated("da") + "020100");
  EXPECT_FALSE(decode_observe(not_canonical).has_value());
  // A count that the rest of the body cannot hold.
  EXPECT_FALSE(decode_get_many(from_hex("ffffffffffffffffff01")).has_value());
}

// [blobs.md 29]
TEST(Requests, OfReservedAndUnknownTypesAreNone) {
  for (unsigned type = 0; type < 256; ++type) {
    const bool is_known = type == 0 || type == 1 || type == 8 || type == 9;
    EXPECT_EQ(request_type(static_cast<std::byte>(type)).has_value(), is_known) << type;
  }
}

// [blobs.md 48]
TEST(ObserveItem, IsWrittenAsTheVectorsSay) {
  EXPECT_EQ(base::to_hex(encode_observe_item(0, nothing)), "020000");
  EXPECT_EQ(base::to_hex(encode_observe_item(0, all)), "03000100");
  EXPECT_EQ(base::to_hex(encode_observe_item(16385, all)), "058180010100");
  EXPECT_EQ(base::to_hex(encode_observe_item(100000, set({16, 32}))), "06a08d06021020");
  EXPECT_EQ(base::to_hex(encode_observe_item(100000, nothing)), "04a08d0600");
  EXPECT_EQ(base::to_hex(encode_observe_item(100000, set({0, 16, 96}))), "07a08d0603001060");
  EXPECT_EQ(base::to_hex(encode_observe_item(8388609, set({0, 1024}))), "088180800402008008");
}

// [blobs.md 48], [blobs.md §3.7]
TEST(ObserveItem, ChangesAddUpToTheWholeWhateverThePieces) {
  const Bitfield first(100000, set({16, 32}));
  const Bitfield second = first.combine(Bitfield(100000, set({0, 16})));
  const Bitfield complete = Bitfield::complete(100000);
  std::vector<std::byte> stream = encode_observe_change(Bitfield(), first);
  EXPECT_EQ(base::to_hex(stream), "06a08d06021020");
  for (const auto& item : {encode_observe_change(first, second), encode_observe_change(second, complete)}) {
    stream.insert(stream.end(), item.begin(), item.end());
  }
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, stream.size()}) {
    ObserveReader reader;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      ASSERT_TRUE(reader.feed(std::span(stream).subspan(at, std::min(piece, stream.size() - at))));
    }
    EXPECT_EQ(reader.items(), 3U);
    EXPECT_EQ(reader.bitfield(), complete);
  }
}

// [blobs.md 48], [blobs.md 51]
TEST(ObserveItem, DisorderIsToleratedAndNonsenseIsNot) {
  ObserveReader reader;
  EXPECT_TRUE(reader.feed(from_hex("08a08d060420102010")));
  EXPECT_EQ(reader.bitfield(), Bitfield(100000, set({16, 32})));
  EXPECT_FALSE(ObserveReader().feed(from_hex("818040")));                  // 1 048 577 bytes
  EXPECT_TRUE(ObserveReader().feed(from_hex("808040")));                   // 1 048 576 bytes, still to come
  EXPECT_FALSE(ObserveReader().feed(from_hex("ffffffffffffffffffff01")));  // no number
  EXPECT_FALSE(ObserveReader().feed(from_hex("03a08d06")));                // no boundaries
  EXPECT_FALSE(ObserveReader().feed(from_hex("020005")));                  // fewer than announced
}

}  // namespace
}  // namespace iroh::blobs
