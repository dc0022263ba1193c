// SPDX-License-Identifier: MIT OR Apache-2.0
// For tests: an address from its text.
#pragma once

#include "iroh/base/socket_addr.hpp"

namespace iroh::endpoint {

inline SocketAddr addr(const char* text) {
  return SocketAddr::parse(text).value();
}

}  // namespace iroh::endpoint
