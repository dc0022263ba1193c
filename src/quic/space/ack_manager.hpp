// SPDX-License-Identifier: MIT OR Apache-2.0
// Decides when received packets of one space (in the data space: of one path) are acknowledged. It never writes frames:
// the conductor asks is_due() once per received batch and writes what received() lists. [quic.md §7.1]
#pragma once

#include <optional>

#include "quic/space/received_packets.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

/// What the peer's ACK_FREQUENCY asks for; the defaults are those of [RFC 9000 §13.2].
struct AckFrequency {
  std::uint64_t ack_eliciting_threshold = 1;  ///< more than this many ack-eliciting packets: at once
  Duration max_ack_delay = base::milliseconds(25);
  std::uint64_t reordering_threshold = 1;  ///< 0: order does not matter
};

class AckManager {
 public:
  /// [quic.md §7.1] More non-eliciting packets than this make an ACK ride along with a packet that is sent anyway.
  static constexpr std::uint64_t volunteer_threshold = 10;

  explicit AckManager(SpaceId space) noexcept : space_(space) {}

  bool is_duplicate(PacketNumber pn) const noexcept { return received_.is_duplicate(pn); }
  /// Records a packet that was authenticated and parsed. False, and no effect, if it is a duplicate.
  bool on_packet(Instant now, PacketNumber pn, bool ack_eliciting, Ecn ecn);
  /// IMMEDIATE_ACK, or a packet on an abandoned path. If nothing is unacknowledged it waits for the next packet.
  void request_immediate() noexcept { immediate_ = true; }
  void set_frequency(const AckFrequency& frequency) noexcept { frequency_ = frequency; }

  /// An ACK must be sent now.
  bool is_due(Instant now) const noexcept;
  /// Ack-eliciting packets wait for an ACK that may not be due yet: it may ride along.
  bool has_unsent_elicited() const noexcept { return unacked_eliciting_ > 0; }
  /// Nothing demands an ACK, but one should ride along with a packet that is sent anyway.
  bool should_volunteer() const noexcept { return unacked_non_eliciting_ > volunteer_threshold; }
  bool has_anything_to_acknowledge() const noexcept { return !received_.ranges().empty(); }

  /// When is_due() becomes true by the passing of time. Nothing if it is true already for another reason, so that a
  /// path that may not send does not keep the timer busy; a deadline that has passed must be given to on_timeout().
  std::optional<Instant> deadline() const noexcept;
  void on_timeout(Instant now) noexcept;

  const ReceivedPackets& received() const noexcept { return received_; }
  /// How long ago the largest packet arrived. [RFC 9000 §13.2.5]
  Duration ack_delay(Instant now) const noexcept;
  /// Counts for the ACK, once a marked packet has arrived in this space. [RFC 9000 §13.4.1]
  std::optional<EcnCounts> ecn_counts() const noexcept;

  /// An ACK with the current ranges was written.
  void on_ack_sent(Instant now, PacketNumber largest) noexcept;
  /// A packet that carried an ACK up to this number has reached the peer.
  void on_ack_acknowledged(PacketNumber largest_in_that_ack) { received_.forget_up_to(largest_in_that_ack); }

 private:
  bool wants_immediate() const noexcept;
  bool is_out_of_order(PacketNumber pn) const noexcept;
  /// The smallest number in [from, below) that has not arrived and is not long settled.
  std::optional<PacketNumber> smallest_missing(PacketNumber from, PacketNumber below) const noexcept;

  SpaceId space_;
  bool immediate_ = false;
  AckFrequency frequency_;
  ReceivedPackets received_;
  std::optional<PacketNumber> largest_eliciting_;
  std::optional<PacketNumber> largest_ack_sent_;
  std::uint64_t unacked_eliciting_ = 0;
  std::uint64_t unacked_non_eliciting_ = 0;
  Instant first_unacked_at_{};  // meaningful if unacked_eliciting_ > 0
  Instant largest_at_{};
  EcnCounts ecn_;
};

}  // namespace iroh::quic
