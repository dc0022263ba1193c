// SPDX-License-Identifier: MIT OR Apache-2.0
// Loss detection and congestion control of ONE generation of ONE path: what was sent, what arrived, what is lost, when
// to probe, how much may be in flight. Start reading at on_ack(). [RFC 9002], [quic.md §4.11], [quic.md §7.2-7.4]
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "quic/congestion/controller.hpp"
#include "quic/recovery/delivery_rate.hpp"
#include "quic/recovery/ecn_validator.hpp"
#include "quic/recovery/lost_packet_memory.hpp"
#include "quic/recovery/recovery_output.hpp"
#include "quic/recovery/rtt_estimator.hpp"
#include "quic/space/pn_range.hpp"
#include "quic/space/sent_packets.hpp"
#include "quic/transport_error.hpp"

namespace iroh::quic {

struct AckFrame;  // frame/ack_frame.hpp

class LossRecovery {
 public:
  static constexpr std::uint64_t packet_threshold = 3;           // [RFC 9002 §6.1.1]
  static constexpr std::int64_t persistent_congestion_ptos = 3;  // [RFC 9002 §7.6.1]
  static constexpr unsigned backoff_exponent_max = 16;           // [quic.md §7.2]
  /// [RFC 9002 §6.1.2] wants 1 ms; on paths of 100 µs our own scheduling takes as long. [performance.md §7]
  static constexpr Duration loss_delay_min = base::milliseconds(2);
  /// [quic.md §7.3] Non-eliciting packets remembered past the last eliciting one. A peer that never acknowledges our
  /// ACKs would otherwise make us keep all of them.
  static constexpr std::uint64_t non_eliciting_max = 1000;

  LossRecovery(std::unique_ptr<CongestionController> controller, Duration initial_rtt = initial_rtt_default);

  // --- sending
  /// Before on_packet_sent() of the next number.
  void on_packet_number_skipped(SpaceId space, PacketNumber pn);
  void on_packet_sent(Instant now, SpaceId space, PacketNumber pn, const SentPacketInfo& info,
                      std::span<const SentFrame> frames);
  /// True if the window has room for a datagram of this size. [quic.md §7.4]
  bool can_send(std::uint64_t size) const noexcept { return bytes_in_flight_ + size <= controller_->window(); }
  /// True: the application, not the window, limits what is in flight. Such ACKs do not open the window.
  void set_app_limited(bool limited) noexcept { app_limited_ = limited; }
  /// There was room in the window and nothing to send. Delivery rates measured until all that is in flight now has
  /// arrived are the application's.
  void on_nothing_to_send() noexcept {
    if (delivery_) delivery_->on_app_limited(bytes_in_flight_);
  }
  /// The mark for the next datagram on the path.
  Ecn ecn_mark() const noexcept { return ecn_.mark(); }

  // --- acknowledgements and time
  /// PROTOCOL_VIOLATION if the frame acknowledges what was never sent; then nothing has changed. [quic.md 27]
  TransportResult<void> on_ack(Instant now, SpaceId space, const AckFrame& ack, Duration ack_delay,
                               const PtoContext& context, RecoveryOutput& out);
  /// The earliest of loss time and probe timeout.
  std::optional<Instant> deadline(const PtoContext& context) const;
  /// Declares losses, or returns the space that has to be probed (probes_pending). Nothing if it is not yet time.
  std::optional<SpaceId> on_timeout(Instant now, const PtoContext& context, RecoveryOutput& out);

  // --- probes
  /// Datagrams that must be sent whatever the window says.
  int probes_pending(SpaceId space) const noexcept { return of(space).probes; }
  void on_probe_sent(SpaceId space) noexcept;
  /// Appends the frames of the oldest ack-eliciting packet in flight.
  void oldest_unacked_frames(SpaceId space, std::vector<SentFrame>& out) const;
  /// One PTO of this space without backoff. [RFC 9002 §6.2.1]
  Duration pto(SpaceId space, const PtoContext& context) const noexcept;
  std::uint32_t pto_count() const noexcept { return pto_count_; }
  void reset_pto_backoff() noexcept { pto_count_ = 0; }

  // --- life cycle
  /// [RFC 9002 §6.4] Its keys are gone: its packets count for nothing.
  void discard_space(SpaceId space);
  /// Hands all frames back, without calling it congestion: Retry, rejected 0-RTT, a path that is drained.
  void all_in_flight_as_lost(SpaceId space, RecoveryOutput& out);
  /// For the new generation of a path that moved: takes over numbers, skips and the peer's ECN counts, not RTT, window
  /// or packets. Call before anything else.
  void continue_from(const LossRecovery& previous);
  /// For the old generation: ACKs may now name numbers of the new one; they are passed over.
  void seal() noexcept { sealed_ = true; }

  // --- state
  std::uint64_t bytes_in_flight() const noexcept { return bytes_in_flight_; }
  std::uint64_t congestion_window() const noexcept { return controller_->window(); }
  CongestionController& controller() noexcept { return *controller_; }
  const CongestionController& controller() const noexcept { return *controller_; }
  RttEstimator& rtt() noexcept { return rtt_; }
  const RttEstimator& rtt() const noexcept { return rtt_; }
  std::optional<PacketNumber> largest_acked(SpaceId space) const noexcept { return of(space).largest_acked; }
  bool has_eliciting_in_flight(SpaceId space) const noexcept { return of(space).eliciting_in_flight > 0; }
  bool has_eliciting_in_flight() const noexcept;
  /// Nothing of any space awaits an acknowledgement or a verdict.
  bool is_idle() const noexcept;
  const RecoveryStats& stats() const noexcept { return stats_; }

 private:
  struct Space {
    SentPackets sent;
    std::vector<PacketNumber> skipped;  // ascending, at most 57 in the life of a path
    std::optional<PacketNumber> largest_acked;
    std::optional<PnRange> newest_range;  // of the latest ACK: already looked at
    std::optional<Instant> loss_time;
    std::optional<Instant> last_eliciting_sent;
    std::uint64_t eliciting_in_flight = 0;
    PacketNumber forget_from = 0;  // oldest number of the present run of non-eliciting packets
    int probes = 0;
  };
  struct NewlyAcked;
  struct LossPass;
  struct Timeout {
    Instant at;
    SpaceId space;
    bool is_anti_deadlock = false;
  };

  Space& of(SpaceId space) noexcept { return spaces_[index_of(space)]; }
  const Space& of(SpaceId space) const noexcept { return spaces_[index_of(space)]; }

  bool acknowledges_unsent(const Space& space, const AckFrame& ack) const;
  void acknowledge(Space& space, SpaceId id, PnRange range, NewlyAcked& newly, RecoveryOutput& out);
  void acknowledge_run(Space& space, SpaceId id, PnRange run, NewlyAcked& newly, RecoveryOutput& out);
  void take_rtt_sample(Instant now, SpaceId id, const NewlyAcked& newly, Duration ack_delay, const PtoContext& context);
  void check_ecn(Instant now, SpaceId id, const NewlyAcked& newly, const AckFrame& ack, RecoveryOutput& out);
  void detect_losses(Instant now, SpaceId id, const PtoContext& context, bool from_ack, RecoveryOutput& out);
  void lose(Space& space, SpaceId id, PacketNumber pn, LossPass& pass, RecoveryOutput& out);
  void report_congestion(Instant now, SpaceId id, const LossPass& pass, const PtoContext& context, bool from_ack,
                         RecoveryOutput& out);
  void undo_if_spurious();
  void make_room(Space& space, PacketNumber pn);
  void forget_excess_non_eliciting(Space& space, PacketNumber newest);
  void flush_overflow(RecoveryOutput& out);
  void remove_from_flight(Space& space, const SentPacket& packet) noexcept;

  Duration backed_off(Duration base, Duration growth_cap) const noexcept;
  Duration loss_delay() const noexcept;
  std::optional<SpaceId> earliest_loss_space() const noexcept;
  std::optional<Timeout> probe_timeout(const PtoContext& context) const noexcept;
  std::optional<Timeout> anti_deadlock_timeout(const PtoContext& context) const noexcept;

  std::array<Space, space_count> spaces_;
  RttEstimator rtt_;
  std::unique_ptr<CongestionController> controller_;
  std::unique_ptr<DeliveryRate> delivery_;  // null unless the controller wants samples
  EcnValidator ecn_;
  LostPacketMemory lost_memory_;
  std::vector<PacketNumber> lost_now_;       // scratch
  std::vector<LostPacket> lost_deliveries_;  // scratch, for the controller
  std::vector<SentFrame> overflow_;          // frames of packets that fell out of a full ring, not yet reported
  std::optional<Instant> first_sample_at_;
  std::optional<Instant> anti_deadlock_from_;
  std::uint64_t bytes_in_flight_ = 0;
  std::uint64_t in_flight_at_send_ = 0;  // after the latest packet was sent
  std::uint32_t pto_count_ = 0;
  bool app_limited_ = false;
  bool sealed_ = false;
  RecoveryStats stats_;
};

}  // namespace iroh::quic
