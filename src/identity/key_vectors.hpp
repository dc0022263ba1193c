// SPDX-License-Identifier: MIT OR Apache-2.0
// The keys of the vectors in [endpoint.md §1.10], and helpers for the tests of this folder.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/hex.hpp"
#include "base/random.hpp"
#include "iroh/identity/endpoint_addr.hpp"
#include "iroh/identity/secret_key.hpp"

namespace iroh::identity::test {

struct KeyVector {
  std::string seed;
  std::string id;
  std::string z_base_32;
  std::string tls_name;
  std::string hello_signature;  ///< of "hello world"
  std::string empty_signature;  ///< of the empty message; empty if the vectors have none
  std::string ticket;           ///< without addresses
};

/// Seeds 32×00, 32×01, 32×ff and 00..1f, in this order.
const std::array<KeyVector, 4>& key_vectors();

inline std::vector<std::byte> bytes_of(std::string_view hex) {
  return base::from_hex(hex).value();
}
inline std::string repeat(std::string_view text, std::size_t times) {
  std::string repeated;
  for (; times > 0; --times) repeated += text;
  return repeated;
}

/// The id of seed 00..1f.
EndpointId sample_id();
/// An address with 0 to 6 random entries of all kinds.
EndpointAddr random_addr(base::Random& random);

}  // namespace iroh::identity::test
