// SPDX-License-Identifier: MIT OR Apache-2.0
// RESET_STREAM and STOP_SENDING: ending a stream early. [RFC 9000 §19.4], [RFC 9000 §19.5]
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/byte_reader.hpp"
#include "base/byte_writer.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

struct ResetStreamFrame {
  StreamId id;
  std::uint64_t code = 0;
  std::uint64_t final_size = 0;
  friend bool operator==(const ResetStreamFrame&, const ResetStreamFrame&) = default;
};
struct StopSendingFrame {
  StreamId id;
  std::uint64_t code = 0;
  friend bool operator==(const StopSendingFrame&, const StopSendingFrame&) = default;
};

std::size_t encoded_size(const ResetStreamFrame& frame) noexcept;
std::size_t encoded_size(const StopSendingFrame& frame) noexcept;
void encode(base::ByteWriter& writer, const ResetStreamFrame& frame) noexcept;
void encode(base::ByteWriter& writer, const StopSendingFrame& frame) noexcept;
std::optional<ResetStreamFrame> decode_reset_stream(base::ByteReader& reader) noexcept;
std::optional<StopSendingFrame> decode_stop_sending(base::ByteReader& reader) noexcept;

}  // namespace iroh::quic
