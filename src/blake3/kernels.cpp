// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blake3/kernels.hpp"

namespace iroh::blake3 {
namespace {

struct UsableKernels {
  std::array<const Kernel*, 4> list{};
  std::size_t count = 0;

  UsableKernels() noexcept {
    add(portable_kernel);
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("sse4.1")) add(sse41_kernel);
    // The operating system's part (saving the wide registers) is included in these answers.
    if (__builtin_cpu_supports("avx2")) add(avx2_kernel);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")) add(avx512_kernel);
#elif defined(__aarch64__)
    add(neon_kernel);  // part of every 64-bit ARM processor
#endif
  }

  void add(const Kernel& kernel) noexcept { list[count++] = &kernel; }
};

const UsableKernels& detect() noexcept {
  static const UsableKernels kernels;
  return kernels;
}

}  // namespace

std::span<const Kernel* const> usable_kernels() noexcept {
  const UsableKernels& kernels = detect();
  return std::span(kernels.list).first(kernels.count);
}

const Kernel& best_kernel() noexcept {
  return *usable_kernels().back();
}

}  // namespace iroh::blake3
