// SPDX-License-Identifier: MIT OR Apache-2.0
// For tests of producers: a packet that is written, sealed without encryption, and read back frame by frame.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/assert.hpp"
#include "iroh/base/bytes.hpp"
#include "quic/frame/frame.hpp"
#include "quic/wire/packet_writer.hpp"

namespace iroh::quic::test {

class TestPacket {
 public:
  explicit TestPacket(std::size_t size = 1200) : buffer_(size) { writer.begin(buffer_); }

  /// The plaintext, gathered from where the producers left it.
  Bytes seal() const {
    std::string payload;
    for (const PacketWriter::Run& run : writer.runs()) payload += base::as_text({run.data, run.size});
    return Bytes::from_string(std::move(payload));
  }
  std::vector<SentFrame> sent() const { return {writer.frames().begin(), writer.frames().end()}; }

  PacketWriter writer;

 private:
  std::vector<std::byte> buffer_;
};

/// Frames whose views point into the payload that is kept beside them.
struct WrittenFrames {
  explicit WrittenFrames(Bytes bytes) : payload(std::move(bytes)) {
    FrameParser parser(payload);
    while (!payload.empty()) {
      auto frame = parser.next();
      IROH_ASSERT(frame.has_value());
      if (!*frame) break;
      frames.push_back(**frame);
    }
  }
  explicit WrittenFrames(const TestPacket& packet) : WrittenFrames(packet.seal()) {}

  /// The frames of one type, in order.
  template <class F>
  std::vector<F> all() const {
    std::vector<F> result;
    for (const Frame& frame : frames) {
      if (const F* match = std::get_if<F>(&frame)) result.push_back(*match);
    }
    return result;
  }
  /// A view of the payload as a slice that may be kept.
  Bytes slice(ByteSpan view) const { return Bytes(payload.owner(), view); }

  Bytes payload;
  std::vector<Frame> frames;
};

/// Bytes that tell their offset, so that misplaced ones are noticed.
inline std::byte pattern(std::uint64_t offset) {
  return static_cast<std::byte>((offset * 0x9e3779b97f4a7c15u) >> 56);
}
inline Bytes pattern_bytes(std::uint64_t offset, std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(pattern(offset + i));
  return Bytes::from_string(std::move(text));
}
inline bool is_pattern(std::uint64_t offset, ByteSpan bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] != pattern(offset + i)) return false;
  }
  return true;
}

}  // namespace iroh::quic::test
