// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/frame/path_frames.hpp"

#include "quic/frame/frame_layout.hpp"

namespace iroh::quic {
namespace {

template <class Sink>
void put(Sink& out, FrameType type, PathId path) noexcept {
  put_type(out, type);
  put_path(out, path);
}

template <class Sink>
void put(Sink& out, FrameType type, PathId path, std::uint64_t value) noexcept {
  put(out, type, path);
  out.varint(value);
}

template <class Sink>
void put(Sink& out, const PathAbandonFrame& frame) noexcept {
  put(out, FrameType::path_abandon, frame.path, frame.code);
}
template <class Sink>
void put(Sink& out, const PathStatusFrame& frame) noexcept {
  put(out, frame.is_backup ? FrameType::path_status_backup : FrameType::path_status_available, frame.path,
      frame.sequence);
}
template <class Sink>
void put(Sink& out, const MaxPathIdFrame& frame) noexcept {
  put(out, FrameType::max_path_id, frame.maximum);
}
template <class Sink>
void put(Sink& out, const PathsBlockedFrame& frame) noexcept {
  put(out, FrameType::paths_blocked, frame.maximum);
}
template <class Sink>
void put(Sink& out, const PathCidsBlockedFrame& frame) noexcept {
  put(out, FrameType::path_cids_blocked, frame.path, frame.next_sequence);
}

template <class Frame>
std::size_t layout_size(const Frame& frame) noexcept {
  return size_of([&](auto& out) { put(out, frame); });
}

}  // namespace

std::size_t encoded_size(const PathAbandonFrame& frame) noexcept {
  return layout_size(frame);
}
std::size_t encoded_size(const PathStatusFrame& frame) noexcept {
  return layout_size(frame);
}
std::size_t encoded_size(const MaxPathIdFrame& frame) noexcept {
  return layout_size(frame);
}
std::size_t encoded_size(const PathsBlockedFrame& frame) noexcept {
  return layout_size(frame);
}
std::size_t encoded_size(const PathCidsBlockedFrame& frame) noexcept {
  return layout_size(frame);
}
void encode(base::ByteWriter& writer, const PathAbandonFrame& frame) noexcept {
  put(writer, frame);
}
void encode(base::ByteWriter& writer, const PathStatusFrame& frame) noexcept {
  put(writer, frame);
}
void encode(base::ByteWriter& writer, const MaxPathIdFrame& frame) noexcept {
  put(writer, frame);
}
void encode(base::ByteWriter& writer, const PathsBlockedFrame& frame) noexcept {
  put(writer, frame);
}
void encode(base::ByteWriter& writer, const PathCidsBlockedFrame& frame) noexcept {
  put(writer, frame);
}

std::optional<PathAbandonFrame> decode_path_abandon(base::ByteReader& reader) noexcept {
  const auto path = read_path(reader);
  const auto code = reader.varint();
  if (!path || !code) return std::nullopt;
  return PathAbandonFrame{*path, *code};
}

std::optional<PathStatusFrame> decode_path_status(FrameType type, base::ByteReader& reader) noexcept {
  const auto path = read_path(reader);
  const auto sequence = reader.varint();
  if (!path || !sequence) return std::nullopt;
  return PathStatusFrame{*path, type == FrameType::path_status_backup, *sequence};
}

std::optional<MaxPathIdFrame> decode_max_path_id(base::ByteReader& reader) noexcept {
  const auto maximum = read_path(reader);
  return maximum ? std::optional(MaxPathIdFrame{*maximum}) : std::nullopt;
}

std::optional<PathsBlockedFrame> decode_paths_blocked(base::ByteReader& reader) noexcept {
  const auto maximum = read_path(reader);
  return maximum ? std::optional(PathsBlockedFrame{*maximum}) : std::nullopt;
}

std::optional<PathCidsBlockedFrame> decode_path_cids_blocked(base::ByteReader& reader) noexcept {
  const auto path = read_path(reader);
  const auto next_sequence = reader.varint();
  if (!path || !next_sequence) return std::nullopt;
  return PathCidsBlockedFrame{*path, *next_sequence};
}

}  // namespace iroh::quic
