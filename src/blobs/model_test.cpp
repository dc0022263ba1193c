// SPDX-License-Identifier: MIT OR Apache-2.0
#include <gtest/gtest.h>

#include "base/hex.hpp"
#include "base/random.hpp"
#include "iroh/blobs/blob_ticket.hpp"
#include "iroh/blobs/collection.hpp"
#include "iroh/blobs/hash.hpp"
#include "iroh/blobs/hash_seq.hpp"

namespace iroh::blobs {
namespace {

constexpr std::string_view hello_hex = "ea8f163db38682925e4491c5e58d4bb3506ef8c14eb78a86e908c5624a67200f";
constexpr std::string_view hello_base32 = "5khrmpntq2bjexseshc6ldklwnig56gbj23yvbxjbdcwestheahq";

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

// [blobs.md 4]
TEST(Hash, IsReadFromHexAndFromBase32) {
  const Hash hello = Hash::of("hello");
  EXPECT_EQ(hello.to_string(), hello_hex);
  EXPECT_EQ(hello.to_base32(), hello_base32);
  EXPECT_EQ(hello.short_string(), hello_hex.substr(0, 10));
  for (const std::string& text : {std::string(hello_hex), std::string(hello_base32), upper(hello_base32)}) {
    EXPECT_EQ(Hash::parse(text), hello) << text;
  }
  EXPECT_EQ(Hash::empty().to_string(), "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
}

// [blobs.md 4]
TEST(Hash, RefusesEverythingElse) {
  std::string bad_bits(hello_base32);
  bad_bits.back() = 'r';  // the last symbol has four bits too many
  for (const std::string& text : {upper(hello_hex), std::string(hello_hex.substr(1)), std::string(hello_hex) + "0",
                                  bad_bits, std::string(), std::string(52, '!')}) {
    EXPECT_EQ(Hash::parse(text), std::unexpected(make_error_code(BlobError::invalid_hash_text))) << text;
  }
}

// [blobs.md 95]
TEST(Hash, ReadsTextOfAnyLengthWithoutHarm) {
  for (std::size_t length = 0; length <= 70; ++length) {
    for (const char symbol : {'a', '0', '7', 'g', 'z', '\xff'}) {
      const auto hash = Hash::parse(std::string(length, symbol));
      EXPECT_TRUE(!hash || length == 64 || length == 52) << length << symbol;
    }
  }
}

// [blobs.md 5]
TEST(HashAndFormat, HasATextAndABinaryForm) {
  const Hash hello = Hash::of("hello");
  const auto raw = HashAndFormat::raw(hello);
  const auto seq = HashAndFormat::hash_seq(hello);
  EXPECT_EQ(raw.to_string(), hello_hex);
  EXPECT_EQ(seq.to_string(), "s" + std::string(hello_hex));
  for (const auto& value : {raw, seq}) {
    EXPECT_EQ(HashAndFormat::parse(value.to_string()), value);
    EXPECT_EQ(HashAndFormat::parse(upper(value.to_string())), value);
    EXPECT_EQ(value.to_bytes().size(), 33u);
    EXPECT_EQ(HashAndFormat::from_bytes(value.to_bytes()), value);
  }
  for (const std::string& text :
       {std::string(hello_base32), "x" + std::string(hello_hex), std::string("s"), std::string()}) {
    EXPECT_FALSE(HashAndFormat::parse(text)) << text;
  }
  auto unknown = raw.to_bytes();
  unknown.back() = std::byte{2};
  EXPECT_EQ(HashAndFormat::from_bytes(unknown).error(), BlobError::unknown_format);
  EXPECT_EQ(HashAndFormat::from_bytes(std::span(unknown).first(32)).error(), BlobError::truncated);
}

// [blobs.md 6]
TEST(HashSeq, IsAWholeNumberOfHashes) {
  for (const std::size_t size : {0u, 32u, 64u}) {
    const auto seq = HashSeq::from_bytes(Bytes::from_string(std::string(size, 'x')));
    ASSERT_TRUE(seq);
    EXPECT_EQ(seq->size(), size / 32);
    EXPECT_EQ(seq->at(0).has_value(), size > 0);
    EXPECT_FALSE(seq->at(size / 32));
  }
  for (const std::size_t size : {1u, 31u, 33u}) {
    EXPECT_EQ(HashSeq::from_bytes(Bytes::from_string(std::string(size, 'x'))).error(), BlobError::invalid_hash_seq);
  }
  const std::vector<Hash> hashes = {Hash::of("a"), Hash::of("b")};
  EXPECT_EQ(HashSeq(hashes).hashes(), hashes);
}

std::vector<std::byte> bytes_from_hex(std::string_view hex) {
  return *base::from_hex(hex);
}

void expect_collection(const Collection& collection, std::string_view metadata, std::string_view metadata_hash,
                       std::string_view root) {
  const auto blobs = collection.to_blobs();
  EXPECT_EQ(base::to_hex(blobs.metadata), metadata);
  EXPECT_EQ(Hash::of(blobs.metadata).to_string(), metadata_hash);
  EXPECT_EQ(blobs.root().to_string(), "s" + std::string(root));
  EXPECT_EQ(Collection::from_blobs(blobs.metadata, blobs.hash_seq), collection);
}

// [blobs.md 7]
TEST(Collection, EqualsTheVectors) {
  expect_collection(Collection(), "436f6c6c656374696f6e56302e00",
                    "3c62686f64c05b1f2c38ae0486f91099edcbf7b18d7c6665b28159258b6083c4",
                    "c69e3bb6adb62a337f033d8d5d34498f7e58af9eadfbd8a835b6b0f7e861dbad");
  Collection three;
  for (const char i : {'0', '1', '2'})
    three.add(std::string("blob") + i, Hash::of(std::string_view(std::string(1, static_cast<char>(i - '0')))));
  expect_collection(three, "436f6c6c656374696f6e56302e0305626c6f623005626c6f623105626c6f6232",
                    "e959e548d08367e752900291ffeed01d0490427bea722ac2022b36ade26bdb7c",
                    "aab660b34dc8c1cecd063ab454233e8562b1c55b896c685b542b19166ccb0189");
  Collection unicode;
  unicode.add("data/ü.txt", Hash::of("hello"));
  expect_collection(unicode, "436f6c6c656374696f6e56302e010b646174612fc3bc2e747874",
                    "c8ec7543586cd0fe37b8c0ff1c9cda047f6b970bd84eb4fd208f8c947c660fd7",
                    "f7a04bd4a932be37eebb1698cddb416cd9b189533ffd2b76554e8ec81f0c6f80");
}

/// The HashSeq that would belong to this metadata, with so many hashes behind.
HashSeq hash_seq_for(std::span<const std::byte> metadata, std::size_t count) {
  std::vector<Hash> hashes = {Hash::of(metadata)};
  hashes.resize(count + 1, Hash::empty());
  return HashSeq(hashes);
}

// [blobs.md 7], [blobs.md 3]
TEST(Collection, RefusesWrongHeadersCountsAndNames) {
  const auto good = bytes_from_hex("436f6c6c656374696f6e56302e020161016162");
  EXPECT_TRUE(Collection::from_blobs(good, hash_seq_for(good, 2)));  // bytes left over are fine
  EXPECT_FALSE(Collection::from_blobs(good, hash_seq_for(good, 1)));
  EXPECT_FALSE(Collection::from_blobs(good, hash_seq_for(good, 3)));
  EXPECT_FALSE(Collection::from_blobs(good, HashSeq()));
  const std::vector<Hash> other = {Hash::of("other"), Hash::empty(), Hash::empty()};
  EXPECT_FALSE(Collection::from_blobs(good, HashSeq(other)));
  for (const char* hex :
       {"436f6c6c656374696f6e56312e00", "436f6c6c656374696f6e56302e01", "436f6c6c656374696f6e56302e0101ff",
        "436f6c6c656374696f6e56302effffffffffffffffff01", "436f6c6c"}) {
    const auto bad = bytes_from_hex(hex);
    EXPECT_EQ(Collection::names_from(bad), std::unexpected(make_error_code(BlobError::invalid_collection))) << hex;
  }
}

EndpointId vector_id() {
  return *EndpointId::parse("ae58ff8833241ac82d6ff7611046ed67b5072d142c588d0063e942d9a75502b6");
}
const Hash hi_there = Hash::of("hi there");

struct TicketVector {
  BlobTicket ticket;
  std::string_view text;
};

std::vector<TicketVector> ticket_vectors() {
  const EndpointAddr bare(vector_id());
  const EndpointAddr local = bare.with_ip_addr(*SocketAddr::parse("127.0.0.1:1234"));
  const EndpointAddr full = bare.with_ip_addr(*SocketAddr::parse("[2001:db8::1]:4433"))
                                .with_ip_addr(*SocketAddr::parse("192.0.2.7:4433"))
                                .with_relay_url(*RelayUrl::parse("https://relay.example.org./"));
  return {{BlobTicket(bare, HashAndFormat::raw(hi_there)),
           "blobacxfr74igmsbvsbnn73wcecg5vt3kbzncqwfrdiampuufwnhkublmaaaaafyju2y4tel43bymjvsdax7k5mbrotl2p2lsbdetff6ctf"
           "tksqhe"},
          {BlobTicket(local, HashAndFormat::hash_seq(hi_there)),
           "blobacxfr74igmsbvsbnn73wcecg5vt3kbzncqwfrdiampuufwnhkublmaabab7qaaab2ieqcc4e2nmojsf6nq4ge2zbql7vowayxjv5h5f"
           "zarsjss7bjszvjids"},
          {BlobTicket(full, HashAndFormat::hash_seq(hi_there)),
           "blobacxfr74igmsbvsbnn73wcecg5vt3kbzncqwfrdiampuufwnhkublmai3nb2hi4dthixs64tfnrqxsltfpbqw24dmmuxg64thfyxqeag"
           "aaabapujcaeqacdnyaaaaaaaaaaaaaaaaaaa5ciqbbocngwhezc7gyodcnmqyf72xlamlu26t6s4qizezjpquzm2uubza"}};
}

// [blobs.md 10]
TEST(BlobTicket, EqualsTheVectors) {
  for (const TicketVector& vector : ticket_vectors()) {
    EXPECT_EQ(vector.ticket.to_string(), vector.text);
    const auto parsed = BlobTicket::parse(vector.text);
    ASSERT_TRUE(parsed) << parsed.error().message();
    EXPECT_EQ(*parsed, vector.ticket);
    std::string shouted(vector.text);
    for (std::size_t i = 4; i < shouted.size(); ++i) shouted[i] = static_cast<char>(std::toupper(shouted[i]));
    EXPECT_EQ(BlobTicket::parse(shouted), vector.ticket);
  }
}

// [blobs.md 10]
TEST(BlobTicket, RefusesWrongPrefixesTextAndKeys) {
  const std::string text(ticket_vectors()[0].text);
  EXPECT_EQ(BlobTicket::parse("BLOB" + text.substr(4)).error(), TicketError::wrong_prefix);
  EXPECT_EQ(BlobTicket::parse("endpoint" + text.substr(4)).error(), TicketError::wrong_prefix);
  EXPECT_EQ(BlobTicket::parse(text + "!").error(), TicketError::invalid_base32);
  EXPECT_EQ(BlobTicket::parse(text.substr(0, text.size() - 1) + "f").error(), TicketError::invalid_base32);
  auto bytes = ticket_vectors()[0].ticket.to_bytes();
  std::fill(bytes.begin() + 1, bytes.begin() + 33, std::byte{});
  bytes[1] = std::byte{2};  // y = 2 is on no point of the curve
  EXPECT_EQ(BlobTicket::from_bytes(bytes).error(), TicketError::invalid_endpoint_id);
}

// [blobs.md 2], [blobs.md 3]
TEST(BlobTicket, IgnoresBytesAfterTheValueAndRefusesTruncation) {
  for (const TicketVector& vector : ticket_vectors()) {
    auto bytes = vector.ticket.to_bytes();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(BlobTicket::from_bytes(std::span(bytes).first(size))) << size;
    }
    bytes.push_back(std::byte{7});
    EXPECT_EQ(BlobTicket::from_bytes(bytes), vector.ticket);
  }
}

}  // namespace
}  // namespace iroh::blobs
