// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/bench/usage.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

namespace iroh::tools {
namespace {

std::chrono::microseconds microseconds_of(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

std::uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t all_pages = 0;
  std::uint64_t resident_pages = 0;
  statm >> all_pages >> resident_pages;
  return resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

Usage usage_of_this_process() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return {.user = microseconds_of(usage.ru_utime),
          .system = microseconds_of(usage.ru_stime),
          .resident_bytes = resident_bytes()};
}

}  // namespace iroh::tools
