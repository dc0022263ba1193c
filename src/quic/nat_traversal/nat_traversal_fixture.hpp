// SPDX-License-Identifier: MIT OR Apache-2.0
// For the tests of NAT traversal: addresses, times, and packets that are written and read back.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <functional>
#include <vector>

#include "quic/frame/frame.hpp"
#include "quic/types.hpp"
#include "quic/wire/packet_writer.hpp"

namespace iroh::quic {

inline Instant at(Duration time) {
  return Instant{} + base::seconds(1000) + time;
}

inline SocketAddr v4(std::uint8_t host, std::uint16_t port = 4433) {
  return {IpAddr(IpAddr::V4{192, 0, 2, host}), port};
}

inline SocketAddr v6(std::uint8_t host, std::uint16_t port = 4433) {
  IpAddr::V6 octets{0x20, 0x01, 0x0d, 0xb8};
  octets[15] = host;
  return {IpAddr(octets), port};
}

inline FourTuple from(const SocketAddr& remote) {
  return {.remote = remote, .local = IpAddr(IpAddr::V4{10, 0, 0, 1})};
}

/// One packet with what a producer had to say: the frames as the peer parses them, and the records for the sender.
struct WrittenPacket {
  std::vector<Frame> frames;
  std::vector<SentFrame> records;
  std::vector<std::byte> payload;
};

template <class Producer>
WrittenPacket write_packet(Producer& producer, std::size_t room = 1200) {
  std::vector<std::byte> buffer(room);
  PacketWriter writer;
  writer.begin(buffer);
  producer.write(writer);
  WrittenPacket packet{.frames = {}, .records = {writer.frames().begin(), writer.frames().end()}, .payload = {}};
  for (const auto& run : writer.runs()) packet.payload.insert(packet.payload.end(), run.data, run.data + run.size);
  EXPECT_EQ(writer.is_ack_eliciting(), !writer.empty());
  EXPECT_EQ(writer.is_probing(), writer.empty());  // [quic.md §3.3] none of these frames is a probing one
  if (packet.payload.empty()) return packet;
  FrameParser parser(packet.payload);
  while (auto frame = parser.next().value()) packet.frames.push_back(*frame);
  return packet;
}

template <class F>
std::vector<F> frames_of(const WrittenPacket& packet) {
  std::vector<F> found;
  for (const auto& frame : packet.frames) {
    if (const auto* one = std::get_if<F>(&frame)) found.push_back(*one);
  }
  return found;
}

}  // namespace iroh::quic
