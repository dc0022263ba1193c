// SPDX-License-Identifier: MIT OR Apache-2.0
// Every backend of this machine against the same vectors, and all of them against each other.
#include "crypto/packet_cipher.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>

#include "base/hex.hpp"
#include "base/random.hpp"
#include "crypto/backend/backends.hpp"
#include "crypto/test_hex.hpp"

namespace iroh::crypto {
namespace {

using base::to_hex;

constexpr std::array suites = {CipherSuite::aes_128_gcm_sha256, CipherSuite::aes_256_gcm_sha384,
                               CipherSuite::chacha20_poly1305_sha256};

std::vector<std::byte> random_bytes(base::Random& random, std::size_t size) {
  std::vector<std::byte> bytes(size);
  random.fill(bytes);
  return bytes;
}

Nonce nonce_from(base::ByteSpan bytes) {
  Nonce nonce;
  std::ranges::copy(bytes, nonce.begin());
  return nonce;
}

std::vector<std::byte> seal(AeadKey& key, const Nonce& nonce, base::ByteSpan aad, base::ByteSpan plaintext) {
  std::vector<std::byte> out(plaintext.size() + tag_size);
  const SealJob::Run run{plaintext.data(), plaintext.size()};
  const SealJob job{nonce, aad, {&run, 1}, out.data()};
  key.seal({&job, 1});
  return out;
}

std::optional<std::vector<std::byte>> open(AeadKey& key, const Nonce& nonce, base::ByteSpan aad,
                                           std::vector<std::byte> sealed) {
  OpenJob job{nonce, aad, sealed};
  key.open({&job, 1});
  if (!job.ok) return std::nullopt;
  sealed.resize(sealed.size() - tag_size);
  return sealed;
}

class PacketCipherBackendTest : public testing::TestWithParam<const PacketCipherBackend*> {};

INSTANTIATE_TEST_SUITE_P(All, PacketCipherBackendTest, testing::ValuesIn(packet_cipher_backends()),
                         [](const auto& backend) {
                           std::string name(backend.param->name());
                           std::erase(name, '-');
                           return name;
                         });

struct AeadVector {
  CipherSuite suite;
  const char* key;
  const char* nonce;
  const char* aad;
  const char* plaintext;
  const char* sealed;
};

constexpr auto gcm_128 = CipherSuite::aes_128_gcm_sha256;
constexpr auto gcm_256 = CipherSuite::aes_256_gcm_sha384;
constexpr auto chacha = CipherSuite::chacha20_poly1305_sha256;

const std::array aead_vectors = {
    // McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 1, 2, 4, 13, 14 and 16.
    AeadVector{gcm_128, "00000000000000000000000000000000", "000000000000000000000000", "", "",
               "58e2fccefa7e3061367f1d57a4e7455a"},
    AeadVector{gcm_128, "00000000000000000000000000000000", "000000000000000000000000", "",
               "00000000000000000000000000000000", "0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf"},
    AeadVector{gcm_128, "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
               "feedfacedeadbeeffeedfacedeadbeefabaddad2",
               "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
               "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
               "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
               "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47"},
    AeadVector{gcm_256, "0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
               "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    AeadVector{gcm_256, "0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
               "", "00000000000000000000000000000000",
               "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"},
    AeadVector{gcm_256, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
               "feedfacedeadbeeffeedfacedeadbeefabaddad2",
               "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
               "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
               "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
               "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"},
    // [RFC 8439 §2.8.2]
    AeadVector{chacha, "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f", "070000004041424344454647",
               "50515253c0c1c2c3c4c5c6c7",
               "4c616469657320616e642047656e746c656d656e206f662074686520636c6173"
               "73206f66202739393a204966204920636f756c64206f6666657220796f75206f"
               "6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73"
               "637265656e20776f756c642062652069742e",
               "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
               "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
               "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
               "3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691"},
    // [RFC 9001 §A.3] The server's Initial packet, number 1.
    AeadVector{gcm_128, "cf3a5331653c364c88f0f379b6067e37", "0ac1493ca1905853b0bba03f",
               "c1000000010008f067a5502a4262b50040750001",
               "02000000000600405a020000560303eefce7f7b37ba1d1632e96677825ddf739"
               "88cfc79825df566dc5430b9a045a1200130100002e00330024001d00209d3c94"
               "0d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a002b00020304",
               "5a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb38cc5a99f"
               "5ede4cf73c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73"
               "cc3f3bded74b562bfb19fb84022f8ef4cdd93795d77d06edbb7aaf2f58891850"
               "abbdca3d20398c276456cbc42158407dd074ee"},
    // [RFC 9001 §A.5]
    AeadVector{chacha, "c6d98ff3441c3fe1b2182094f69caa2ed4b716b65488960a7a984979fb23e1c8", "e0459b3474bdd0e46d417eb0",
               "4200bff4", "01", "655e5cd55c41f69080575d7999c25a5bfb"},
};

TEST_P(PacketCipherBackendTest, SealsAndOpensPublishedVectors) {
  for (const auto& vector : aead_vectors) {
    if (!GetParam()->supports(vector.suite)) continue;
    const auto key = GetParam()->make_aead_key(vector.suite, hex(vector.key));
    const Nonce nonce = nonce_from(hex(vector.nonce));
    EXPECT_EQ(to_hex(seal(*key, nonce, hex(vector.aad), hex(vector.plaintext))), vector.sealed);
    const auto opened = open(*key, nonce, hex(vector.aad), hex(vector.sealed));
    ASSERT_TRUE(opened.has_value()) << vector.sealed;
    EXPECT_EQ(to_hex(*opened), vector.plaintext);
  }
}

// [quic.md §10.2] The nonces differ by the path id; header protection included.
TEST_P(PacketCipherBackendTest, MakesTheMultipathPacketsOfTheSpecification) {
  const auto key =
      GetParam()->make_aead_key(chacha, hex("c6d98ff3441c3fe1b2182094f69caa2ed4b716b65488960a7a984979fb23e1c8"));
  EXPECT_EQ(to_hex(seal(*key, nonce_from(hex("e0459b3574bdd0e46d417eb0")), hex("4200bff4"), hex("01"))),
            "fd625181f437d28926c29c961ca448bc88");
}

// [RFC 9001 §A.2, §A.3, §A.5]
TEST_P(PacketCipherBackendTest, MakesTheHeaderMasksOfRfc9001) {
  const auto mask = [&](CipherSuite suite, const char* key, const char* sample) {
    HeaderSample bytes;
    std::ranges::copy(hex(sample), bytes.begin());
    HeaderMask result;
    GetParam()->make_header_key(suite, hex(key))->masks({&bytes, 1}, {&result, 1});
    return to_hex(result);
  };
  EXPECT_EQ(mask(gcm_128, "9f50449e04a0e810283a1e9933adedd2", "d1b1c98dd7689fb8ec11d242b123dc9b"), "437b9aec36");
  EXPECT_EQ(mask(gcm_128, "c206b8d9b9f0f37644430b490eeaa314", "2cd0991cd25b0aac406a5816b6394100"), "2ec0d8356a");
  EXPECT_EQ(mask(chacha, "25a282b9e82f06f21f488917a4fc8f1b73573685608597d0efcb076b0ab7a7a4",
                 "5e5cd55c41f69080575d7999c25a5bfb"),
            "aefefe7d03");
  // FIPS 197, appendix C.3
  EXPECT_EQ(mask(gcm_256, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
                 "00112233445566778899aabbccddeeff"),
            "8ea2b7ca51");
}

TEST_P(PacketCipherBackendTest, MasksABatchLikeSingleSamples) {
  base::SeededRandom random(6);
  for (const CipherSuite suite : suites) {
    const auto key = GetParam()->make_header_key(suite, random_bytes(random, key_size(suite)));
    for (const std::size_t count : {0u, 1u, 2u, 31u, 32u, 33u, 64u, 100u}) {
      std::vector<HeaderSample> samples(count);
      for (auto& sample : samples) random.fill(sample);
      std::vector<HeaderMask> masks(count);
      key->masks(samples, masks);
      for (std::size_t i = 0; i < count; ++i) {
        HeaderMask single;
        key->masks({&samples[i], 1}, {&single, 1});
        EXPECT_EQ(masks[i], single);
      }
    }
  }
}

TEST_P(PacketCipherBackendTest, RefusesEveryFlippedBit) {
  base::SeededRandom random(7);
  for (const CipherSuite suite : suites) {
    const auto key = GetParam()->make_aead_key(suite, random_bytes(random, key_size(suite)));
    const Nonce nonce = nonce_from(random_bytes(random, nonce_size));
    const auto aad = random_bytes(random, 20);
    const auto sealed = seal(*key, nonce, aad, random_bytes(random, 40));
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
      auto corrupted = sealed;
      corrupted[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
      EXPECT_FALSE(open(*key, nonce, aad, corrupted).has_value()) << name(suite) << " bit " << bit;
    }
    for (std::size_t size = 0; size < sealed.size(); ++size) {
      EXPECT_FALSE(open(*key, nonce, aad, {sealed.begin(), sealed.begin() + static_cast<std::ptrdiff_t>(size)}));
    }
    EXPECT_TRUE(open(*key, nonce, aad, sealed).has_value());
  }
}

/// Cuts a plaintext into runs; each is external or already stands at its place in out.
std::vector<SealJob::Run> scatter(base::Random& random, const std::vector<std::byte>& plaintext,
                                  std::vector<std::byte>& out) {
  std::vector<SealJob::Run> runs;
  std::size_t at = 0;
  do {
    const std::size_t size = random.chance(1, 5) ? plaintext.size() - at : random.below(plaintext.size() - at + 1);
    if (random.chance(1, 2)) {
      std::copy_n(plaintext.begin() + static_cast<std::ptrdiff_t>(at), size,
                  out.begin() + static_cast<std::ptrdiff_t>(at));
      runs.push_back({out.data() + at, size});
    } else {
      runs.push_back({plaintext.data() + at, size});
    }
    at += size;
  } while (at < plaintext.size());
  return runs;
}

TEST_P(PacketCipherBackendTest, AgreesWithTheOthersOnScatteredBatches) {
  const PacketCipherBackend& reference = *packet_cipher_backends().back();
  base::SeededRandom random(8);
  for (const CipherSuite suite : suites) {
    const auto key_bytes = random_bytes(random, key_size(suite));
    const auto key = GetParam()->make_aead_key(suite, key_bytes);
    const auto reference_key = reference.make_aead_key(suite, key_bytes);
    for (int round = 0; round < 60; ++round) {
      const std::size_t count = 1 + random.below(12);
      struct Packet {
        Nonce nonce;
        std::vector<std::byte> aad, plaintext, out;
        std::vector<SealJob::Run> runs;
      };
      std::vector<Packet> packets(count);
      std::vector<SealJob> jobs;
      for (Packet& packet : packets) {
        random.fill(packet.nonce);
        packet.aad = random_bytes(random, random.below(50));
        packet.plaintext = random_bytes(random, random.chance(1, 8) ? 0 : random.below(1500));
        packet.out.resize(packet.plaintext.size() + tag_size);
        packet.runs = scatter(random, packet.plaintext, packet.out);
        jobs.push_back({packet.nonce, packet.aad, packet.runs, packet.out.data()});
      }
      key->seal(jobs);
      std::vector<OpenJob> open_jobs;
      for (Packet& packet : packets) {
        EXPECT_EQ(packet.out, seal(*reference_key, packet.nonce, packet.aad, packet.plaintext));
        open_jobs.push_back({packet.nonce, packet.aad, packet.out});
      }
      const std::size_t victim = random.below(count);
      auto& bytes = packets[victim].out;
      bytes[random.below(bytes.size())] ^= std::byte{0x10};
      key->open(open_jobs);
      for (std::size_t i = 0; i < count; ++i) {
        EXPECT_EQ(open_jobs[i].ok, i != victim);
        if (i != victim) {
          EXPECT_TRUE(base::equal(open_jobs[i].sealed.first(packets[i].plaintext.size()), packets[i].plaintext));
        }
      }
    }
  }
}

TEST_P(PacketCipherBackendTest, SealsWithoutAnyRun) {
  base::SeededRandom random(9);
  for (const CipherSuite suite : suites) {
    const auto key = GetParam()->make_aead_key(suite, random_bytes(random, key_size(suite)));
    const Nonce nonce = nonce_from(random_bytes(random, nonce_size));
    std::array<std::byte, tag_size> out;
    const SealJob job{nonce, {}, {}, out.data()};
    key->seal({&job, 1});
    EXPECT_EQ(to_hex(out), to_hex(seal(*key, nonce, {}, {})));
    OpenJob open_job{nonce, {}, out};
    key->open({&open_job, 1});
    EXPECT_TRUE(open_job.ok);
  }
}

TEST_P(PacketCipherBackendTest, PassesItsSelfCheck) {
  for (const CipherSuite suite : suites) EXPECT_TRUE(passes_self_check(*GetParam(), suite)) << name(suite);
}

TEST(PacketCipher, HasABackendForEverySuite) {
  for (const CipherSuite suite : suites) EXPECT_TRUE(packet_cipher_backend(suite).supports(suite));
}

TEST(PacketCipherDeathTest, PutsTheNamedBackendFirst) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  for (const PacketCipherBackend* backend : packet_cipher_backends()) {
    EXPECT_EXIT(
        {
          ::setenv("IROH_CRYPTO_BACKEND", std::string(backend->name()).c_str(), 1);
          const bool forced =
              std::ranges::all_of(suites, [&](CipherSuite suite) { return &packet_cipher_backend(suite) == backend; });
          std::exit(forced ? 0 : 1);
        },
        testing::ExitedWithCode(0), "")
        << backend->name();
  }
}

TEST(PacketCipherDeathTest, EndsWithTheListOfNamesWhenTheNameIsUnknown) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        ::setenv("IROH_CRYPTO_BACKEND", "enigma", 1);
        packet_cipher_backend(CipherSuite::aes_128_gcm_sha256);
      },
      testing::ExitedWithCode(EXIT_FAILURE), "enigma.*gnutls openssl");
}

}  // namespace
}  // namespace iroh::crypto
