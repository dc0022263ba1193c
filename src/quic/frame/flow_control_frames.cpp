// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/frame/flow_control_frames.hpp"

#include "quic/frame/frame_layout.hpp"

namespace iroh::quic {
namespace {

template <class Sink>
void put(Sink& out, FrameType type, std::uint64_t value) noexcept {
  put_type(out, type);
  out.varint(value);
}

template <class Sink>
void put(Sink& out, FrameType type, StreamId id, std::uint64_t value) noexcept {
  put_type(out, type);
  out.varint(id.value());
  out.varint(value);
}

template <class Sink>
void put(Sink& out, const MaxDataFrame& frame) noexcept {
  put(out, FrameType::max_data, frame.maximum);
}
template <class Sink>
void put(Sink& out, const MaxStreamDataFrame& frame) noexcept {
  put(out, FrameType::max_stream_data, frame.id, frame.maximum);
}
template <class Sink>
void put(Sink& out, const MaxStreamsFrame& frame) noexcept {
  put(out, frame.dir == Dir::bi ? FrameType::max_streams_bidi : FrameType::max_streams_uni, frame.maximum);
}
template <class Sink>
void put(Sink& out, const DataBlockedFrame& frame) noexcept {
  put(out, FrameType::data_blocked, frame.limit);
}
template <class Sink>
void put(Sink& out, const StreamDataBlockedFrame& frame) noexcept {
  put(out, FrameType::stream_data_blocked, frame.id, frame.limit);
}
template <class Sink>
void put(Sink& out, const StreamsBlockedFrame& frame) noexcept {
  put(out, frame.dir == Dir::bi ? FrameType::streams_blocked_bidi : FrameType::streams_blocked_uni, frame.limit);
}

template <class Frame>
std::size_t layout_size(const Frame& frame) noexcept {
  return size_of([&](auto& out) { put(out, frame); });
}

/// [RFC 9000 §19.11] [RFC 9000 §19.14] A stream count above 2^60 could not be told apart in a stream id.
std::optional<std::uint64_t> read_stream_count(base::ByteReader& reader) noexcept {
  const auto count = reader.varint();
  return count && *count <= stream_count_max ? count : std::nullopt;
}

}  // namespace

std::size_t encoded_size(const MaxDataFrame& frame) noexcept {
  return layout_size(frame);
}
std::size_t encoded_size(const MaxStreamDataFrame& frame) noexcept {
  return layout_size(frame);
}
std::size_t encoded_size(const MaxStreamsFrame& frame) noexcept {
  return layout_size(frame);
}
std::size_t encoded_size(const DataBlockedFrame& frame) noexcept {
  return layout_size(frame);
}
std::size_t encoded_size(const StreamDataBlockedFrame& frame) noexcept {
  return layout_size(frame);
}
std::size_t encoded_size(const StreamsBlockedFrame& frame) noexcept {
  return layout_size(frame);
}
void encode(base::ByteWriter& writer, const MaxDataFrame& frame) noexcept {
  put(writer, frame);
}
void encode(base::ByteWriter& writer, const MaxStreamDataFrame& frame) noexcept {
  put(writer, frame);
}
void encode(base::ByteWriter& writer, const MaxStreamsFrame& frame) noexcept {
  put(writer, frame);
}
void encode(base::ByteWriter& writer, const DataBlockedFrame& frame) noexcept {
  put(writer, frame);
}
void encode(base::ByteWriter& writer, const StreamDataBlockedFrame& frame) noexcept {
  put(writer, frame);
}
void encode(base::ByteWriter& writer, const StreamsBlockedFrame& frame) noexcept {
  put(writer, frame);
}

std::optional<MaxDataFrame> decode_max_data(base::ByteReader& reader) noexcept {
  const auto maximum = reader.varint();
  return maximum ? std::optional(MaxDataFrame{*maximum}) : std::nullopt;
}

std::optional<MaxStreamDataFrame> decode_max_stream_data(base::ByteReader& reader) noexcept {
  std::uint64_t id = 0;
  std::uint64_t maximum = 0;
  if (!read_varints(reader, id, maximum)) return std::nullopt;
  return MaxStreamDataFrame{StreamId(id), maximum};
}

std::optional<MaxStreamsFrame> decode_max_streams(FrameType type, base::ByteReader& reader) noexcept {
  const auto maximum = read_stream_count(reader);
  if (!maximum) return std::nullopt;
  return MaxStreamsFrame{type == FrameType::max_streams_bidi ? Dir::bi : Dir::uni, *maximum};
}

std::optional<DataBlockedFrame> decode_data_blocked(base::ByteReader& reader) noexcept {
  const auto limit = reader.varint();
  return limit ? std::optional(DataBlockedFrame{*limit}) : std::nullopt;
}

std::optional<StreamDataBlockedFrame> decode_stream_data_blocked(base::ByteReader& reader) noexcept {
  std::uint64_t id = 0;
  std::uint64_t limit = 0;
  if (!read_varints(reader, id, limit)) return std::nullopt;
  return StreamDataBlockedFrame{StreamId(id), limit};
}

std::optional<StreamsBlockedFrame> decode_streams_blocked(FrameType type, base::ByteReader& reader) noexcept {
  const auto limit = read_stream_count(reader);
  if (!limit) return std::nullopt;
  return StreamsBlockedFrame{type == FrameType::streams_blocked_bidi ? Dir::bi : Dir::uni, *limit};
}

}  // namespace iroh::quic
