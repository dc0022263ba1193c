// SPDX-License-Identifier: MIT OR Apache-2.0
// Issuing and retiring connection ids, in both dialects: with a path id (multipath) and without (path 0).
// [RFC 9000 §19.15], [RFC 9000 §19.16], [multipath-21 §4.4], [multipath-21 §4.5]
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/byte_reader.hpp"
#include "base/byte_writer.hpp"
#include "quic/frame/frame_type.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

struct NewConnectionIdFrame {
  std::optional<PathId> path;  ///< set: PATH_NEW_CONNECTION_ID
  std::uint64_t sequence = 0;
  std::uint64_t retire_prior_to = 0;  ///< at most sequence
  ConnectionId cid;                   ///< not empty
  ResetToken token{};
  friend bool operator==(const NewConnectionIdFrame&, const NewConnectionIdFrame&) = default;
};
struct RetireConnectionIdFrame {
  std::optional<PathId> path;  ///< set: PATH_RETIRE_CONNECTION_ID
  std::uint64_t sequence = 0;
  friend bool operator==(const RetireConnectionIdFrame&, const RetireConnectionIdFrame&) = default;
};

std::size_t encoded_size(const NewConnectionIdFrame& frame) noexcept;
std::size_t encoded_size(const RetireConnectionIdFrame& frame) noexcept;
void encode(base::ByteWriter& writer, const NewConnectionIdFrame& frame) noexcept;
void encode(base::ByteWriter& writer, const RetireConnectionIdFrame& frame) noexcept;
std::optional<NewConnectionIdFrame> decode_new_connection_id(FrameType type, base::ByteReader& reader) noexcept;
std::optional<RetireConnectionIdFrame> decode_retire_connection_id(FrameType type, base::ByteReader& reader) noexcept;

}  // namespace iroh::quic
