// SPDX-License-Identifier: MIT OR Apache-2.0
// Measures how fast the path delivers: what arrived between the sending of a packet and its acknowledgement, divided by
// the longer of the times that sending and acknowledging it took. Only for controllers that want it; per packet one
// record in a ring beside the sent packets, per ACK one look-up. [draft-ietf-ccwg-bbr §4.1]
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "quic/congestion/controller.hpp"
#include "quic/space/sent_packets.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

class DeliveryRate {
 public:
  /// A packet of this size, sent with so much in flight before it. After the insertion into `sent`, which tells how
  /// large the ring has to be.
  void on_sent(Instant now, SpaceId space, PacketNumber pn, std::uint64_t size, std::uint64_t in_flight_before,
               const SentPackets& sent);
  /// The application has nothing to send although it could: what is measured until this flight is over shows the
  /// application's rate, not the path's.
  void on_app_limited(std::uint64_t in_flight) noexcept;

  /// Bytes that one ACK acknowledges; newest: the latest sent of them. pn must not have been overwritten: it lies in
  /// the span of `sent` that the ACK found.
  DeliverySample on_acked(Instant now, SpaceId space, PacketNumber newest, Instant newest_sent_time,
                          std::uint64_t bytes, Duration min_rtt) noexcept;
  LostPacket on_lost(SpaceId space, PacketNumber pn, std::uint64_t size) noexcept;

  std::uint64_t delivered_total() const noexcept { return delivered_; }

 private:
  /// The counters as they stood when the packet was sent.
  struct Record {
    std::uint64_t delivered = 0;
    std::uint64_t lost = 0;
    std::uint64_t in_flight = 0;  // the packet included
    Instant delivered_at{};
    Instant first_sent_at{};
    bool is_app_limited = false;
  };
  Record& record(SpaceId space, PacketNumber pn) noexcept {
    auto& ring = records_[index_of(space)];
    return ring[pn & (ring.size() - 1)];
  }
  void grow(SpaceId space, const SentPackets& sent);

  std::array<std::vector<Record>, space_count> records_;  // as large as the ring of sent packets
  std::uint64_t delivered_ = 0;
  std::uint64_t lost_ = 0;
  Instant delivered_at_{};                          // when delivered_ last grew
  Instant first_sent_at_{};                         // sending time of the newest packet of the latest sample
  std::optional<std::uint64_t> app_limited_until_;  // until so much is delivered
};

}  // namespace iroh::quic
