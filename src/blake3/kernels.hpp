// SPDX-License-Identifier: MIT OR Apache-2.0
// The kernels that this build has, for kernels.cpp and for kernels that hand their odd ends to narrower ones. A kernel
// must not be called before the processor was asked (usable_kernels()).
#pragma once

#include "blake3/kernel.hpp"

namespace iroh::blake3 {

extern const Kernel portable_kernel;
#if defined(__x86_64__)
extern const Kernel sse41_kernel;
extern const Kernel avx2_kernel;
extern const Kernel avx512_kernel;

void compress_sse41(const Words& chaining_value, const std::byte* block, std::uint32_t block_length,
                    std::uint64_t counter, std::uint8_t flags, std::span<std::uint32_t, 16> out) noexcept;
#elif defined(__aarch64__)
extern const Kernel neon_kernel;
#endif

/// hash_many for kernels, or ends of kernels, that know one block at a time.
void hash_one_by_one(const HashManyJob& job, decltype(Kernel::compress) compress_block) noexcept;

/// The inputs of the job from number `done` on.
inline HashManyJob rest_of(const HashManyJob& job, std::size_t done) noexcept {
  HashManyJob rest = job;
  rest.input += done * job.stride;
  rest.output += done * digest_size;
  rest.count -= done;
  if (job.counter_increments) rest.counter += done;
  return rest;
}

}  // namespace iroh::blake3
