// SPDX-License-Identifier: MIT OR Apache-2.0
#if defined(__aarch64__)

#include "blake3/kernels.hpp"
#include "blake3/lanes.hpp"

namespace iroh::blake3 {
namespace {

void hash_many(const HashManyJob& job) noexcept {
  const std::size_t done = hash_runs<4>(job, 0);
  if (done < job.count) hash_one_by_one(rest_of(job, done), portable_kernel.compress);
}

void compress(const Words& chaining_value, const std::byte* block, std::uint32_t block_length, std::uint64_t counter,
              std::uint8_t flags, std::span<std::uint32_t, 16> out) noexcept {
  portable_kernel.compress(chaining_value, block, block_length, counter, flags, out);
}

}  // namespace

constinit const Kernel neon_kernel = {"neon", 4, compress, hash_many};

}  // namespace iroh::blake3

#endif
