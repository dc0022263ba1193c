// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/frame/path_validation_frames.hpp"

#include "quic/frame/frame_layout.hpp"

namespace iroh::quic {

void encode(base::ByteWriter& writer, const PathChallengeFrame& frame) noexcept {
  put_type(writer, FrameType::path_challenge);
  writer.bytes(frame.token);
}

void encode(base::ByteWriter& writer, const PathResponseFrame& frame) noexcept {
  put_type(writer, FrameType::path_response);
  writer.bytes(frame.token);
}

std::optional<PathChallengeFrame> decode_path_challenge(base::ByteReader& reader) noexcept {
  PathChallengeFrame frame;
  return read_array(reader, frame.token) ? std::optional(frame) : std::nullopt;
}

std::optional<PathResponseFrame> decode_path_response(base::ByteReader& reader) noexcept {
  PathResponseFrame frame;
  return read_array(reader, frame.token) ? std::optional(frame) : std::nullopt;
}

}  // namespace iroh::quic
