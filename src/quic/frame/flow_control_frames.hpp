// SPDX-License-Identifier: MIT OR Apache-2.0
// Credit for data and streams, and complaints about the lack of it. [RFC 9000 §19.9] to [RFC 9000 §19.14]
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/byte_reader.hpp"
#include "base/byte_writer.hpp"
#include "quic/frame/frame_type.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

struct MaxDataFrame {
  std::uint64_t maximum = 0;
  friend bool operator==(const MaxDataFrame&, const MaxDataFrame&) = default;
};
struct MaxStreamDataFrame {
  StreamId id;
  std::uint64_t maximum = 0;
  friend bool operator==(const MaxStreamDataFrame&, const MaxStreamDataFrame&) = default;
};
struct MaxStreamsFrame {
  Dir dir = Dir::bi;
  std::uint64_t maximum = 0;  ///< at most stream_count_max
  friend bool operator==(const MaxStreamsFrame&, const MaxStreamsFrame&) = default;
};
struct DataBlockedFrame {
  std::uint64_t limit = 0;
  friend bool operator==(const DataBlockedFrame&, const DataBlockedFrame&) = default;
};
struct StreamDataBlockedFrame {
  StreamId id;
  std::uint64_t limit = 0;
  friend bool operator==(const StreamDataBlockedFrame&, const StreamDataBlockedFrame&) = default;
};
struct StreamsBlockedFrame {
  Dir dir = Dir::bi;
  std::uint64_t limit = 0;  ///< at most stream_count_max
  friend bool operator==(const StreamsBlockedFrame&, const StreamsBlockedFrame&) = default;
};

std::size_t encoded_size(const MaxDataFrame& frame) noexcept;
std::size_t encoded_size(const MaxStreamDataFrame& frame) noexcept;
std::size_t encoded_size(const MaxStreamsFrame& frame) noexcept;
std::size_t encoded_size(const DataBlockedFrame& frame) noexcept;
std::size_t encoded_size(const StreamDataBlockedFrame& frame) noexcept;
std::size_t encoded_size(const StreamsBlockedFrame& frame) noexcept;
void encode(base::ByteWriter& writer, const MaxDataFrame& frame) noexcept;
void encode(base::ByteWriter& writer, const MaxStreamDataFrame& frame) noexcept;
void encode(base::ByteWriter& writer, const MaxStreamsFrame& frame) noexcept;
void encode(base::ByteWriter& writer, const DataBlockedFrame& frame) noexcept;
void encode(base::ByteWriter& writer, const StreamDataBlockedFrame& frame) noexcept;
void encode(base::ByteWriter& writer, const StreamsBlockedFrame& frame) noexcept;
std::optional<MaxDataFrame> decode_max_data(base::ByteReader& reader) noexcept;
std::optional<MaxStreamDataFrame> decode_max_stream_data(base::ByteReader& reader) noexcept;
std::optional<MaxStreamsFrame> decode_max_streams(FrameType type, base::ByteReader& reader) noexcept;
std::optional<DataBlockedFrame> decode_data_blocked(base::ByteReader& reader) noexcept;
std::optional<StreamDataBlockedFrame> decode_stream_data_blocked(base::ByteReader& reader) noexcept;
std::optional<StreamsBlockedFrame> decode_streams_blocked(FrameType type, base::ByteReader& reader) noexcept;

}  // namespace iroh::quic
