// SPDX-License-Identifier: MIT OR Apache-2.0
// PATH_CHALLENGE and PATH_RESPONSE: is the peer reachable at an address? [RFC 9000 §19.17], [RFC 9000 §19.18]
#pragma once

#include <cstddef>
#include <optional>

#include "base/byte_reader.hpp"
#include "base/byte_writer.hpp"
#include "quic/path/path_token.hpp"

namespace iroh::quic {

struct PathChallengeFrame {
  PathToken token{};
  friend bool operator==(const PathChallengeFrame&, const PathChallengeFrame&) = default;
};
struct PathResponseFrame {
  PathToken token{};
  friend bool operator==(const PathResponseFrame&, const PathResponseFrame&) = default;
};

constexpr std::size_t encoded_size(const PathChallengeFrame& frame) noexcept {
  return 1 + frame.token.size();
}
constexpr std::size_t encoded_size(const PathResponseFrame& frame) noexcept {
  return 1 + frame.token.size();
}
void encode(base::ByteWriter& writer, const PathChallengeFrame& frame) noexcept;
void encode(base::ByteWriter& writer, const PathResponseFrame& frame) noexcept;
std::optional<PathChallengeFrame> decode_path_challenge(base::ByteReader& reader) noexcept;
std::optional<PathResponseFrame> decode_path_response(base::ByteReader& reader) noexcept;

}  // namespace iroh::quic
