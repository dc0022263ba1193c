// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/recovery/delivery_rate.hpp"

#include <algorithm>
#include <chrono>

#include "base/assert.hpp"

namespace iroh::quic {

void DeliveryRate::on_sent(Instant now, SpaceId space, PacketNumber pn, std::uint64_t size,
                           std::uint64_t in_flight_before, const SentPackets& sent) {
  auto& ring = records_[index_of(space)];
  if (ring.size() != sent.capacity()) grow(space, sent);
  // After a silence the intervals begin anew, or the silence would count as slowness.
  if (in_flight_before == 0) first_sent_at_ = delivered_at_ = now;
  record(space, pn) = {.delivered = delivered_,
                       .lost = lost_,
                       .in_flight = in_flight_before + size,
                       .delivered_at = delivered_at_,
                       .first_sent_at = first_sent_at_,
                       .is_app_limited = app_limited_until_.has_value()};
}

void DeliveryRate::grow(SpaceId space, const SentPackets& sent) {
  auto& ring = records_[index_of(space)];
  std::vector<Record> moved(sent.capacity());
  if (!ring.empty()) {
    // The newest number has no record yet; older ones reach back no further than the smaller ring.
    const auto span = std::min<std::uint64_t>(ring.size(), sent.next() - sent.first());
    for (auto pn = sent.next() - span; pn < sent.next(); ++pn) moved[pn & (moved.size() - 1)] = record(space, pn);
  }
  ring.swap(moved);
}

void DeliveryRate::on_app_limited(std::uint64_t in_flight) noexcept {
  app_limited_until_ = std::max<std::uint64_t>(delivered_ + in_flight, 1);
}

DeliverySample DeliveryRate::on_acked(Instant now, SpaceId space, PacketNumber newest, Instant newest_sent_time,
                                      std::uint64_t bytes, Duration min_rtt) noexcept {
  IROH_DCHECK(!records_[index_of(space)].empty());
  const Record& then = record(space, newest);
  delivered_ += bytes;
  delivered_at_ = now;
  if (app_limited_until_ && delivered_ > *app_limited_until_) app_limited_until_.reset();

  DeliverySample sample{.delivered = delivered_ - then.delivered,
                        .delivered_total = delivered_,
                        .delivered_before = then.delivered,
                        .lost = lost_ - then.lost,
                        .in_flight_at_send = then.in_flight,
                        .rtt = now - newest_sent_time,
                        .is_app_limited = then.is_app_limited};
  const Duration sending = newest_sent_time - then.first_sent_at;
  const Duration acknowledging = now - then.delivered_at;
  const Duration interval = std::max(sending, acknowledging);
  first_sent_at_ = newest_sent_time;
  // Nothing is delivered and acknowledged in less than a round trip: such a sample is an artefact of ACKs in a bunch.
  if (interval >= min_rtt && interval > Duration::zero()) {
    const double seconds = std::chrono::duration<double>(interval).count();
    sample.rate = static_cast<std::uint64_t>(static_cast<double>(sample.delivered) / seconds);
  }
  return sample;
}

LostPacket DeliveryRate::on_lost(SpaceId space, PacketNumber pn, std::uint64_t size) noexcept {
  lost_ += size;
  const Record& then = record(space, pn);
  return {.pn = pn,
          .size = size,
          .in_flight_at_send = then.in_flight,
          .lost_since = lost_ - then.lost,
          .is_app_limited = then.is_app_limited};
}

}  // namespace iroh::quic
