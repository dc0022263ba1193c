// SPDX-License-Identifier: MIT OR Apache-2.0
// For tests: any frame with random contents, values of all varint sizes among them.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "base/byte_writer.hpp"
#include "base/random.hpp"
#include "base/varint.hpp"
#include "quic/frame/frame.hpp"

namespace iroh::quic {

/// Keeps the bytes alive that random frames point to.
class FrameBytes {
 public:
  ByteSpan add(std::vector<std::byte> bytes) { return kept_.emplace_back(std::move(bytes)); }
  ByteSpan random(base::Random& random, std::size_t size) {
    std::vector<std::byte> bytes(size);
    random.fill(bytes);
    return add(std::move(bytes));
  }

 private:
  std::deque<std::vector<std::byte>> kept_;
};

/// The frame type at this index of the variant, with initial values.
inline Frame frame_of_kind(std::size_t kind) {
  return [kind]<std::size_t... index>(std::index_sequence<index...>) {
    Frame frame;
    static_cast<void>(((index == kind && (frame.emplace<index>(), true)) || ...));
    return frame;
  }(std::make_index_sequence<std::variant_size_v<Frame>>());
}

/// Fills in the members of each frame.
class FrameRandomizer {
 public:
  FrameRandomizer(base::Random& random, FrameBytes& storage) : random_(random), storage_(storage) {}

  void operator()(PaddingFrame& f) { f.count = 1 + random_.below(40); }
  void operator()(PingFrame&) {}
  void operator()(HandshakeDoneFrame&) {}
  void operator()(ImmediateAckFrame&) {}
  void operator()(AckFrame& f) {
    f.path = maybe_path();
    f.largest = value();
    f.delay = value();
    f.first_range = random_.below(f.largest + 1);
    if (random_.chance(1, 2)) f.ecn = EcnCounts{value(), value(), value()};
    add_ranges(f, random_.below(10));
  }
  void operator()(ResetStreamFrame& f) { f = {stream(), value(), value()}; }
  void operator()(StopSendingFrame& f) { f = {stream(), value()}; }
  void operator()(CryptoFrame& f) { f = {offset(), data(0)}; }
  void operator()(NewTokenFrame& f) { f = {data(1)}; }
  void operator()(StreamFrame& f) { f = {stream(), offset(), coin(), data(0)}; }
  void operator()(MaxDataFrame& f) { f = {value()}; }
  void operator()(MaxStreamDataFrame& f) { f = {stream(), value()}; }
  void operator()(MaxStreamsFrame& f) { f = {dir(), value() % (stream_count_max + 1)}; }
  void operator()(DataBlockedFrame& f) { f = {value()}; }
  void operator()(StreamDataBlockedFrame& f) { f = {stream(), value()}; }
  void operator()(StreamsBlockedFrame& f) { f = {dir(), value() % (stream_count_max + 1)}; }
  void operator()(NewConnectionIdFrame& f) {
    f.path = maybe_path();
    f.sequence = value();
    f.retire_prior_to = random_.below(f.sequence + 1);
    f.cid = ConnectionId(storage_.random(random_, 1 + random_.below(ConnectionId::max_size)));
    random_.fill(f.token);
  }
  void operator()(RetireConnectionIdFrame& f) { f = {maybe_path(), value()}; }
  void operator()(PathChallengeFrame& f) { random_.fill(f.token); }
  void operator()(PathResponseFrame& f) { random_.fill(f.token); }
  void operator()(ConnectionCloseFrame& f) {
    f.is_application = coin();
    f.code = value();
    if (!f.is_application) f.frame_type = value();
    f.reason = data(0);
  }
  void operator()(DatagramFrame& f) { f = {data(0)}; }
  void operator()(AckFrequencyFrame& f) { f = {value(), value(), value(), value()}; }
  void operator()(PathAbandonFrame& f) { f = {path(), value()}; }
  void operator()(PathStatusFrame& f) { f = {path(), coin(), value()}; }
  void operator()(MaxPathIdFrame& f) { f = {path()}; }
  void operator()(PathsBlockedFrame& f) { f = {path()}; }
  void operator()(PathCidsBlockedFrame& f) { f = {path(), value()}; }
  void operator()(ObservedAddressFrame& f) { f = {value(), address()}; }
  void operator()(AddAddressFrame& f) { f = {value(), address()}; }
  void operator()(ReachOutFrame& f) { f = {value(), address()}; }
  void operator()(RemoveAddressFrame& f) { f = {value()}; }

 private:
  bool coin() { return random_.chance(1, 2); }
  Dir dir() { return coin() ? Dir::bi : Dir::uni; }
  /// Of 1, 2, 4 and 8 bytes alike.
  std::uint64_t value() {
    constexpr std::array<unsigned, 4> bits{6, 14, 30, 62};
    return random_.next_u64() >> (64 - bits[random_.below(bits.size())]);
  }
  std::uint64_t offset() { return value() % (base::varint_max - data_max); }
  StreamId stream() { return StreamId(value()); }
  PathId path() { return static_cast<PathId>(value()); }
  std::optional<PathId> maybe_path() { return coin() ? std::optional(path()) : std::nullopt; }
  ByteSpan data(std::size_t min) { return storage_.random(random_, min + random_.below(data_max)); }
  SocketAddr address() {
    IpAddr::V4 v4{};
    IpAddr::V6 v6{0x20};
    random_.fill(std::as_writable_bytes(std::span(v4)));
    random_.fill(std::as_writable_bytes(std::span(v6).subspan(1)));
    return {coin() ? IpAddr(v4) : IpAddr(v6), static_cast<std::uint16_t>(value())};
  }
  void add_ranges(AckFrame& f, std::uint64_t count_max) {
    std::vector<std::byte> bytes(16 * count_max);
    base::ByteWriter writer(bytes);
    PacketNumber smallest = f.largest - f.first_range;
    while (f.range_count < count_max && smallest >= 2) {
      const std::uint64_t gap = random_.below(smallest - 1);
      const std::uint64_t length = random_.below(smallest - gap - 1);
      writer.varint(gap);
      writer.varint(length);
      smallest -= gap + 2 + length;
      ++f.range_count;
    }
    bytes.resize(writer.position());
    f.encoded_ranges = storage_.add(std::move(bytes));
  }

  static constexpr std::size_t data_max = 100;
  base::Random& random_;
  FrameBytes& storage_;
};

inline Frame random_frame(base::Random& random, std::size_t kind, FrameBytes& storage) {
  Frame frame = frame_of_kind(kind);
  std::visit(FrameRandomizer(random, storage), frame);
  return frame;
}

}  // namespace iroh::quic
