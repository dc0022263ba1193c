// SPDX-License-Identifier: MIT OR Apache-2.0
#if defined(__x86_64__)

#include "blake3/kernels.hpp"
#include "blake3/lanes.hpp"

namespace iroh::blake3 {
namespace {

/// With a vector rotation, widths of 16, 8 and 4 lanes all gain over the kernels below.
void hash_many(const HashManyJob& job) noexcept {
  std::size_t done = hash_runs<16>(job, 0);
  done = hash_runs<8>(job, done);
  done = hash_runs<4>(job, done);
  if (done < job.count) sse41_kernel.hash_many(rest_of(job, done));
}

}  // namespace

constinit const Kernel avx512_kernel = {"avx512", 16, compress_sse41, hash_many};

}  // namespace iroh::blake3

#endif
