// SPDX-License-Identifier: MIT OR Apache-2.0
// The compression function of BLAKE3 in several instruction sets. Everything above (trees, hashers) is written once
// against this table of functions; which row is used is decided at run time. [blobs.md §2.1]
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace iroh::blake3 {

inline constexpr std::size_t block_size = 64;
inline constexpr std::size_t chunk_size = 1024;
inline constexpr std::size_t digest_size = 32;

/// Eight 32-bit words: a chaining value or a key as the compression function takes it.
using Words = std::array<std::uint32_t, 8>;

inline constexpr Words initial_words = {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
                                        0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};

/// Domain flags of a compression.
enum Flag : std::uint8_t {
  flag_chunk_start = 1,
  flag_chunk_end = 2,
  flag_parent = 4,
  flag_root = 8,
  flag_keyed_hash = 16,
  flag_derive_key_context = 32,
  flag_derive_key_material = 64,
};

/// Many inputs of the same number of whole blocks, each hashed to a chaining value of 32 bytes.
struct HashManyJob {
  const std::byte* input = nullptr;  ///< the first input; the others follow at a distance of `stride`
  std::size_t stride = 0;
  std::size_t count = 0;
  std::size_t blocks = 0;  ///< per input
  const Words* key = nullptr;
  std::uint64_t counter = 0;
  bool counter_increments = false;  ///< true for chunks, false for parents
  std::uint8_t flags = 0;
  std::uint8_t first_block_flags = 0;
  std::uint8_t last_block_flags = 0;
  std::byte* output = nullptr;  ///< 32 bytes per input; may begin where the input begins
};

struct Kernel {
  const char* name;
  std::size_t lanes;  ///< inputs that hash_many works on at the same time
  /// Sixteen output words: the first eight are the next chaining value, all sixteen the extended output.
  void (*compress)(const Words& chaining_value, const std::byte* block, std::uint32_t block_length,
                   std::uint64_t counter, std::uint8_t flags, std::span<std::uint32_t, 16> out) noexcept;
  void (*hash_many)(const HashManyJob& job) noexcept;
};

/// Every kernel that this processor can run, slowest first. The portable one is always there.
std::span<const Kernel* const> usable_kernels() noexcept;
/// The fastest of them.
const Kernel& best_kernel() noexcept;

}  // namespace iroh::blake3
