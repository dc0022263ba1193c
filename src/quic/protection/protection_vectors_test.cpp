// SPDX-License-Identifier: MIT OR Apache-2.0
// The sample packets of RFC 9001 Appendix A, of the multipath draft and of quic.md, sealed and opened. [quic.md 20]
#include <gtest/gtest.h>

#include <string>

#include "crypto/hkdf.hpp"
#include "quic/protection/initial_keys.hpp"
#include "quic/protection/packet_keys.hpp"
#include "quic/protection/retry_tag.hpp"
#include "quic/protection/test_protection.hpp"
#include "quic/wire/packet_header.hpp"

namespace iroh::quic {
namespace {

const ConnectionId rfc_dcid(bytes_from_hex("8394c8f03e515708"));

constexpr std::string_view client_crypto_frame =
    "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e868"
    "04fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578"
    "616d706c652e636f6dff01000100000a00080006001d00170018001000070005"
    "04616c706e000500050100000000003300260024001d00209370b2c9caa47fba"
    "baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b000302030400"
    "0d0010000e0403050306030203080408050806002d00020101001c0002400100"
    "3900320408ffffffffffffffff05048000ffff07048000ffff08011001048000"
    "75300901100f088394c8f03e51570806048000ffff";

constexpr std::string_view client_initial =
    "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11"
    "d242b123dc9bd8bab936b47d92ec356c0bab7df5976d27cd449f63300099f399"
    "1c260ec4c60d17b31f8429157bb35a1282a643a8d2262cad67500cadb8e7378c"
    "8eb7539ec4d4905fed1bee1fc8aafba17c750e2c7ace01e6005f80fcb7df6212"
    "30c83711b39343fa028cea7f7fb5ff89eac2308249a02252155e2347b63d58c5"
    "457afd84d05dfffdb20392844ae812154682e9cf012f9021a6f0be17ddd0c208"
    "4dce25ff9b06cde535d0f920a2db1bf362c23e596d11a4f5a6cf3948838a3aec"
    "4e15daf8500a6ef69ec4e3feb6b1d98e610ac8b7ec3faf6ad760b7bad1db4ba3"
    "485e8a94dc250ae3fdb41ed15fb6a8e5eba0fc3dd60bc8e30c5c4287e53805db"
    "059ae0648db2f64264ed5e39be2e20d82df566da8dd5998ccabdae053060ae6c"
    "7b4378e846d29f37ed7b4ea9ec5d82e7961b7f25a9323851f681d582363aa5f8"
    "9937f5a67258bf63ad6f1a0b1d96dbd4faddfcefc5266ba6611722395c906556"
    "be52afe3f565636ad1b17d508b73d8743eeb524be22b3dcbc2c7468d54119c74"
    "68449a13d8e3b95811a198f3491de3e7fe942b330407abf82a4ed7c1b311663a"
    "c69890f4157015853d91e923037c227a33cdd5ec281ca3f79c44546b9d90ca00"
    "f064c99e3dd97911d39fe9c5d0b23a229a234cb36186c4819e8b9c5927726632"
    "291d6a418211cc2962e20fe47feb3edf330f2c603a9d48c0fcb5699dbfe58964"
    "25c5bac4aee82e57a85aaf4e2513e4f05796b07ba2ee47d80506f8d2c25e50fd"
    "14de71e6c418559302f939b0e1abd576f279c4b2e0feb85c1f28ff18f58891ff"
    "ef132eef2fa09346aee33c28eb130ff28f5b766953334113211996d20011a198"
    "e3fc433f9f2541010ae17c1bf202580f6047472fb36857fe843b19f5984009dd"
    "c324044e847a4f4a0ab34f719595de37252d6235365e9b84392b061085349d73"
    "203a4a13e96f5432ec0fd4a1ee65accdd5e3904df54c1da510b0ff20dcc0c77f"
    "cb2c0e0eb605cb0504db87632cf3d8b4dae6e705769d1de354270123cb11450e"
    "fc60ac47683d7b8d0f811365565fd98c4c8eb936bcab8d069fc33bd801b03ade"
    "a2e1fbc5aa463d08ca19896d2bf59a071b851e6c239052172f296bfb5e724047"
    "90a2181014f3b94a4e97d117b438130368cc39dbb2d198065ae3986547926cd2"
    "162f40a29f0c3c8745c0f50fba3852e566d44575c29d39a03f0cda721984b6f4"
    "40591f355e12d439ff150aab7613499dbd49adabc8676eef023b15b65bfc5ca0"
    "6948109f23f350db82123535eb8a7433bdabcb909271a6ecbcb58b936a88cd4e"
    "8f2e6ff5800175f113253d8fa9ca8885c2f552e657dc603f252e1a8e308f76f0"
    "be79e2fb8f5d5fbbe2e30ecadd220723c8c0aea8078cdfcb3868263ff8f09400"
    "54da48781893a7e49ad5aff4af300cd804a6b6279ab3ff3afb64491c85194aab"
    "760d58a606654f9f4400e8b38591356fbf6425aca26dc85244259ff2b19c41b9"
    "f96f3ca9ec1dde434da7d2d392b905ddf3d1f9af93d1af5950bd493f5aa731b4"
    "056df31bd267b6b90a079831aaf579be0a39013137aac6d404f518cfd4684064"
    "7e78bfe706ca4cf5e9c5453e9f7cfd2b8b4c8d169a44e55c88d4a9a7f9474241"
    "e221af44860018ab0856972e194cd934";

constexpr std::string_view server_frames =
    "02000000000600405a020000560303eefce7f7b37ba1d1632e96677825ddf739"
    "88cfc79825df566dc5430b9a045a1200130100002e00330024001d00209d3c94"
    "0d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9da1a002b00"
    "020304";

constexpr std::string_view server_initial =
    "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a"
    "5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3ec2493a1839b3"
    "dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84"
    "022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc4"
    "2158407dd074ee";

std::string expand(ByteSpan secret, std::string_view label, std::size_t size) {
  return base::to_hex(crypto::hkdf_expand_label(crypto::HashAlgorithm::sha256, secret, label, {}, size));
}

// [RFC 9001 §A.1]
TEST(ProtectionVectors, InitialSecretsAreThoseOfRfc9001) {
  const InitialSecrets secrets = derive_initial_secrets(rfc_dcid);
  EXPECT_EQ(base::to_hex(secrets.client), "c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea");
  EXPECT_EQ(base::to_hex(secrets.server), "3c199828fd139efd216c155ad844cc81fb82fa8d7446fa7d78be803acdda951b");
  EXPECT_EQ(expand(secrets.client, "quic key", 16), "1f369613dd76d5467730efcbe3b1a22d");
  EXPECT_EQ(expand(secrets.client, "quic hp", 16), "9f50449e04a0e810283a1e9933adedd2");
  EXPECT_EQ(expand(secrets.server, "quic key", 16), "cf3a5331653c364c88f0f379b6067e37");
  EXPECT_EQ(expand(secrets.server, "quic hp", 16), "c206b8d9b9f0f37644430b490eeaa314");
  const ProtectionKeys client = make_initial_keys(rfc_dcid, Side::client);
  EXPECT_EQ(base::to_hex(client.seal.iv), "fa044b2f42a3fd3b46fb255c");
  EXPECT_EQ(base::to_hex(client.open.iv), "0ac1493ca1905853b0bba03e");
}

// [RFC 9001 §A.2]
TEST(ProtectionVectors, ClientInitialOfRfc9001) {
  const ProtectionKeys client = make_initial_keys(rfc_dcid, Side::client);
  const ProtectionKeys server = make_initial_keys(rfc_dcid, Side::server);
  auto payload = bytes_from_hex(client_crypto_frame);
  payload.resize(1162);
  const auto header = bytes_from_hex("c300000001088394c8f03e5157080000449e00000002");
  EXPECT_EQ(base::to_hex(protect(client.seal, path_zero, 2, header, 4, payload)), client_initial);

  const auto datagram = bytes_from_hex(client_initial);
  ASSERT_EQ(datagram.size(), 1200u);
  const auto packet = parse_packet(datagram, 8);
  ASSERT_TRUE(packet);
  const auto opened = unprotect(server.open, path_zero, 0, packet->pn_offset, datagram);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->number, 2u);
  EXPECT_EQ(opened->header.first_byte, 0xc3);
  EXPECT_EQ(opened->payload, payload);
}

// [RFC 9001 §A.2] [RFC 9001 §A.3]
TEST(ProtectionVectors, HeaderMasksOfRfc9001) {
  const ProtectionKeys client = make_initial_keys(rfc_dcid, Side::client);
  const auto client_sample = sample_at(bytes_from_hex(client_initial), 18).value();
  EXPECT_EQ(base::to_hex(client_sample), "d1b1c98dd7689fb8ec11d242b123dc9b");
  EXPECT_EQ(base::to_hex(mask_of(*client.seal.header, client_sample)), "437b9aec36");
  const auto server_sample = sample_at(bytes_from_hex(server_initial), 18).value();
  EXPECT_EQ(base::to_hex(server_sample), "2cd0991cd25b0aac406a5816b6394100");
  EXPECT_EQ(base::to_hex(mask_of(*client.open.header, server_sample)), "2ec0d8356a");
}

// [RFC 9001 §A.3]
TEST(ProtectionVectors, ServerInitialOfRfc9001) {
  const ProtectionKeys server = make_initial_keys(rfc_dcid, Side::server);
  const ProtectionKeys client = make_initial_keys(rfc_dcid, Side::client);
  const auto header = bytes_from_hex("c1000000010008f067a5502a4262b50040750001");
  EXPECT_EQ(base::to_hex(protect(server.seal, path_zero, 1, header, 2, bytes_from_hex(server_frames))), server_initial);
  const auto datagram = bytes_from_hex(server_initial);
  const auto packet = parse_packet(datagram, 0);
  ASSERT_TRUE(packet);
  const auto opened = unprotect(client.open, path_zero, 0, packet->pn_offset, datagram);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->number, 1u);
  EXPECT_EQ(base::to_hex(opened->payload), server_frames);
}

// [RFC 9001 §A.4]
TEST(ProtectionVectors, RetryOfRfc9001) {
  auto retry = bytes_from_hex("ff000000010008f067a5502a4262b5746f6b656e");
  append_retry_tag(retry, rfc_dcid);
  EXPECT_EQ(base::to_hex(retry), "ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba");
  EXPECT_TRUE(is_retry_tag_valid(retry, rfc_dcid));
}

// [quic.md 35]
TEST(RetryTag, IsWrongForAnotherIdOrAnyChangedByte) {
  auto retry = bytes_from_hex("ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba");
  EXPECT_FALSE(is_retry_tag_valid(retry, ConnectionId(bytes_from_hex("8394c8f03e515709"))));
  for (std::byte& byte : retry) {
    byte ^= std::byte{1};
    EXPECT_FALSE(is_retry_tag_valid(retry, rfc_dcid));
    byte ^= std::byte{1};
  }
  EXPECT_FALSE(is_retry_tag_valid(ByteSpan(retry).first(15), rfc_dcid));
}

constexpr auto chacha20 = crypto::CipherSuite::chacha20_poly1305_sha256;
const auto chacha_secret = bytes_from_hex("9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b");
constexpr PacketNumber chacha_number = 654'360'564;

// [RFC 9001 §A.5]
TEST(ProtectionVectors, ChaCha20KeysOfRfc9001) {
  EXPECT_EQ(expand(chacha_secret, "quic key", 32), "c6d98ff3441c3fe1b2182094f69caa2ed4b716b65488960a7a984979fb23e1c8");
  EXPECT_EQ(expand(chacha_secret, "quic hp", 32), "25a282b9e82f06f21f488917a4fc8f1b73573685608597d0efcb076b0ab7a7a4");
  const DirectionKeys keys = derive_direction_keys(chacha20, chacha_secret);
  EXPECT_EQ(base::to_hex(keys.iv), "e0459b3474bdd0e44a41c144");
  const auto sample = bytes_from_hex("5e5cd55c41f69080575d7999c25a5bfb");
  crypto::HeaderSample array;
  std::ranges::copy(sample, array.begin());
  EXPECT_EQ(base::to_hex(mask_of(*keys.header, array)), "aefefe7d03");
  EXPECT_EQ(base::to_hex(derive_next_secret(chacha20, chacha_secret)),
            "1223504755036d556342ee9361d253421a826c9ecdf3c7148684b36b714881f9");
}

// [RFC 9001 §A.5] [quic.md §10.2] [quic.md 21]
TEST(ProtectionVectors, ChaCha20PacketsOnSeveralPaths) {
  struct Case {
    PathId path;
    std::string_view nonce;
    std::string_view packet;
  };
  constexpr std::array cases{
      Case{PathId{0}, "e0459b3474bdd0e46d417eb0", "4cfe4189655e5cd55c41f69080575d7999c25a5bfb"},
      Case{PathId{1}, "e0459b3574bdd0e46d417eb0", "50b3b597fd625181f437d28926c29c961ca448bc88"},
      Case{PathId{3}, "e0459b3774bdd0e46d417eb0", "4b12ceaccc28ac6be04d623997f23ee26485ba3432"},
  };
  const DirectionKeys keys = derive_direction_keys(chacha20, chacha_secret);
  for (const auto& [path, nonce, packet] : cases) {
    EXPECT_EQ(base::to_hex(make_nonce(keys.iv, path, chacha_number)), nonce);
    EXPECT_EQ(base::to_hex(protect(keys, path, chacha_number, bytes_from_hex("4200bff4"), 3, bytes_from_hex("01"))),
              packet);
    const auto opened = unprotect(keys, path, chacha_number, 1, bytes_from_hex(packet));
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->number, chacha_number);
    EXPECT_EQ(opened->payload, bytes_from_hex("01"));
    // On any other path the same bytes are no packet at all.
    EXPECT_FALSE(unprotect(keys, PathId{2}, chacha_number, 1, bytes_from_hex(packet)));
  }
}

// [quic.md §10.2]
TEST(ProtectionVectors, ProbeOfNatTraversal) {
  const DirectionKeys keys = derive_direction_keys(chacha20, chacha_secret);
  const auto packet =
      protect(keys, PathId{2}, 7, bytes_from_hex("40a0a1a2a3a4a5a6a707"), 1, bytes_from_hex("1a0102030405060708"));
  EXPECT_EQ(base::to_hex(packet), "44a0a1a2a3a4a5a6a7bd2f8e17b589160dac7e69b00dbc16defe59fa7d98eb1d711334");
}

// [quic.md §10.2]
TEST(ProtectionVectors, ClientInitialOfTheSpecification) {
  const ConnectionId dcid(bytes_from_hex("06b858ec6f80452b"));
  const ProtectionKeys client = make_initial_keys(dcid, Side::client);
  const auto packet = protect(client.seal, path_zero, 0, bytes_from_hex("c0000000010806b858ec6f80452b0000402100"), 1,
                              std::vector<std::byte>(16));
  EXPECT_EQ(base::to_hex(packet),
            "c8000000010806b858ec6f80452b00004021be3ef50807b84191a196f760a6dad1e9d1c430c48952cba0148250c21c0a6a70e1");
}

// [quic.md §4.4] The vector of the multipath draft.
TEST(MakeNonce, MatchesTheMultipathDraft) {
  PacketIv iv;
  std::ranges::copy(bytes_from_hex("6b26114b9cba2b63a9e8dd4f"), iv.begin());
  EXPECT_EQ(base::to_hex(make_nonce(iv, PathId{3}, 54'321)), "6b2611489cba2b63a9e8097e");
}

// [quic.md 21]
TEST(MakeNonce, OnPathZeroIsThatOfRfc9001) {
  PacketIv iv{};
  EXPECT_EQ(base::to_hex(make_nonce(iv, path_zero, 0x0102030405060708)), "000000000102030405060708");
  EXPECT_EQ(base::to_hex(make_nonce(iv, PathId{0xa1a2a3a4}, 0)), "a1a2a3a40000000000000000");
}

}  // namespace
}  // namespace iroh::quic
