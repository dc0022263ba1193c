// SPDX-License-Identifier: MIT OR Apache-2.0
// Address validation tokens: sealed, bound to an address, dated. Opaque to everybody else. [RFC 9000 §8.1],
// [quic.md §6.5], [endpoint.md §2.9]
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/random.hpp"
#include "quic/token/used_tokens.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

/// [endpoint.md §2.9]
inline constexpr Duration retry_token_lifetime = base::seconds(15);
inline constexpr Duration new_token_lifetime = base::seconds(14 * 24 * 3600);

/// What a client's token proves.
struct TokenVerdict {
  enum class Kind : std::uint8_t {
    absent,         ///< nothing: not made by us, or worth nothing any more
    invalid,        ///< a Retry token of ours, from another address or too old: INVALID_TOKEN [RFC 9000 §8.1.3]
    retried,        ///< the answer to our Retry: the address is validated
    known_address,  ///< a NEW_TOKEN token: the address is validated, a Retry is still possible
  };
  Kind kind = Kind::absent;
  ConnectionId original_dcid;  ///< retried: destination id of the client's very first Initial
};

class TokenKeys {
 public:
  /// The key is random: tokens do not survive the endpoint.
  explicit TokenKeys(base::Random& random) noexcept { random.fill(secret_); }
  TokenKeys(const TokenKeys&) = delete;
  TokenKeys& operator=(const TokenKeys&) = delete;
  ~TokenKeys();

  /// Bound to IP address and port.
  std::vector<std::byte> make_retry_token(Instant now, const SocketAddr& client, const ConnectionId& original_dcid,
                                          base::Random& random) const;
  /// For a later connection; bound to the IP address.
  std::vector<std::byte> make_new_token(Instant now, const SocketAddr& client, base::Random& random) const;

  /// Uses the token up if it is a NEW_TOKEN one. An empty token is absent.
  TokenVerdict judge(Instant now, const SocketAddr& client, ByteSpan token);

 private:
  using Unique = std::array<std::byte, 16>;  // makes the key of each token another
  struct Content;

  std::vector<std::byte> seal(const Content& content, base::Random& random) const;
  std::optional<Content> open(ByteSpan token) const;

  std::array<std::byte, 32> secret_{};
  UsedTokens used_{new_token_lifetime};
};

}  // namespace iroh::quic
