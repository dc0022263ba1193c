// SPDX-License-Identifier: MIT OR Apache-2.0
// The frames that manage multipath paths. [multipath-21 §4], [quic.md §3.2]
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/byte_reader.hpp"
#include "base/byte_writer.hpp"
#include "quic/frame/frame_type.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

struct PathAbandonFrame {
  PathId path = path_zero;
  std::uint64_t code = 0;
  friend bool operator==(const PathAbandonFrame&, const PathAbandonFrame&) = default;
};
/// PATH_STATUS_BACKUP or PATH_STATUS_AVAILABLE.
struct PathStatusFrame {
  PathId path = path_zero;
  bool is_backup = false;
  std::uint64_t sequence = 0;
  friend bool operator==(const PathStatusFrame&, const PathStatusFrame&) = default;
};
struct MaxPathIdFrame {
  PathId maximum = path_zero;
  friend bool operator==(const MaxPathIdFrame&, const MaxPathIdFrame&) = default;
};
struct PathsBlockedFrame {
  PathId maximum = path_zero;  ///< what the sender is limited to
  friend bool operator==(const PathsBlockedFrame&, const PathsBlockedFrame&) = default;
};
struct PathCidsBlockedFrame {
  PathId path = path_zero;
  std::uint64_t next_sequence = 0;
  friend bool operator==(const PathCidsBlockedFrame&, const PathCidsBlockedFrame&) = default;
};

std::size_t encoded_size(const PathAbandonFrame& frame) noexcept;
std::size_t encoded_size(const PathStatusFrame& frame) noexcept;
std::size_t encoded_size(const MaxPathIdFrame& frame) noexcept;
std::size_t encoded_size(const PathsBlockedFrame& frame) noexcept;
std::size_t encoded_size(const PathCidsBlockedFrame& frame) noexcept;
void encode(base::ByteWriter& writer, const PathAbandonFrame& frame) noexcept;
void encode(base::ByteWriter& writer, const PathStatusFrame& frame) noexcept;
void encode(base::ByteWriter& writer, const MaxPathIdFrame& frame) noexcept;
void encode(base::ByteWriter& writer, const PathsBlockedFrame& frame) noexcept;
void encode(base::ByteWriter& writer, const PathCidsBlockedFrame& frame) noexcept;
std::optional<PathAbandonFrame> decode_path_abandon(base::ByteReader& reader) noexcept;
std::optional<PathStatusFrame> decode_path_status(FrameType type, base::ByteReader& reader) noexcept;
std::optional<MaxPathIdFrame> decode_max_path_id(base::ByteReader& reader) noexcept;
std::optional<PathsBlockedFrame> decode_paths_blocked(base::ByteReader& reader) noexcept;
std::optional<PathCidsBlockedFrame> decode_path_cids_blocked(base::ByteReader& reader) noexcept;

}  // namespace iroh::quic
