// SPDX-License-Identifier: MIT OR Apache-2.0
// Counts the allocations of this thread's program while a Counted is alive. For programs with one thread.
#pragma once

#include <cstdint>

namespace iroh::test {

class Counted {
 public:
  Counted() noexcept;
  ~Counted();
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

  /// Since the program began, inside of all of them.
  static std::uint64_t total() noexcept;
};

/// Called for every allocation; a place for a breakpoint.
void count_allocation() noexcept;

}  // namespace iroh::test
