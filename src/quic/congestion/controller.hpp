// SPDX-License-Identifier: MIT OR Apache-2.0
// What loss recovery and a congestion controller tell each other. One controller belongs to one generation of one path
// and is shared by its packet number spaces. Calls come once per ACK, not once per packet. [RFC 9002 §7], [quic.md
// §7.4]
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "quic/types.hpp"

namespace iroh::quic {

class RttEstimator;
enum class CongestionAlgorithm : std::uint8_t;  // connection/config.hpp

/// [quic.md §7.4] Not scaled by the MTU.
inline constexpr std::uint64_t initial_congestion_window = 12'000;

/// What the newest packet acknowledged by one ACK says about the path. Measured only for controllers that ask for it.
/// [draft-ietf-ccwg-bbr §4.1]
struct DeliverySample {
  std::uint64_t rate = 0;               ///< bytes per second; 0: the interval was too short to tell
  std::uint64_t delivered = 0;          ///< bytes, in the time from that packet's sending until now
  std::uint64_t delivered_total = 0;    ///< on this path, ever
  std::uint64_t delivered_before = 0;   ///< the same when that packet was sent
  std::uint64_t lost = 0;               ///< bytes, since that packet was sent
  std::uint64_t in_flight_at_send = 0;  ///< the packet included
  Duration rtt{};
  bool is_app_limited = false;
};

/// What was known when a packet, now lost, was sent; likewise.
struct LostPacket {
  PacketNumber pn = 0;
  std::uint64_t size = 0;
  std::uint64_t in_flight_at_send = 0;
  std::uint64_t lost_since = 0;  ///< bytes lost since it was sent, itself included
  bool is_app_limited = false;
};

class CongestionController {
 public:
  struct Ack {
    std::uint64_t bytes = 0;                   ///< in flight before, acknowledged now
    Instant newest_sent_time{};                ///< of the packets acknowledged now
    bool app_limited = false;                  ///< the window was not what held the sender back
    std::uint64_t in_flight = 0;               ///< now, losses taken off
    std::uint64_t in_flight_at_last_send = 0;  ///< the level that sending last reached
    const DeliverySample* delivery = nullptr;  ///< set if wants_delivery_samples()
  };
  struct Loss {
    Instant newest_sent_time{};  ///< of the packets lost now, or of the largest acknowledged for ECN-CE
    std::uint64_t bytes = 0;
    bool is_persistent = false;  ///< [RFC 9002 §7.6]
    bool is_ecn = false;
    std::uint64_t in_flight = 0;               ///< now
    std::uint64_t delivered_total = 0;         ///< as in DeliverySample
    std::span<const LostPacket> packets = {};  ///< ascending, if wants_delivery_samples()
  };

  CongestionController() = default;
  virtual ~CongestionController() = default;

  /// A packet is sent while nothing was in flight. There is no call per packet.
  virtual void on_burst_started(Instant now) = 0;
  virtual void on_ack(Instant now, const Ack& ack, const RttEstimator& rtt) = 0;
  /// True if the window was reduced: a new congestion event. False within a recovery period. [RFC 9002 §7.3.2]
  virtual bool on_congestion_event(Instant now, const Loss& loss) = 0;
  /// Everything lost in the latest congestion event has arrived after all: undo it. [quic.md §7.3]
  virtual void on_spurious_congestion_event() = 0;
  virtual void on_mtu_update(std::uint16_t mtu) = 0;
  /// Constant in the life of a controller. Those that say no cost no bookkeeping per packet.
  virtual bool wants_delivery_samples() const noexcept { return false; }

  virtual std::uint64_t window() const noexcept = 0;
  /// Bytes per second, if the controller has its own idea; the pacer then does not derive one from the window.
  virtual std::optional<std::uint64_t> pacing_rate() const noexcept { return std::nullopt; }
  virtual bool is_in_slow_start() const noexcept = 0;
  /// A copy, for a path that moved to an address of the same host. [quic.md §4.12]
  virtual std::unique_ptr<CongestionController> clone() const = 0;

 protected:
  CongestionController(const CongestionController&) = default;
  CongestionController& operator=(const CongestionController&) = default;
};

std::unique_ptr<CongestionController> make_congestion_controller(CongestionAlgorithm algorithm, std::uint16_t mtu);

}  // namespace iroh::quic
