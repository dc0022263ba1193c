// SPDX-License-Identifier: MIT OR Apache-2.0
// ACK and PATH_ACK. A parsed frame keeps its ranges encoded, so that parsing allocates nothing however many there are.
// [RFC 9000 §19.3], [multipath-21 §4.1], [quic.md §3.2]
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/assert.hpp"
#include "base/byte_reader.hpp"
#include "base/byte_writer.hpp"
#include "quic/frame/frame_type.hpp"
#include "quic/space/pn_range.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

struct AckFrame {
  std::optional<PathId> path;  ///< set: PATH_ACK
  PacketNumber largest = 0;
  std::uint64_t delay = 0;  ///< in units of 2^ack_delay_exponent microseconds
  std::uint64_t first_range = 0;
  std::uint64_t range_count = 0;  ///< ranges after the first
  ByteSpan encoded_ranges;        ///< range_count pairs of varints: gap, length
  std::optional<EcnCounts> ecn;

  /// Calls f(PnRange) for every range, from the largest numbers down. The ranges were checked when the frame was
  /// parsed.
  template <class F>
  void for_each_range(F&& f) const {
    PacketNumber first = largest - first_range;
    f(PnRange{first, largest});
    base::ByteReader reader(encoded_ranges);
    for (std::uint64_t i = 0; i < range_count; ++i) {
      const auto gap = reader.varint();
      const auto length = reader.varint();
      IROH_ASSERT(gap && length);
      // [RFC 9000 §19.3.1] gap + 1 numbers lie between two ranges.
      const PacketNumber last = first - *gap - 2;
      first = last - *length;
      f(PnRange{first, last});
    }
  }

  friend bool operator==(const AckFrame& a, const AckFrame& b) noexcept;
};

std::size_t encoded_size(const AckFrame& frame) noexcept;
void encode(base::ByteWriter& writer, const AckFrame& frame) noexcept;

/// How much of a list of ranges fits.
struct AckPlan {
  std::size_t range_count = 0;  ///< 0: not even the first one
  std::size_t size = 0;         ///< of the whole frame
};

/// ranges: descending, disjoint and not adjacent. As many of them, from the front, as fit into max_size bytes.
AckPlan plan_ack(std::optional<PathId> path, std::span<const PnRange> ranges, std::uint64_t delay,
                 const std::optional<EcnCounts>& ecn, std::size_t max_size) noexcept;

/// Writes what plan_ack() says; with max_size = the planned size the plan is the same. Writes nothing, and returns 0,
/// if not even the first range fits; else returns how many ranges were written.
std::size_t encode_ack(base::ByteWriter& writer, std::optional<PathId> path, std::span<const PnRange> ranges,
                       std::uint64_t delay, const std::optional<EcnCounts>& ecn, std::size_t max_size) noexcept;

/// Size of the frame that acknowledges the first range alone.
std::size_t ack_size_min(std::optional<PathId> path, const PnRange& first, std::uint64_t delay,
                         const std::optional<EcnCounts>& ecn) noexcept;

/// The body of a frame of this type. Nothing if it is truncated or a range would go below zero.
std::optional<AckFrame> decode_ack(FrameType type, base::ByteReader& reader) noexcept;

}  // namespace iroh::quic
