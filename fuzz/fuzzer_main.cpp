// SPDX-License-Identifier: MIT OR Apache-2.0
// libFuzzer's entry point, compiled once per target: IROH_FUZZ_TARGET is its name.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "fuzz/registry.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const iroh::fuzz::Target* const target = iroh::fuzz::find_target(IROH_FUZZ_TARGET);
  if (target == nullptr) {
    std::fprintf(stderr, "there is no fuzz target named %s in fuzz/registry.cpp\n", IROH_FUZZ_TARGET);
    std::abort();
  }
  target->run({data, size});
  return 0;
}
