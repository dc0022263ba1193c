// SPDX-License-Identifier: MIT OR Apache-2.0
// Encodings of known data: their length, the BLAKE3 hash of their bytes, and how many items they have. [blobs.md
// §7.3.4]
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace iroh::bao {

struct EncodingVector {
  std::size_t size;
  std::vector<std::uint64_t> boundaries;
  std::size_t encoded_size;
  std::string_view encoding_hash;
  std::optional<std::size_t> pairs = {};
  std::optional<std::size_t> leaves = {};
};

inline constexpr std::uint64_t last_chunk = UINT64_MAX;

// clang-format off
/// Of A(n).
inline const EncodingVector letter_encodings[] = {
    {0, {0}, 8,
     "71e0a99173564931c0b8acc52d2685a8e39c64dc52e3d02390fdac2a12b155cb", 0, 1},
    {0, {last_chunk}, 8,
     "71e0a99173564931c0b8acc52d2685a8e39c64dc52e3d02390fdac2a12b155cb", 0, 1},
    {1, {0}, 9,
     "7ffb6a674b6ec08da4511d22d1c282b6f120922faedc56bec534fddc00f636e7", 0, 1},
    {1, {5, 6}, 9,
     "7ffb6a674b6ec08da4511d22d1c282b6f120922faedc56bec534fddc00f636e7", 0, 1},
    {1024, {0}, 1032,
     "a53a7ea023222bc36b11c64bca94dbd368e9eb805871131213384880f07ae88c", 0, 1},
    {1025, {0}, 1033,
     "a9723ee693da3978519b9048a1769d7c930e2557c4f0e0e9797030f5c2e3ac40", 0, 1},
    {1025, {0, 1}, 1096,
     "e8af81f41478080c10fd2d84893659621991ab8d6afeea9b7a9f57addc9712d6", 1, 1},
    {1025, {1, 2}, 73,
     "0e2088ac98c5a64cb546d899bb0d1b86fc8a78685a3034b8f0a143cad1ed9a39", 1, 1},
    {1025, {last_chunk}, 73,
     "0e2088ac98c5a64cb546d899bb0d1b86fc8a78685a3034b8f0a143cad1ed9a39", 1, 1},
    {2048, {0, 1}, 1096,
     "2d8cf67c8d7fcc56ce4157e0b8faeb459f6ea435fb5fe5670ed2367fb4ad7f2b", 1, 1},
    {3072, {1, 2}, 1160,
     "b295bcb6054d217f5106a60e7edc5e51cbfa7b1e45ff40e8d3ee055a8e942559", 2, 1},
    {5120, {0, 3}, 3272,
     "2967fac4e98169909da054add0042ae1ac1d6835fdc6b75ccbd8d4c04fa026ab", 3, 2},
    {16384, {0}, 16392,
     "a5bda653ce52b510c6c8afbc614ce23e1d370c8c5b317e72249830c28e4903d4", 0, 1},
    {16384, {0, 8}, 8264,
     "e7e51ddb1aa815e756bcca78e4b9c751b6d4f2855354d17c3927d1d7b28f4385", 1, 1},
    {16384, {3, 4}, 1288,
     "6b5b4278698cf20469e00251d1bb17f47aaba4230a9215de8a8db7fc8f8af78f", 4, 1},
    {16384, {last_chunk}, 1288,
     "d5b33e2032c3e51b5e9bcf68983e6eaae3493afe4f3f95b76e5c306a5df437e5", 4, 1},
    {16385, {0}, 16457,
     "65f98e17d77ec1b389abd47d86da737ec3e2abbd659bd204c043716f21de9c91", 1, 2},
    {16385, {0, 16}, 16456,
     "d8bb62ab74c44912148d107876e5dc9a03751b10bf08da4c80dcb2549859ad84", 1, 1},
    {16385, {0, 1}, 1352,
     "1725ebffbd0604de2baf55b1e39c6c666734725f5cd85b762ed7d5430273791f", 5, 1},
    {16385, {last_chunk}, 73,
     "577489a696ee4347d981f1b0f4bad1c86bcf3da493322d390e9653fb2fab36a5", 1, 1},
    {32768, {8, 24}, 16584,
     "0033141d41b450db0c78535f9c94d4e76f9a3d0a78b5e38872492627a22451d3", 3, 2},
    {32769, {0}, 32905,
     "a360a785026e165521b20937105455cb8afa41141aa6cda1f914e16f536028d2", 2, 3},
    {100000, {0}, 100392,
     "bcdc3be2c8e29b06e76e4ab69ec71f3d67ca2505c4e5ae898d201d6f9c922eca", 6, 7},
    {100000, {16, 32}, 16584,
     "ef5d35e5682b8622b1432ecf73b3d81f63b65597c0c1105b8da4c4373029c58c", 3, 1},
    {100000, {0, 1, 97, 98}, 2280,
     "3e5176cc00d9fb282d2730f6137e22408d640abec8347fe65f7b17265119aff8", 9, 2},
    {100000, {0, 1, 200, 201}, 2280,
     "3e5176cc00d9fb282d2730f6137e22408d640abec8347fe65f7b17265119aff8", 9, 2},
    {100000, {90, 200}, 8232,
     "b36c444979719fb386e07c86ec83893ffa3ff5ce872acf794abf4f01de1e837d", 6, 3},
    {100000, {10, 20, 50, 60}, 21320,
     "e305c745f647a84fb231bb9dc53e152dae846f2e523141146a9df38a8b046b5f", 13, 6},
    {100000, {last_chunk}, 872,
     "47c12b3e0d43e7470a6428baa0127af62cac01b938a91ebccfe77330f336d290", 3, 1},
    {1048576, {0}, 1052616,
     "e67aff92075670b8ebb977e5a6c85469ac9bcdb337236f74b9a32650c1f1f088", 63, 64},
    {1048577, {last_chunk}, 73,
     "d4af9f766b9890afea1d43b445fa759ee44abfd7abfbaef729e4c1db46e01274", 1, 1},
    {8388608, {0}, 8421320,
     "c744cffdf041f904ea709c6497dd5f98a0f2950c158ba3e583c05413baf0be85", 511, 512},
    {335244, {12, 140}, 132104,
     "61feb87efe66801a6d232acabef9600c5b200e5388ac39ffd333c955f719bd77", 16, 10},
    {128394, {22, 26, 35}, 97682,
     "63dfa2d6b9a0ba8d2beaf9d25d01eb8efa3c9da130d729aa50ea68756691e0e2", 16, 10},
    {309589, {15, 16, 47, 111, 119}, 256477,
     "3eaa216124233f201ee7a8770ed4baa5e5fb03cda2e635a6f8699c7f8497a5d1", 34, 22},
    {264952, {13, 101, 112, 142, 214, 229}, 138312,
     "841a8ab31cb047c7973179a759d9b885f9ad7aa153fd1b63c8f596e7e441f073", 33, 17},
    {3408, {5, 6, 11}, 472,
     "21ad4b244f8e5f90fe986cd5bb5236d6c8f01f73af0ff8e4dea6bafc39e070b8", 2, 1},
    {145685, {26, 55, 86}, 88477,
     "59c7daba915819b752241b027795f5b2a18ef8cc1e98c5e50c3921fbe867c7e0", 18, 11},
};

/// Of the official pattern.
inline const EncodingVector official_encodings[] = {
    {31744, {0}, 31816, "abf1e7b3a65ac40c0d39739840aa637c542013e710a5f3a69f2d38c48efc5247"},
    {102400, {0}, 102792, "de237b0acff4fdc21df1375f19d9fc8a686d73c275aecb2bb9f613503223287e"},
    {102400, {0, 1}, 1480, "20eb59b9d801c308233aebbe6a578d152bb898e7b9e32ce5dbbb3ce6d3f7f14b"},
    {102400, {17, 18}, 1480, "42a824435cd7e6fc8c0fe2935f79bbefa16c80ff32688c6e46e737462546f265"},
    {102400, {last_chunk}, 1288, "7dd15350922d575603c59a0c53424c88574239dd6a7defff4b9227930904c096"},
};
// clang-format on

}  // namespace iroh::bao
