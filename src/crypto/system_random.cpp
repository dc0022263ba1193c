// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/system_random.hpp"

#include <sodium.h>
#include <string.h>
#include <sys/random.h>

#include <cerrno>

#include "base/assert.hpp"

namespace iroh::crypto {

namespace {

class SystemRandom final : public base::Random {
 public:
  void fill(base::MutableByteSpan out) noexcept override {
    while (!out.empty()) {
      const ssize_t count = ::getrandom(out.data(), out.size(), 0);
      if (count < 0) {
        // Any other error means that the kernel has no generator; going on without one would give keys away.
        IROH_ASSERT(errno == EINTR);
        continue;
      }
      out = out.subspan(static_cast<std::size_t>(count));
    }
  }
};

}  // namespace

base::Random& system_random() {
  static SystemRandom random;
  return random;
}

void wipe(base::MutableByteSpan bytes) noexcept {
  if (!bytes.empty()) ::explicit_bzero(bytes.data(), bytes.size());
}

bool constant_time_equal(base::ByteSpan left, base::ByteSpan right) noexcept {
  return left.size() == right.size() && sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace iroh::crypto
