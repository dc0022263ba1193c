// SPDX-License-Identifier: MIT OR Apache-2.0
// EndpointId, SecretKey and Signature. [endpoint.md §1.1] to [endpoint.md §1.4]
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <unordered_set>

#include "identity/key_vectors.hpp"
#include "iroh/identity/endpoint_id.hpp"
#include "iroh/identity/secret_key.hpp"

namespace iroh::identity {
namespace {

using test::bytes_of;
using test::key_vectors;
using test::repeat;

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

template <class T>
std::string printed(const T& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

template <class T>
error_code error_of(const Result<T>& result) {
  return result ? error_code() : result.error();
}

// [endpoint.md 1] [endpoint.md §1.10]
TEST(Key, ReproducesTheVectors) {
  for (const auto& vector : key_vectors()) {
    const SecretKey key = SecretKey::parse(vector.seed).value();
    const PublicKey& id = key.public_key();
    EXPECT_EQ(id.to_string(), vector.id);
    EXPECT_EQ(id.to_z_base_32(), vector.z_base_32);
    EXPECT_EQ(id.to_tls_name(), vector.tls_name);
    EXPECT_EQ(EndpointId::from_z_base_32(vector.z_base_32), id);
    EXPECT_EQ(EndpointId::from_tls_name(vector.tls_name), id);
    EXPECT_EQ(EndpointId::parse(vector.id), id);
    EXPECT_EQ(key.sign("hello world").to_string(), vector.hello_signature);
    EXPECT_TRUE(id.verify("hello world", Signature::parse(vector.hello_signature).value()));
    EXPECT_TRUE(vector.empty_signature.empty() || key.sign("").to_string() == vector.empty_signature);
  }
}

// [endpoint.md 2]
TEST(Key, StringsAreLowerCaseHexOrBase32InAnyCase) {
  const auto& vector = key_vectors()[3];
  const EndpointId id = test::sample_id();
  const std::string base32 = "aoqqpp7tzyil4hlq3umoos6atft6jvrqtosq2xy53sdgiesvgg4a";
  EXPECT_EQ(EndpointId::parse(vector.id), id);
  EXPECT_EQ(EndpointId::parse(base32), id);
  EXPECT_EQ(EndpointId::parse(upper(base32)), id);
  EXPECT_EQ(EndpointId::parse("AoQq" + base32.substr(4)), id);
  // Secret keys follow the same rule.
  const std::string seed_base32 = "AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQTCQKRMFYYDENBWHA5DYPQ";
  EXPECT_EQ(SecretKey::parse(seed_base32), SecretKey::parse(vector.seed));
  EXPECT_EQ(SecretKey::parse(seed_base32).value().to_hex(), vector.seed);
}

// [endpoint.md 2] [tools.md §1.1]
TEST(Key, StringsFailWithTheRightKindOfError) {
  const auto& vector = key_vectors()[3];
  const std::string base32 = "aoqqpp7tzyil4hlq3umoos6atft6jvrqtosq2xy53sdgiesvgg4a";
  const auto expect = [](const std::string& text, KeyError error) {
    EXPECT_EQ(error_of(EndpointId::parse(text)), make_error_code(error)) << text;
    EXPECT_EQ(error_of(SecretKey::parse(text)), make_error_code(error)) << text;
  };
  expect(upper(vector.id), KeyError::failed_to_decode_hex);
  expect(vector.id.substr(1) + "g", KeyError::failed_to_decode_hex);
  expect(vector.id.substr(1), KeyError::invalid_length);
  expect(vector.id + "0", KeyError::invalid_length);
  expect(base32.substr(1), KeyError::invalid_length);
  expect(base32 + "a", KeyError::invalid_length);
  expect("", KeyError::invalid_length);
  expect(base32.substr(0, 51) + "b", KeyError::failed_to_decode_base32);
  expect(base32.substr(0, 51) + "1", KeyError::failed_to_decode_base32);
  expect(base32.substr(0, 51) + "=", KeyError::failed_to_decode_base32);
  expect(vector.z_base_32, KeyError::failed_to_decode_base32);
  expect(vector.tls_name, KeyError::invalid_length);
}

TEST(Key, ErrorsHaveTheTextsOfTheSpecification) {
  // [endpoint.md §1.3]
  EXPECT_EQ(make_error_code(KeyError::failed_to_decode_hex).message(), "failed to decode hex string");
  EXPECT_EQ(make_error_code(KeyError::failed_to_decode_base32).message(), "failed to decode base32 string");
  EXPECT_EQ(make_error_code(KeyError::invalid_length).message(), "invalid length");
  EXPECT_EQ(make_error_code(KeyError::invalid_key_data).message(), "data is not a valid public key");
  EXPECT_STREQ(identity_category().name(), "iroh.identity");
}

// [endpoint.md 3]
TEST(EndpointId, KeepsUnusualEncodingsVerbatim) {
  const std::vector<std::string> accepted{repeat("00", 32),
                                          repeat("ff", 32),
                                          "01" + repeat("00", 30) + "80",
                                          repeat("00", 31) + "80",
                                          "ed" + repeat("ff", 30) + "7f",
                                          "ee" + repeat("ff", 30) + "7f",
                                          "ec" + repeat("ff", 30) + "7f",
                                          "ec" + repeat("ff", 30) + "ff"};
  std::unordered_set<EndpointId> distinct;
  for (const auto& hex : accepted) {
    const auto id = EndpointId::from_slice(bytes_of(hex));
    ASSERT_TRUE(id) << hex;
    EXPECT_EQ(id->to_string(), hex);
    distinct.insert(*id);
  }
  EXPECT_EQ(distinct.size(), accepted.size());
  const auto no_point = EndpointId::from_slice(bytes_of("02" + repeat("00", 31)));
  EXPECT_EQ(error_of(no_point), make_error_code(KeyError::invalid_key_data));
  EXPECT_EQ(error_of(EndpointId::parse("02" + repeat("00", 31))), make_error_code(KeyError::invalid_key_data));
  EXPECT_EQ(error_of(EndpointId::from_slice(bytes_of("0203"))), make_error_code(KeyError::invalid_length));
}

TEST(EndpointId, RefusesBadZBase32) {
  // [endpoint.md §1.2]
  const std::string good = key_vectors()[3].z_base_32;
  const auto error = [](const std::string& text) { return error_of(EndpointId::from_z_base_32(text)); };
  EXPECT_EQ(error(good.substr(0, 51) + "l"), make_error_code(KeyError::failed_to_decode_base32));
  EXPECT_EQ(error(good.substr(0, 51) + "b"), make_error_code(KeyError::failed_to_decode_base32));
  EXPECT_EQ(error(upper(good)), make_error_code(KeyError::failed_to_decode_base32));
  EXPECT_EQ(error(good + "yy"), make_error_code(KeyError::failed_to_decode_base32));
  EXPECT_EQ(error(good + "y"), make_error_code(KeyError::invalid_key_data));
  EXPECT_EQ(error("yy"), make_error_code(KeyError::invalid_key_data));
  EXPECT_EQ(error(""), make_error_code(KeyError::invalid_key_data));
}

TEST(EndpointId, RefusesNamesThatAreNotItsOwn) {
  // [endpoint.md §2.6]
  const std::string good = key_vectors()[0].tls_name;
  EXPECT_TRUE(EndpointId::from_tls_name(good));
  for (const std::string& name :
       {good.substr(1), "a." + good, good + ".", good.substr(0, 52), std::string(".iroh.invalid"),
        std::string("example.com"), good.substr(0, 52) + ".iroh.test", upper(good)}) {
    EXPECT_FALSE(EndpointId::from_tls_name(name)) << name;
  }
}

// [endpoint.md 4]
TEST(EndpointId, VerifiesStrictly) {
  const SecretKey key = SecretKey::parse(key_vectors()[3].seed).value();
  const Signature good = key.sign("message");
  EXPECT_TRUE(key.public_key().verify("message", good));
  EXPECT_EQ(error_of(key.public_key().verify("massage", good)), make_error_code(KeyError::bad_signature));
  for (std::size_t bit = 0; bit < Signature::size * 8; bit += 7) {
    auto bytes = good.bytes();
    bytes[bit / 8] ^= static_cast<std::byte>(1u << (bit % 8));
    EXPECT_FALSE(key.public_key().verify("message", Signature(bytes))) << bit;
  }
  // The neutral element as A and R with S = 0 satisfies the equation, but both have small order.
  const EndpointId neutral = EndpointId::from_slice(bytes_of("01" + repeat("00", 31))).value();
  const Signature zero = Signature::from_slice(bytes_of("01" + repeat("00", 63))).value();
  EXPECT_FALSE(neutral.verify("message", zero));
  // S + L gives the same point as S.
  const auto order = bytes_of("edd3f55c1a631258d69cf7a2def9de14" + repeat("00", 15) + "10");
  auto bytes = good.bytes();
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    const unsigned sum = std::to_integer<unsigned>(bytes[32 + i]) + std::to_integer<unsigned>(order[i]) + carry;
    bytes[32 + i] = static_cast<std::byte>(sum & 0xff);
    carry = sum >> 8;
  }
  EXPECT_FALSE(key.public_key().verify("message", Signature(bytes)));
}

TEST(EndpointId, PrintsItsForms) {
  const EndpointId id = EndpointId::parse(key_vectors()[0].id).value();
  EXPECT_EQ(printed(id), key_vectors()[0].id);
  EXPECT_EQ(debug_string(id), "PublicKey(" + key_vectors()[0].id + ")");
  EXPECT_EQ(id.short_string(), "3b6a27bcce");
}

TEST(EndpointId, OrdersByItsBytes) {
  std::vector<EndpointId> ids;
  for (const auto& vector : key_vectors()) ids.push_back(EndpointId::parse(vector.id).value());
  std::ranges::sort(ids);
  EXPECT_EQ(ids.front().to_string().substr(0, 2), "03");
  EXPECT_EQ(ids.back().to_string().substr(0, 2), "8a");
}

// [endpoint.md 5]
TEST(SecretKey, NeverPrintsItself) {
  EXPECT_EQ(printed(SecretKey::generate()), "SecretKey(..)");
}

TEST(SecretKey, GeneratesDistinctKeysThatSign) {
  const SecretKey left = SecretKey::generate();
  const SecretKey right = SecretKey::generate();
  EXPECT_FALSE(left == right);
  EXPECT_NE(left.public_key(), right.public_key());
  const Signature signature = left.sign("text");
  EXPECT_TRUE(left.public_key().verify("text", signature));
  EXPECT_FALSE(right.public_key().verify("text", signature));
}

TEST(SecretKey, ComesFromExactly32Bytes) {
  EXPECT_EQ(SecretKey::from_slice(bytes_of(repeat("01", 32))).value().public_key().to_string(), key_vectors()[1].id);
  for (const std::size_t size : {0u, 31u, 33u}) {
    EXPECT_EQ(error_of(SecretKey::from_slice(bytes_of(repeat("01", size)))), make_error_code(KeyError::invalid_length));
  }
}

TEST(SecretKey, IsWipedWhenMovedFromAndWhenDestroyed) {
  const auto is_zero = [](std::span<const std::byte> bytes) {
    return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; });
  };
  const SecretKey original = SecretKey::parse(key_vectors()[3].seed).value();
  alignas(SecretKey) std::array<std::byte, sizeof(SecretKey)> memory;
  auto* key = new (memory.data()) SecretKey(original);
  const auto seed_offset = key->bytes().data() - memory.data();
  SecretKey moved = std::move(*key);
  EXPECT_TRUE(is_zero(key->bytes()));
  *key = std::move(moved);
  EXPECT_TRUE(*key == original);
  EXPECT_TRUE(is_zero(moved.bytes()));
  key->~SecretKey();
  EXPECT_TRUE(is_zero(std::span(memory).subspan(static_cast<std::size_t>(seed_offset), SecretKey::size)));
}

TEST(Signature, RoundTripsItsText) {
  const std::string text = key_vectors()[0].hello_signature;
  EXPECT_EQ(printed(Signature::parse(text).value()), text);
  EXPECT_EQ(error_of(Signature::parse(text.substr(2))), make_error_code(KeyError::invalid_length));
  EXPECT_EQ(error_of(Signature::parse(upper(text))), make_error_code(KeyError::failed_to_decode_hex));
  EXPECT_EQ(error_of(Signature::from_slice(bytes_of("00"))), make_error_code(KeyError::invalid_length));
  EXPECT_LT(Signature::parse(key_vectors()[1].hello_signature).value(), Signature::parse(text).value());
}

}  // namespace
}  // namespace iroh::identity
