// SPDX-License-Identifier: MIT OR Apache-2.0
// For tests of loss recovery: a sender with a clock, and ACK frames made from ranges.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <vector>

#include "base/byte_writer.hpp"
#include "quic/congestion/new_reno.hpp"
#include "quic/frame/ack_frame.hpp"
#include "quic/recovery/loss_recovery.hpp"

namespace iroh::quic {

/// An ACK frame with the memory it points to.
struct OwnedAck {
  std::vector<std::byte> bytes;
  AckFrame frame;

  /// Ranges descending.
  explicit OwnedAck(std::span<const PnRange> ranges, std::optional<EcnCounts> ecn = std::nullopt)
      : bytes(ranges.size() * 16) {
    frame.largest = ranges.front().last;
    frame.first_range = ranges.front().last - ranges.front().first;
    frame.range_count = ranges.size() - 1;
    frame.ecn = ecn;
    base::ByteWriter writer(bytes);
    for (std::size_t i = 1; i < ranges.size(); ++i) {
      writer.varint(ranges[i - 1].first - ranges[i].last - 2);
      writer.varint(ranges[i].last - ranges[i].first);
    }
    frame.encoded_ranges = writer.written();
  }
  OwnedAck(std::initializer_list<PnRange> ranges, std::optional<EcnCounts> ecn = std::nullopt)
      : OwnedAck(std::span(ranges.begin(), ranges.size()), ecn) {}
};

class RecoveryFixture : public testing::Test {
 protected:
  static constexpr Duration ms = base::milliseconds(1);
  static constexpr Instant start{base::seconds(1000)};
  static constexpr std::uint16_t size = 1000;
  static constexpr auto data = SpaceId::data;

  Instant now = start;
  LossRecovery recovery{std::make_unique<NewReno>(std::uint16_t{1200}, 100'000)};
  PtoContext context{.handshake_confirmed = true, .has_handshake_keys = true, .peer_validated_address = true};
  RecoveryOutput out;

  static SentFrame frame_of(PacketNumber pn) { return {.kind = SentFrame::Kind::stream, .id = pn}; }
  static std::vector<PacketNumber> numbers(const std::vector<SentFrame>& frames) {
    std::vector<PacketNumber> result;
    for (const auto& frame : frames) result.push_back(frame.id);
    return result;
  }

  void send(PacketNumber pn, SpaceId space = data,
            SentPacketInfo info = {.size = size, .ack_eliciting = true, .in_flight = true}) {
    const auto frame = frame_of(pn);
    recovery.on_packet_sent(now, space, pn, info, {&frame, 1});
  }
  void send_all(PacketNumber first, PacketNumber last) {
    for (auto pn = first; pn <= last; ++pn) send(pn);
  }
  TransportResult<void> ack(const OwnedAck& ack, SpaceId space = data, Duration delay = Duration::zero()) {
    out.clear();
    return recovery.on_ack(now, space, ack.frame, delay, context, out);
  }
  std::optional<SpaceId> time_out() {
    out.clear();
    return recovery.on_timeout(now, context, out);
  }
  /// As many probes as were asked for, of which only the first counts as in flight.
  void send_probes(PacketNumber pn, SpaceId space = data) {
    send(pn, space);
    while (recovery.probes_pending(space) > 0) recovery.on_probe_sent(space);
  }
  /// Makes the estimate a steady 100 ms; uses number 0.
  void take_first_sample() {
    send(0);
    now += 100 * ms;
    ASSERT_TRUE(ack({{0, 0}}));
  }
};

}  // namespace iroh::quic
