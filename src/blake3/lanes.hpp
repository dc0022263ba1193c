// SPDX-License-Identifier: MIT OR Apache-2.0
// BLAKE3 over N inputs at once, word i of all of them in vector i. Written with the vector extension that GCC and Clang
// share, so that one text serves SSE4.1, AVX2, AVX-512 and NEON and every width can be tested on every machine.
//
// Each kernel file includes this with instruction set flags of its own. Everything here is therefore in an unnamed
// namespace and uses no inline function of the standard library: the linker must not mix the copies.
#pragma once

#include <cstddef>
#include <cstdint>

#include "blake3/kernel.hpp"

#define IROH_BLAKE3_INLINE [[gnu::always_inline]] inline

namespace iroh::blake3 {
namespace {

template <std::size_t n>
struct Lanes {
  typedef std::uint32_t Vector __attribute__((vector_size(4 * n)));
  typedef std::uint64_t PairVector __attribute__((vector_size(4 * n)));
  typedef std::uint8_t ByteVector __attribute__((vector_size(4 * n)));
};
template <std::size_t n>
using Vector = typename Lanes<n>::Vector;

template <std::size_t... i>
struct Indices {};
template <std::size_t n, std::size_t... i>
struct MakeIndices : MakeIndices<n - 1, n - 1, i...> {};
template <std::size_t... i>
struct MakeIndices<0, i...> {
  using Type = Indices<i...>;
};
template <std::size_t n>
using IndicesUpTo = typename MakeIndices<n>::Type;

/// Within each 128 bits: words 0 and 1 (or 2 and 3) of a and b, alternating.
template <std::size_t n, std::size_t high, std::size_t... i>
IROH_BLAKE3_INLINE Vector<n> interleave_words(Vector<n> a, Vector<n> b, Indices<i...>) {
  return __builtin_shufflevector(a, b, (i / 4 * 4 + high * 2 + i % 4 / 2 + (i % 2) * n)...);
}
/// Within each 128 bits: the low (or high) half of a, then that of b.
template <std::size_t n, std::size_t high, std::size_t... i>
IROH_BLAKE3_INLINE Vector<n> interleave_halves(Vector<n> a, Vector<n> b, Indices<i...>) {
  const auto pairs_a = reinterpret_cast<typename Lanes<n>::PairVector>(a);
  const auto pairs_b = reinterpret_cast<typename Lanes<n>::PairVector>(b);
  return reinterpret_cast<Vector<n>>(
      __builtin_shufflevector(pairs_a, pairs_b, (i / 2 * 2 + high + (i % 2) * (n / 2))...));
}
/// The even (or odd) runs of 128 bits of a, then those of b.
template <std::size_t n, std::size_t odd, std::size_t... i>
IROH_BLAKE3_INLINE Vector<n> unzip_quads(Vector<n> a, Vector<n> b, Indices<i...>) {
  return __builtin_shufflevector(a, b, (i / 4 * 8 % n + odd * 4 + i % 4 + (i / (n / 2)) * n)...);
}

template <std::size_t n>
IROH_BLAKE3_INLINE void swap_words(Vector<n>* rows) {
  constexpr IndicesUpTo<n> indices;
  for (std::size_t r = 0; r < n; r += 2) {
    const Vector<n> a = rows[r];
    const Vector<n> b = rows[r + 1];
    rows[r] = interleave_words<n, 0>(a, b, indices);
    rows[r + 1] = interleave_words<n, 1>(a, b, indices);
  }
}

template <std::size_t n>
IROH_BLAKE3_INLINE void swap_halves(Vector<n>* rows) {
  constexpr IndicesUpTo<n / 2> indices;
  for (std::size_t r = 0; r < n; r += 4) {
    const Vector<n> a = rows[r];
    const Vector<n> b = rows[r + 1];
    const Vector<n> c = rows[r + 2];
    const Vector<n> d = rows[r + 3];
    rows[r] = interleave_halves<n, 0>(a, c, indices);
    rows[r + 1] = interleave_halves<n, 1>(a, c, indices);
    rows[r + 2] = interleave_halves<n, 0>(b, d, indices);
    rows[r + 3] = interleave_halves<n, 1>(b, d, indices);
  }
}

/// One of the log2(n / 4) passes that bring runs of 128 bits to their rows.
template <std::size_t n, std::size_t distance>
IROH_BLAKE3_INLINE void swap_quads(Vector<n>* rows) {
  constexpr IndicesUpTo<n> indices;
  for (std::size_t base = 0; base < n; base += 2 * distance) {
    for (std::size_t r = base; r < base + distance; ++r) {
      const Vector<n> a = rows[r];
      const Vector<n> b = rows[r + distance];
      rows[r] = unzip_quads<n, 0>(a, b, indices);
      rows[r + distance] = unzip_quads<n, 1>(a, b, indices);
    }
  }
}

/// n vectors of n words: rows become columns.
template <std::size_t n>
IROH_BLAKE3_INLINE void transpose(Vector<n>* rows) {
  swap_words<n>(rows);
  swap_halves<n>(rows);
  if constexpr (n >= 8) swap_quads<n, 4>(rows);
  if constexpr (n >= 16) swap_quads<n, 8>(rows);
}

template <std::size_t n, std::size_t bytes, std::size_t... i>
IROH_BLAKE3_INLINE Vector<n> rotate_bytes(Vector<n> x, Indices<i...>) {
  using ByteVector = typename Lanes<n>::ByteVector;
#if defined(__AVX2__) && !defined(__AVX512VL__)
  // The state fills all sixteen registers. Left to itself the compiler keeps the two masks in registers and spills
  // state.
  if constexpr (n == 8) {
    static constexpr ByteVector mask = {(i % 16 / 4 * 4 + (i + bytes) % 4)...};
    Vector<n> rotated;
    asm("vpshufb %2, %1, %0" : "=x"(rotated) : "x"(x), "m"(mask));
    return rotated;
  }
#endif
  const auto shuffled = reinterpret_cast<ByteVector>(x);
  return reinterpret_cast<Vector<n>>(__builtin_shufflevector(shuffled, shuffled, (i / 4 * 4 + (i + bytes) % 4)...));
}

/// To the right. Without a vector rotation in the instruction set, whole bytes are one shuffle instead of three steps.
template <std::size_t n, unsigned bits>
IROH_BLAKE3_INLINE Vector<n> rotate(Vector<n> x) {
#if !defined(__AVX512VL__)
  if constexpr (bits % 8 == 0) return rotate_bytes<n, bits / 8>(x, IndicesUpTo<4 * n>());
#endif
  return (x >> bits) | (x << (32 - bits));
}

template <std::size_t n>
IROH_BLAKE3_INLINE Vector<n> load(const std::byte* from) {
  Vector<n> vector;
  __builtin_memcpy(&vector, from, sizeof(vector));
  return vector;
}

template <std::size_t n>
IROH_BLAKE3_INLINE Vector<n> spread(std::uint32_t word) {
  return Vector<n>{} + word;
}

/// m[i] = word i of the block at `offset` of every input.
template <std::size_t n>
IROH_BLAKE3_INLINE void load_message(const std::byte* const* inputs, std::size_t offset, Vector<n>* m) {
  for (std::size_t part = 0; part < 16 / n; ++part) {
    for (std::size_t lane = 0; lane < n; ++lane) m[part * n + lane] = load<n>(inputs[lane] + offset + part * n * 4);
    transpose<n>(m + part * n);
  }
}

/// Columns or diagonals whose quarter rounds advance together. With 16 registers for a state of 16 it is one: the
/// temporaries of more would push state to the stack, and the processor overlaps them anyhow.
#if defined(__AVX512VL__) || defined(__aarch64__)
constexpr std::size_t columns_at_once = 4;
#else
constexpr std::size_t columns_at_once = 1;
#endif

/// Half a round.
template <std::size_t n>
IROH_BLAKE3_INLINE void mix(Vector<n>* v, const std::size_t (&b)[4], const std::size_t (&c)[4],
                            const std::size_t (&d)[4], const Vector<n>* m, const std::uint8_t* words) {
  for (std::size_t first = 0; first < 4; first += columns_at_once) {
    const std::size_t end = first + columns_at_once;
    for (std::size_t i = first; i < end; ++i) v[i] = v[i] + m[words[2 * i]] + v[b[i]];
    for (std::size_t i = first; i < end; ++i) v[d[i]] = rotate<n, 16>(v[d[i]] ^ v[i]);
    for (std::size_t i = first; i < end; ++i) v[c[i]] += v[d[i]];
    for (std::size_t i = first; i < end; ++i) v[b[i]] = rotate<n, 12>(v[b[i]] ^ v[c[i]]);
    for (std::size_t i = first; i < end; ++i) v[i] = v[i] + m[words[2 * i + 1]] + v[b[i]];
    for (std::size_t i = first; i < end; ++i) v[d[i]] = rotate<n, 8>(v[d[i]] ^ v[i]);
    for (std::size_t i = first; i < end; ++i) v[c[i]] += v[d[i]];
    for (std::size_t i = first; i < end; ++i) v[b[i]] = rotate<n, 7>(v[b[i]] ^ v[c[i]]);
  }
}

/// Which message word is used where: round r is the permutation of §2.1 applied r times.
struct Schedule {
  std::uint8_t word[7][16];
};
constexpr Schedule make_schedule() {
  constexpr std::uint8_t permutation[16] = {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8};
  Schedule schedule{};
  for (std::uint8_t i = 0; i < 16; ++i) schedule.word[0][i] = i;
  for (int round = 1; round < 7; ++round) {
    for (int i = 0; i < 16; ++i) schedule.word[round][i] = schedule.word[round - 1][permutation[i]];
  }
  return schedule;
}
constexpr Schedule schedule = make_schedule();

template <std::size_t n>
IROH_BLAKE3_INLINE void seven_rounds(Vector<n>* v, const Vector<n>* m) {
#pragma GCC unroll 7
  for (std::size_t round = 0; round < 7; ++round) {
    mix<n>(v, {4, 5, 6, 7}, {8, 9, 10, 11}, {12, 13, 14, 15}, m, schedule.word[round]);
    mix<n>(v, {5, 6, 7, 4}, {10, 11, 8, 9}, {15, 12, 13, 14}, m, schedule.word[round] + 8);
  }
}

/// h = compression of the block at `offset` of every input.
template <std::size_t n>
IROH_BLAKE3_INLINE void compress_lanes(Vector<n>* h, const std::byte* const* inputs, std::size_t offset,
                                       Vector<n> counter_low, Vector<n> counter_high, std::uint8_t flags) {
  Vector<n> m[16];
  load_message<n>(inputs, offset, m);
  Vector<n> v[16] = {h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7]};
  for (std::size_t i = 0; i < 4; ++i) v[8 + i] = spread<n>(initial_words[i]);
  v[12] = counter_low;
  v[13] = counter_high;
  v[14] = spread<n>(block_size);
  v[15] = spread<n>(flags);
  seven_rounds<n>(v, m);
  for (std::size_t i = 0; i < 8; ++i) h[i] = v[i] ^ v[i + 8];
}

/// The first `used` lanes to their 32 bytes each; h is destroyed.
template <std::size_t n>
IROH_BLAKE3_INLINE void store_words(Vector<n>* h, std::size_t used, std::byte* output) {
  if constexpr (n == 16) {
    Vector<n> rows[16] = {h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7]};
    transpose<n>(rows);
    for (std::size_t lane = 0; lane < used; ++lane) __builtin_memcpy(output + lane * digest_size, &rows[lane], 32);
  } else {
    for (std::size_t part = 0; part < 8 / n; ++part) {
      transpose<n>(h + part * n);
      for (std::size_t lane = 0; lane < used; ++lane) {
        __builtin_memcpy(output + lane * digest_size + part * n * 4, &h[part * n + lane], n * 4);
      }
    }
  }
}

/// Hashes `used` <= n inputs; the lanes left over repeat the last one and are thrown away.
template <std::size_t n>
inline void hash_lanes(const HashManyJob& job, std::size_t first, std::size_t used) noexcept {
  const std::byte* inputs[n];
  Vector<n> counter_low;
  Vector<n> counter_high;
  for (std::size_t lane = 0; lane < n; ++lane) {
    const std::size_t index = first + (lane < used ? lane : used - 1);
    inputs[lane] = job.input + index * job.stride;
    const std::uint64_t counter = job.counter + (job.counter_increments ? index : 0);
    counter_low[lane] = static_cast<std::uint32_t>(counter);
    counter_high[lane] = static_cast<std::uint32_t>(counter >> 32);
  }
  Vector<n> h[8];
  for (std::size_t i = 0; i < 8; ++i) h[i] = spread<n>((*job.key)[i]);
  for (std::size_t block = 0; block < job.blocks; ++block) {
    std::uint8_t flags = job.flags;
    if (block == 0) flags |= job.first_block_flags;
    if (block + 1 == job.blocks) flags |= job.last_block_flags;
    compress_lanes<n>(h, inputs, block * block_size, counter_low, counter_high, flags);
  }
  store_words<n>(h, used, job.output + first * digest_size);
}

/// All full runs of n inputs, and the rest too if it fills more than half of the lanes. How many inputs are done.
template <std::size_t n>
inline std::size_t hash_runs(const HashManyJob& job, std::size_t first) noexcept {
  while (job.count - first >= n) {
    hash_lanes<n>(job, first, n);
    first += n;
  }
  if (job.count - first > n / 2) {
    hash_lanes<n>(job, first, job.count - first);
    first = job.count;
  }
  return first;
}

}  // namespace
}  // namespace iroh::blake3
