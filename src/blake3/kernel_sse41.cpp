// SPDX-License-Identifier: MIT OR Apache-2.0
#if defined(__x86_64__)

#include "blake3/kernels.hpp"
#include "blake3/lanes.hpp"

namespace iroh::blake3 {
namespace {

using Row = Vector<4>;

template <std::size_t a, std::size_t b, std::size_t c, std::size_t d>
IROH_BLAKE3_INLINE Row pick(Row x, Row y) {
  return __builtin_shufflevector(x, y, a, b, c, d);
}

/// Half a round on one block: the four columns (or, after the rows were turned, diagonals) are the lanes.
IROH_BLAKE3_INLINE void mix_rows(Row (&v)[4], Row x, Row y) {
  v[0] = v[0] + x + v[1];
  v[3] = rotate<4, 16>(v[3] ^ v[0]);
  v[2] += v[3];
  v[1] = rotate<4, 12>(v[1] ^ v[2]);
  v[0] = v[0] + y + v[1];
  v[3] = rotate<4, 8>(v[3] ^ v[0]);
  v[2] += v[3];
  v[1] = rotate<4, 7>(v[1] ^ v[2]);
}

/// Turns rows so that diagonals become columns. Row 1, which is needed last of all by mix_rows(), stays in place.
IROH_BLAKE3_INLINE void to_diagonals(Row (&v)[4]) {
  v[0] = pick<3, 0, 1, 2>(v[0], v[0]);
  v[3] = pick<2, 3, 0, 1>(v[3], v[3]);
  v[2] = pick<1, 2, 3, 0>(v[2], v[2]);
}
IROH_BLAKE3_INLINE void to_columns(Row (&v)[4]) {
  v[0] = pick<1, 2, 3, 0>(v[0], v[0]);
  v[3] = pick<2, 3, 0, 1>(v[3], v[3]);
  v[2] = pick<3, 0, 1, 2>(v[2], v[2]);
}

/// The words for one round: x and y of the columns, then x and y of the diagonals as to_diagonals() orders them.
struct RoundWords {
  Row columns_x, columns_y, diagonals_x, diagonals_y;
};

template <std::size_t r>
IROH_BLAKE3_INLINE RoundWords words_of_round(const std::uint32_t* m) {
  constexpr const std::uint8_t* w = schedule.word[r];
  return {Row{m[w[0]], m[w[2]], m[w[4]], m[w[6]]}, Row{m[w[1]], m[w[3]], m[w[5]], m[w[7]]},
          Row{m[w[14]], m[w[8]], m[w[10]], m[w[12]]}, Row{m[w[15]], m[w[9]], m[w[11]], m[w[13]]}};
}

template <std::size_t r>
IROH_BLAKE3_INLINE void round(Row (&v)[4], const std::uint32_t* m) {
  const RoundWords words = words_of_round<r>(m);
  mix_rows(v, words.columns_x, words.columns_y);
  to_diagonals(v);
  mix_rows(v, words.diagonals_x, words.diagonals_y);
  to_columns(v);
}

void hash_many(const HashManyJob& job) noexcept {
  const std::size_t done = hash_runs<4>(job, 0);
  if (done < job.count) hash_one_by_one(rest_of(job, done), compress_sse41);
}

}  // namespace

void compress_sse41(const Words& chaining_value, const std::byte* block, std::uint32_t block_length,
                    std::uint64_t counter, std::uint8_t flags, std::span<std::uint32_t, 16> out) noexcept {
  std::uint32_t m[16];
  __builtin_memcpy(m, block, sizeof(m));
  const auto* h = reinterpret_cast<const std::byte*>(&chaining_value);
  const Row low = load<4>(h);
  const Row high = load<4>(h + 16);
  Row v[4] = {low, high, Row{initial_words[0], initial_words[1], initial_words[2], initial_words[3]},
              Row{static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32), block_length, flags}};
  round<0>(v, m);
  round<1>(v, m);
  round<2>(v, m);
  round<3>(v, m);
  round<4>(v, m);
  round<5>(v, m);
  round<6>(v, m);
  const Row result[4] = {v[0] ^ v[2], v[1] ^ v[3], v[2] ^ low, v[3] ^ high};
  __builtin_memcpy(&out[0], result, sizeof(result));
}

constinit const Kernel sse41_kernel = {"sse4.1", 4, compress_sse41, hash_many};

}  // namespace iroh::blake3

#endif
