// SPDX-License-Identifier: MIT OR Apache-2.0
// For tests: bulk senders that share one bottleneck, in virtual time. Loss recovery, controller, pacer and the
// receiver's ACK policy are the real ones; packets are numbers and nothing is encrypted, so that a second of a gigabit
// costs little. What needs whole endpoints is in tests/sim.
#pragma once

#include <functional>
#include <memory>
#include <queue>
#include <vector>

#include "base/random.hpp"
#include "quic/congestion/controller.hpp"
#include "quic/congestion/pacer.hpp"
#include "quic/connection/config.hpp"
#include "quic/recovery/recovery_fixture.hpp"
#include "quic/space/ack_manager.hpp"

namespace iroh::quic {

struct BottleneckConfig {
  std::uint64_t bits_per_second = 100'000'000;
  std::uint64_t queue_bytes = 250'000;  ///< waiting for the line; more is dropped
  Duration round_trip = base::milliseconds(20);
  Duration jitter{};                          ///< up to this much more per packet, order kept
  double loss = 0;                            ///< by chance, after the queue
  std::uint64_t policer_bits_per_second = 0;  ///< a token bucket before the queue that drops; 0: none
  std::uint64_t policer_burst = 100'000;
};

/// The events of a run, in order of time and then of scheduling.
class FlowClock {
 public:
  Instant now() const noexcept { return now_; }
  void at(Instant when, std::function<void()> action) { events_.push({when, next_++, std::move(action)}); }
  void run_until(Instant end) {
    while (!events_.empty() && events_.top().when <= end) {
      auto action = events_.top().action;
      now_ = std::max(now_, events_.top().when);
      events_.pop();
      action();
    }
    now_ = end;
  }

 private:
  struct Event {
    Instant when;
    std::uint64_t order;
    std::function<void()> action;
    bool operator<(const Event& other) const noexcept {
      return when != other.when ? when > other.when : order > other.order;
    }
  };
  std::priority_queue<Event> events_;
  std::uint64_t next_ = 0;
  Instant now_{base::seconds(1000)};
};

class Bottleneck {
 public:
  Bottleneck(FlowClock& clock, const BottleneckConfig& config, std::uint64_t seed)
      : clock_(clock), config_(config), random_(seed) {}

  BottleneckConfig& config() noexcept { return config_; }
  /// When the packet comes out at the far end; nothing: it does not.
  std::optional<Instant> pass(std::uint64_t size) {
    const Instant now = clock_.now();
    if (!pass_policer(now, size)) return std::nullopt;
    free_at_ = std::max(free_at_, now);
    const double queued = seconds(free_at_ - now) * static_cast<double>(config_.bits_per_second) / 8;
    if (queued > 0 && queued + static_cast<double>(size) > static_cast<double>(config_.queue_bytes))
      return std::nullopt;
    free_at_ += Duration(static_cast<Duration::rep>(size * 8'000'000'000 / config_.bits_per_second));
    if (config_.loss > 0 && random_.below(1'000'000'000) < static_cast<std::uint64_t>(config_.loss * 1e9))
      return std::nullopt;
    Instant arrival = free_at_ + config_.round_trip / 2;
    if (config_.jitter > Duration::zero())
      arrival +=
          Duration(static_cast<Duration::rep>(random_.below(static_cast<std::uint64_t>(config_.jitter.count()))));
    arrival_ = std::max(arrival_, arrival);
    return arrival_;
  }

 private:
  static double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }
  bool pass_policer(Instant now, std::uint64_t size) {
    if (config_.policer_bits_per_second == 0) return true;
    tokens_ += seconds(now - refilled_at_) * static_cast<double>(config_.policer_bits_per_second) / 8;
    tokens_ = std::min(tokens_, static_cast<double>(config_.policer_burst));
    refilled_at_ = now;
    if (tokens_ < static_cast<double>(size)) return false;
    tokens_ -= static_cast<double>(size);
    return true;
  }

  FlowClock& clock_;
  BottleneckConfig config_;
  base::SeededRandom random_;
  Instant free_at_{};
  Instant arrival_{};
  Instant refilled_at_{};
  double tokens_ = 0;
};

/// An endless (or, between stop() and resume(), silent) sender and its receiver.
class SimulatedFlow {
 public:
  /// Large packets make fast paths cheap to simulate.
  SimulatedFlow(FlowClock& clock, Bottleneck& bottleneck, CongestionAlgorithm algorithm,
                std::uint16_t packet_size = 1452)
      : packet_size_(packet_size),
        clock_(clock),
        bottleneck_(bottleneck),
        recovery_(make_congestion_controller(algorithm, packet_size)) {}

  void start() { resume(); }
  void stop() { is_stopped_ = true; }
  void resume() {
    is_stopped_ = false;
    send();
  }
  void set_ack_frequency(const AckFrequency& frequency) { receiver_.set_frequency(frequency); }

  std::uint64_t received() const noexcept { return received_; }
  std::uint64_t acks() const noexcept { return acks_; }
  LossRecovery& recovery() noexcept { return recovery_; }

 private:
  void send() {
    const Instant now = clock_.now();
    pacer_.set_controller_rate(recovery_.controller().pacing_rate());
    for (;;) {
      const auto allowance =
          pacer_.allowance(now, recovery_.congestion_window(), recovery_.rtt().smoothed(), packet_size_);
      std::uint64_t train = 0;
      while (train < std::min<std::uint64_t>(allowance, 45 * std::uint64_t{packet_size_}) && may_send()) {
        send_packet(now);
        train += packet_size_;
      }
      recovery_.set_app_limited(is_stopped_);
      if (is_stopped_ && recovery_.can_send(packet_size_)) recovery_.on_nothing_to_send();
      if (allowance == 0 || !may_send()) break;
    }
    arm(now);
  }
  bool may_send() const noexcept {
    return recovery_.probes_pending(SpaceId::data) > 0 || (!is_stopped_ && recovery_.can_send(packet_size_));
  }
  void send_packet(Instant now) {
    const PacketNumber pn = next_++;
    if (recovery_.probes_pending(SpaceId::data) > 0) recovery_.on_probe_sent(SpaceId::data);
    recovery_.on_packet_sent(now, SpaceId::data, pn, {.size = packet_size_, .ack_eliciting = true, .in_flight = true},
                             {});
    pacer_.on_sent(packet_size_);
    if (const auto arrival = bottleneck_.pass(packet_size_)) clock_.at(*arrival, [this, pn] { receive(pn); });
  }
  /// One timer for loss, probes and pacing; a later one makes earlier ones void.
  void arm(Instant now) {
    auto deadline = recovery_.deadline(context_);
    if (!is_stopped_ && recovery_.can_send(packet_size_)) {
      const auto release =
          pacer_.next_release(now, recovery_.congestion_window(), recovery_.rtt().smoothed(), packet_size_);
      if (release && (!deadline || *release < *deadline)) deadline = release;
    }
    const auto armed = ++timer_;
    if (!deadline) return;
    clock_.at(std::max(*deadline, now), [this, armed] {
      if (armed != timer_) return;
      out_.clear();
      const auto due = recovery_.deadline(context_);
      if (due && *due <= clock_.now()) recovery_.on_timeout(clock_.now(), context_, out_);
      send();
    });
  }
  void receive(PacketNumber pn) {
    received_ += packet_size_;
    receiver_.on_packet(clock_.now(), pn, true, Ecn::not_ect);
    acknowledge();
  }
  void acknowledge() {
    const Instant now = clock_.now();
    if (receiver_.is_due(now)) {
      ++acks_;
      auto ack = std::make_shared<OwnedAck>(receiver_.received().ranges());
      const Duration delay = receiver_.ack_delay(now);
      receiver_.on_ack_sent(now, ack->frame.largest);
      clock_.at(now + bottleneck_.config().round_trip / 2, [this, ack, delay] { on_ack(*ack, delay); });
    } else if (const auto deadline = receiver_.deadline()) {
      clock_.at(*deadline, [this] { acknowledge(); });
    }
  }
  void on_ack(const OwnedAck& ack, Duration delay) {
    out_.clear();
    const auto result = recovery_.on_ack(clock_.now(), SpaceId::data, ack.frame, delay, context_, out_);
    EXPECT_TRUE(result.has_value());
    // The sender acknowledges now and then, which lets the receiver forget.
    if (ack.frame.largest > 200) receiver_.on_ack_acknowledged(ack.frame.largest - 200);
    send();
  }

  const std::uint16_t packet_size_;
  FlowClock& clock_;
  Bottleneck& bottleneck_;
  LossRecovery recovery_;
  Pacer pacer_;
  AckManager receiver_{SpaceId::data};
  PtoContext context_{.handshake_confirmed = true, .has_handshake_keys = true, .peer_validated_address = true};
  RecoveryOutput out_;
  PacketNumber next_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t acks_ = 0;
  std::uint64_t timer_ = 0;
  bool is_stopped_ = false;
};

}  // namespace iroh::quic
