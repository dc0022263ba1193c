// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tls/session.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "crypto/system_random.hpp"

namespace iroh::tls {

Secret::Secret(base::ByteSpan bytes) noexcept : size_(bytes.size()) {
  IROH_ASSERT(bytes.size() <= bytes_.size());
  std::ranges::copy(bytes, bytes_.begin());
}

Secret::~Secret() {
  crypto::wipe(bytes_);
}

}  // namespace iroh::tls
