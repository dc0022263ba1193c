// SPDX-License-Identifier: MIT OR Apache-2.0
// For tests: a StreamSet in the seat of a server, whose peer is played by the test.
#pragma once

#include <gtest/gtest.h>

#include "quic/stream/stream_set.hpp"
#include "quic/stream/test_packet.hpp"

namespace iroh::quic {

using test::WrittenFrames;
using test::pattern_bytes;
using test::TestPacket;
using Kind = StreamEvent::Kind;

constexpr StreamId remote_bi(std::uint64_t index) {
  return StreamId(Side::client, Dir::bi, index);
}
constexpr StreamId remote_uni(std::uint64_t index) {
  return StreamId(Side::client, Dir::uni, index);
}
constexpr StreamId local_bi(std::uint64_t index) {
  return StreamId(Side::server, Dir::bi, index);
}
constexpr StreamId local_uni(std::uint64_t index) {
  return StreamId(Side::server, Dir::uni, index);
}

struct StreamSetTest : ::testing::Test {
  StreamSetTest() {
    streams.set_peer_limits({.initial_max_data = 1'000'000,
                             .initial_max_stream_data_bidi_local = 10'000,
                             .initial_max_stream_data_bidi_remote = 20'000,
                             .initial_max_stream_data_uni = 30'000,
                             .initial_max_streams_bidi = 3,
                             .initial_max_streams_uni = 2});
  }
  ErrorCode receive(StreamId id, std::uint64_t offset, std::size_t size, bool fin = false) {
    const auto result = streams.on_stream({.id = id, .offset = offset, .fin = fin}, pattern_bytes(offset, size));
    return result ? ErrorCode::no_error : result.error().code;
  }
  static ErrorCode code(const TransportResult<void>& result) {
    return result ? ErrorCode::no_error : result.error().code;
  }
  WrittenFrames send_control() {
    TestPacket packet;
    streams.write_control(packet.writer);
    sent = packet.sent();
    return WrittenFrames(packet);
  }
  WrittenFrames send_data(std::size_t size = 1200) {
    TestPacket packet(size);
    streams.write_data(packet.writer);
    sent = packet.sent();
    return WrittenFrames(packet);
  }
  void ack_all() {
    for (const SentFrame& frame : sent) streams.on_acked(frame);
  }
  void lose_all() {
    for (const SentFrame& frame : sent) streams.on_lost(frame);
  }
  std::size_t write(StreamId id, std::size_t size) { return streams.write(id, pattern_bytes(0, size)).value_or(0); }

  StreamConfig config{
      .max_bi = 100, .max_uni = 100, .stream_window = 8000, .connection_window = 20'000, .send_window = 50'000};
  StreamSet streams{Side::server, config};
  std::vector<SentFrame> sent;
};

}  // namespace iroh::quic
