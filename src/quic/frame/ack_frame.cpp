// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/frame/ack_frame.hpp"

#include "quic/frame/frame_layout.hpp"

namespace iroh::quic {
namespace {

FrameType type_of(const std::optional<PathId>& path, bool has_ecn) noexcept {
  if (path) return has_ecn ? FrameType::path_ack_ecn : FrameType::path_ack;
  return has_ecn ? FrameType::ack_ecn : FrameType::ack;
}

template <class Sink>
void put_head(Sink& out, const std::optional<PathId>& path, bool has_ecn, PacketNumber largest,
              std::uint64_t delay) noexcept {
  put_type(out, type_of(path, has_ecn));
  if (path) put_path(out, *path);
  out.varint(largest);
  out.varint(delay);
}

template <class Sink>
void put_ecn(Sink& out, const std::optional<EcnCounts>& ecn) noexcept {
  if (!ecn) return;
  out.varint(ecn->ect0);
  out.varint(ecn->ect1);
  out.varint(ecn->ce);
}

template <class Sink>
void put_ack(Sink& out, const AckFrame& frame) noexcept {
  put_head(out, frame.path, frame.ecn.has_value(), frame.largest, frame.delay);
  out.varint(frame.range_count);
  out.varint(frame.first_range);
  out.bytes(frame.encoded_ranges);
  put_ecn(out, frame.ecn);
}

/// [RFC 9000 §19.3.1] How a range is told relative to the one above it.
template <class Sink>
void put_range(Sink& out, const PnRange& above, const PnRange& range) noexcept {
  out.varint(above.first - range.last - 2);
  out.varint(range.last - range.first);
}

/// Steps over the ranges. False if they are truncated or one of them would go below zero.
bool skip_ranges(base::ByteReader& reader, PacketNumber smallest, std::uint64_t count) noexcept {
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint64_t gap = 0;
    std::uint64_t length = 0;
    if (!read_varints(reader, gap, length)) return false;
    // [RFC 9000 §19.3.1] [quic.md §3.2] No range may go below zero.
    if (smallest < gap + 2 || smallest - gap - 2 < length) return false;
    smallest -= gap + 2 + length;
  }
  return true;
}

}  // namespace

bool operator==(const AckFrame& a, const AckFrame& b) noexcept {
  return a.path == b.path && a.largest == b.largest && a.delay == b.delay && a.first_range == b.first_range &&
         a.range_count == b.range_count && base::equal(a.encoded_ranges, b.encoded_ranges) && a.ecn == b.ecn;
}

std::size_t encoded_size(const AckFrame& frame) noexcept {
  return size_of([&](auto& out) { put_ack(out, frame); });
}

void encode(base::ByteWriter& writer, const AckFrame& frame) noexcept {
  put_ack(writer, frame);
}

std::size_t ack_size_min(std::optional<PathId> path, const PnRange& first, std::uint64_t delay,
                         const std::optional<EcnCounts>& ecn) noexcept {
  return plan_ack(path, std::span(&first, 1), delay, ecn, std::numeric_limits<std::size_t>::max()).size;
}

AckPlan plan_ack(std::optional<PathId> path, std::span<const PnRange> ranges, std::uint64_t delay,
                 const std::optional<EcnCounts>& ecn, std::size_t max_size) noexcept {
  if (ranges.empty()) return {};
  SizeCounter fixed;  // everything but the range count and the ranges after the first
  put_head(fixed, path, ecn.has_value(), ranges[0].last, delay);
  fixed.varint(ranges[0].last - ranges[0].first);
  put_ecn(fixed, ecn);
  AckPlan plan{1, fixed.size() + base::varint_size(0)};
  if (plan.size > max_size) return {};
  SizeCounter more;
  for (std::size_t count = 2; count <= ranges.size(); ++count) {
    put_range(more, ranges[count - 2], ranges[count - 1]);
    const std::size_t size = fixed.size() + base::varint_size(count - 1) + more.size();
    if (size > max_size) break;
    plan = {count, size};
  }
  return plan;
}

std::size_t encode_ack(base::ByteWriter& writer, std::optional<PathId> path, std::span<const PnRange> ranges,
                       std::uint64_t delay, const std::optional<EcnCounts>& ecn, std::size_t max_size) noexcept {
  const AckPlan plan = plan_ack(path, ranges, delay, ecn, max_size);
  if (plan.range_count == 0) return 0;
  put_head(writer, path, ecn.has_value(), ranges[0].last, delay);
  writer.varint(plan.range_count - 1);
  writer.varint(ranges[0].last - ranges[0].first);
  for (std::size_t i = 1; i < plan.range_count; ++i) put_range(writer, ranges[i - 1], ranges[i]);
  put_ecn(writer, ecn);
  return plan.range_count;
}

std::optional<AckFrame> decode_ack(FrameType type, base::ByteReader& reader) noexcept {
  AckFrame frame;
  if (type == FrameType::path_ack || type == FrameType::path_ack_ecn) {
    frame.path = read_path(reader);
    if (!frame.path) return std::nullopt;
  }
  if (!read_varints(reader, frame.largest, frame.delay, frame.range_count, frame.first_range)) return std::nullopt;
  if (frame.first_range > frame.largest) return std::nullopt;
  const ByteSpan ranges_on = reader.rest();
  if (!skip_ranges(reader, frame.largest - frame.first_range, frame.range_count)) return std::nullopt;
  frame.encoded_ranges = ranges_on.first(ranges_on.size() - reader.remaining());
  if (type == FrameType::ack_ecn || type == FrameType::path_ack_ecn) {
    EcnCounts& ecn = frame.ecn.emplace();
    if (!read_varints(reader, ecn.ect0, ecn.ect1, ecn.ce)) return std::nullopt;
  }
  return frame;
}

}  // namespace iroh::quic
