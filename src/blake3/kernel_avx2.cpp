// SPDX-License-Identifier: MIT OR Apache-2.0
#if defined(__x86_64__)

#include "blake3/kernels.hpp"
#include "blake3/lanes.hpp"

namespace iroh::blake3 {
namespace {

void hash_many(const HashManyJob& job) noexcept {
  const std::size_t done = hash_runs<8>(job, 0);
  if (done < job.count) sse41_kernel.hash_many(rest_of(job, done));
}

}  // namespace

constinit const Kernel avx2_kernel = {"avx2", 8, compress_sse41, hash_many};

}  // namespace iroh::blake3

#endif
