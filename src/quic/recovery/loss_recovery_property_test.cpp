// SPDX-License-Identifier: MIT OR Apache-2.0
// Random traffic over a random network: every frame comes back exactly once, and the accounts always add up.
#include <map>
#include <set>

#include "base/random.hpp"
#include "quic/congestion/cubic.hpp"
#include "quic/recovery/recovery_fixture.hpp"
#include "quic/space/received_packets.hpp"

namespace iroh::quic {
namespace {

class World {
 public:
  explicit World(std::uint64_t seed) : random_(seed) {}

  void run(int steps) {
    for (int i = 0; i < steps && !testing::Test::HasFatalFailure(); ++i) {
      now_ += base::microseconds(static_cast<std::int64_t>(random_.below(4000)));
      const auto id = spaces_[random_.below(spaces_.size())];
      switch (random_.below(10)) {
        case 0:
        case 1:
        case 2:
        case 3:
        case 4:
          send(id);
          break;
        case 5:
        case 6:
        case 7:
          acknowledge(id);
          break;
        case 8:
          time_out();
          break;
        default:
          if (random_.chance(1, 200)) discard(id);
      }
      check();
    }
  }

 private:
  struct Flight {
    std::uint16_t weight = 0;
    bool eliciting = false;
  };
  struct Space {
    PacketNumber next = 0;
    std::map<PacketNumber, Flight> outstanding;
    ReceivedPackets received;  // what the peer has
  };

  void send(SpaceId id) {
    auto& space = twin_[index_of(id)];
    if (random_.chance(1, 30)) recovery_.on_packet_number_skipped(id, space.next++);
    const auto pn = space.next++;
    SentPacketInfo info{.size = static_cast<std::uint16_t>(40 + random_.below(1400))};
    info.ack_eliciting = random_.chance(4, 5);
    info.in_flight = info.ack_eliciting ? random_.chance(9, 10) : random_.chance(1, 10);
    info.mtu_probe = info.ack_eliciting && random_.chance(1, 50);
    const SentFrame frame{.kind = SentFrame::Kind::stream, .level = level_of(id), .id = pn};
    recovery_.on_packet_sent(now_, id, pn, info, {&frame, 1});
    if (info.ack_eliciting) recovery_.on_probe_sent(id);
    space.outstanding.emplace(pn, Flight{info.in_flight ? info.size : std::uint16_t{0}, info.ack_eliciting});
    if (random_.chance(9, 10)) space.received.insert(pn);
    // Some packets arrive much later than others.
    if (random_.chance(1, 20) && pn > 30) {
      const auto late = pn - random_.below(30);
      if (sent_numbers_[index_of(id)].contains(late)) space.received.insert(late);
    }
    sent_numbers_[index_of(id)].insert(pn);
  }

  void acknowledge(SpaceId id) {
    auto& space = twin_[index_of(id)];
    if (space.received.ranges().empty()) return;
    std::vector<PnRange> ranges(space.received.ranges().begin(), space.received.ranges().end());
    if (random_.chance(1, 4)) ranges.resize(1 + random_.below(ranges.size()));
    if (random_.chance(1, 4)) ranges.erase(ranges.begin(), ranges.end() - 1);  // an old ACK overtaken
    out_.clear();
    ASSERT_TRUE(recovery_.on_ack(now_, id, OwnedAck(ranges).frame, Duration{}, context_, out_));
    settle();
  }

  void time_out() {
    out_.clear();
    recovery_.on_timeout(now_, context_, out_);
    settle();
  }

  bool probe_waits() const {
    return std::ranges::any_of(spaces_, [this](SpaceId id) { return recovery_.probes_pending(id) > 0; });
  }

  void discard(SpaceId id) {
    recovery_.discard_space(id);
    twin_[index_of(id)].outstanding.clear();
  }

  void settle() {
    for (const auto* frames : {&out_.acked, &out_.lost}) {
      for (const auto& frame : *frames) {
        ASSERT_EQ(twin_[index_of(space_of(frame.level))].outstanding.erase(frame.id), 1u) << "reported twice";
      }
    }
  }

  void check() {
    std::uint64_t bytes = 0;
    bool any = false;
    for (const auto id : spaces_) {
      bool eliciting = false;
      for (const auto& [pn, flight] : twin_[index_of(id)].outstanding) {
        bytes += flight.weight;
        eliciting = eliciting || (flight.eliciting && flight.weight > 0);
      }
      any = any || !twin_[index_of(id)].outstanding.empty();
      ASSERT_EQ(recovery_.has_eliciting_in_flight(id), eliciting);
      ASSERT_TRUE(!eliciting || probe_waits() || recovery_.deadline(context_))
          << "something in flight, and neither a timer nor a probe that waits";
    }
    ASSERT_EQ(recovery_.bytes_in_flight(), bytes);
    ASSERT_EQ(recovery_.is_idle(), !any);
    ASSERT_GE(recovery_.congestion_window(), 2400u);
  }

  static EncryptionLevel level_of(SpaceId id) {
    return id == SpaceId::initial     ? EncryptionLevel::initial
           : id == SpaceId::handshake ? EncryptionLevel::handshake
                                      : EncryptionLevel::one_rtt;
  }

  static constexpr std::array<SpaceId, 3> spaces_ = {SpaceId::initial, SpaceId::handshake, SpaceId::data};
  base::SeededRandom random_;
  Instant now_{base::seconds(1)};
  LossRecovery recovery_{std::make_unique<Cubic>(std::uint16_t{1200})};
  PtoContext context_{.handshake_confirmed = true, .has_handshake_keys = true, .peer_validated_address = true};
  std::array<Space, space_count> twin_;
  std::array<std::set<PacketNumber>, space_count> sent_numbers_;
  RecoveryOutput out_;
};

TEST(LossRecoveryProperty, AccountsAddUpUnderRandomSendingLossAndReordering) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    World(seed).run(1500);
    if (testing::Test::HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace iroh::quic
