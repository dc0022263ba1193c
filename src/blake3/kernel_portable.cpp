// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>
#include <bit>
#include <cstring>

#include "blake3/kernels.hpp"

namespace iroh::blake3 {
namespace {

constexpr std::size_t round_count = 7;
constexpr std::array<std::uint8_t, 16> permutation = {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8};

using State = std::array<std::uint32_t, 16>;

std::uint32_t little_endian(const std::byte* from) noexcept {
  std::uint32_t word;
  std::memcpy(&word, from, sizeof(word));
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap32(word);
  return word;
}

void store_little_endian(std::byte* to, std::uint32_t word) noexcept {
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap32(word);
  std::memcpy(to, &word, sizeof(word));
}

void quarter_round(State& v, std::size_t a, std::size_t b, std::size_t c, std::size_t d, std::uint32_t x,
                   std::uint32_t y) noexcept {
  v[a] = v[a] + v[b] + x;
  v[d] = std::rotr(v[d] ^ v[a], 16);
  v[c] += v[d];
  v[b] = std::rotr(v[b] ^ v[c], 12);
  v[a] = v[a] + v[b] + y;
  v[d] = std::rotr(v[d] ^ v[a], 8);
  v[c] += v[d];
  v[b] = std::rotr(v[b] ^ v[c], 7);
}

void round(State& v, const State& m) noexcept {
  quarter_round(v, 0, 4, 8, 12, m[0], m[1]);
  quarter_round(v, 1, 5, 9, 13, m[2], m[3]);
  quarter_round(v, 2, 6, 10, 14, m[4], m[5]);
  quarter_round(v, 3, 7, 11, 15, m[6], m[7]);
  quarter_round(v, 0, 5, 10, 15, m[8], m[9]);
  quarter_round(v, 1, 6, 11, 12, m[10], m[11]);
  quarter_round(v, 2, 7, 8, 13, m[12], m[13]);
  quarter_round(v, 3, 4, 9, 14, m[14], m[15]);
}

State permute(const State& m) noexcept {
  State permuted;
  for (std::size_t i = 0; i < m.size(); ++i) permuted[i] = m[permutation[i]];
  return permuted;
}

void compress(const Words& h, const std::byte* block, std::uint32_t block_length, std::uint64_t counter,
              std::uint8_t flags, std::span<std::uint32_t, 16> out) noexcept {
  State m;
  for (std::size_t i = 0; i < m.size(); ++i) m[i] = little_endian(block + 4 * i);
  State v = {h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7]};
  for (std::size_t i = 0; i < 4; ++i) v[8 + i] = initial_words[i];
  v[12] = static_cast<std::uint32_t>(counter);
  v[13] = static_cast<std::uint32_t>(counter >> 32);
  v[14] = block_length;
  v[15] = flags;
  for (std::size_t i = 0; i < round_count; ++i) {
    round(v, m);
    if (i + 1 < round_count) m = permute(m);
  }
  for (std::size_t i = 0; i < 8; ++i) {
    out[i] = v[i] ^ v[i + 8];
    out[i + 8] = v[i + 8] ^ h[i];
  }
}

void hash_many(const HashManyJob& job) noexcept {
  hash_one_by_one(job, compress);
}

}  // namespace

void hash_one_by_one(const HashManyJob& job, decltype(Kernel::compress) compress_block) noexcept {
  for (std::size_t i = 0; i < job.count; ++i) {
    const std::byte* input = job.input + i * job.stride;
    Words h = *job.key;
    for (std::size_t block = 0; block < job.blocks; ++block) {
      std::uint8_t flags = job.flags;
      if (block == 0) flags |= job.first_block_flags;
      if (block + 1 == job.blocks) flags |= job.last_block_flags;
      std::array<std::uint32_t, 16> out;
      compress_block(h, input + block * block_size, block_size, job.counter + (job.counter_increments ? i : 0), flags,
                     out);
      std::copy_n(out.begin(), h.size(), h.begin());
    }
    for (std::size_t word = 0; word < h.size(); ++word) {
      store_little_endian(job.output + i * digest_size + 4 * word, h[word]);
    }
  }
}

constinit const Kernel portable_kernel = {"portable", 1, compress, hash_many};

}  // namespace iroh::blake3
