// SPDX-License-Identifier: MIT OR Apache-2.0
// A client's address validation tokens, as servers sent them in NEW_TOKEN frames. [RFC 9000 §8.1.3], [endpoint.md §2.9]
#pragma once

#include <cstddef>
#include <vector>

#include "quic/token/peer_cache.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

class TokenStore {
 public:
  static constexpr std::size_t servers_max = 256;
  static constexpr std::size_t tokens_per_server = 2;
  /// Longer ones are passed over: they would have to fit into every Initial, and into our memory.
  static constexpr std::size_t token_size_max = 512;

  void add(const EndpointId& server, ByteSpan token) {
    if (token.size() <= token_size_max) tokens_.add(server, {token.begin(), token.end()});
  }
  /// Each is used for one connection. [RFC 9000 §8.1.3] Empty if there is none.
  std::vector<std::byte> take(const EndpointId& server) {
    return tokens_.take(server).value_or(std::vector<std::byte>());
  }

 private:
  PeerCache<std::vector<std::byte>> tokens_{servers_max, tokens_per_server};
};

}  // namespace iroh::quic
