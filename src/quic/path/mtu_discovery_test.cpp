// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/path/mtu_discovery.hpp"
#include "quic/test_values.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace iroh::quic {
namespace {

using Sizes = std::vector<std::uint16_t>;

/// Probes over a link that carries datagrams up to this size; returns what was sent.
Sizes search(MtuDiscovery& mtu, std::uint16_t link, Instant now = start) {
  Sizes sent;
  while (const auto size = mtu.poll_probe(now)) {
    sent.push_back(*size);
    mtu.on_probe_sent(*size);
    EXPECT_FALSE(mtu.poll_probe(now)) << "one probe in flight";
    if (*size <= link) {
      EXPECT_TRUE(mtu.on_probe_acked(now, *size));
    } else {
      mtu.on_probe_lost(now, *size);
    }
    if (sent.size() > 100) break;
  }
  return sent;
}

// [quic.md §7.6] The examples.
TEST(MtuDiscovery, FindsTheUpperBoundOnAnOrdinaryLink) {
  MtuDiscovery mtu({});
  EXPECT_EQ(mtu.current_mtu(), 1200);
  EXPECT_EQ(search(mtu, 1472), (Sizes{1326, 1389, 1420, 1452}));
  EXPECT_EQ(mtu.current_mtu(), 1452);
  EXPECT_FALSE(mtu.deadline()) << "there is nothing more to find";
}

TEST(MtuDiscovery, EndsAt1389OnALinkOf1400) {
  MtuDiscovery mtu({});
  EXPECT_EQ(search(mtu, 1400), (Sizes{1326, 1389, 1420, 1420, 1420}));
  EXPECT_EQ(mtu.current_mtu(), 1389);
}

TEST(MtuDiscovery, EndsAt1200AfterNineLostProbes) {
  MtuDiscovery mtu({});
  EXPECT_EQ(search(mtu, 1200), (Sizes{1326, 1326, 1326, 1262, 1262, 1262, 1230, 1230, 1230}));
  EXPECT_EQ(mtu.current_mtu(), 1200);
}

TEST(MtuDiscovery, SearchesAgainAfterTenMinutes) {
  MtuDiscovery mtu({});
  search(mtu, 1400);
  EXPECT_EQ(mtu.deadline(), start + base::seconds(600));
  EXPECT_FALSE(mtu.poll_probe(start + base::seconds(599)));
  EXPECT_EQ(search(mtu, 1472, start + base::seconds(600)), (Sizes{1420, 1452}));
  EXPECT_EQ(mtu.current_mtu(), 1452);
}

TEST(MtuDiscovery, ADueSearchWaitsForAProbeAndNotForTheClock) {
  MtuDiscovery mtu({});
  search(mtu, 1400);
  mtu.on_timeout(start + base::seconds(599));
  EXPECT_EQ(mtu.deadline(), start + base::seconds(600));
  mtu.on_timeout(start + base::seconds(600));
  EXPECT_FALSE(mtu.deadline());
  EXPECT_EQ(mtu.poll_probe(start + base::seconds(700)), 1420);
}

TEST(MtuDiscovery, StopsAtThePeersLimit) {
  MtuDiscovery mtu({});
  mtu.set_peer_limit(1300);
  EXPECT_EQ(search(mtu, 9000).back(), 1300);
  EXPECT_EQ(mtu.current_mtu(), 1300);
  MtuDiscovery large({.initial = 1400});
  large.set_peer_limit(1350);
  EXPECT_EQ(large.current_mtu(), 1350);
  large.set_peer_limit(100);
  EXPECT_EQ(large.current_mtu(), 1200) << "never below the minimum";
}

TEST(MtuDiscovery, LimitThatArrivesDuringTheSearchHolds) {
  MtuDiscovery mtu({});
  EXPECT_EQ(mtu.poll_probe(start), 1326);
  mtu.set_peer_limit(1300);
  for (const auto size : search(mtu, 9000)) EXPECT_LE(size, 1300);
  EXPECT_EQ(mtu.current_mtu(), 1300);
}

TEST(MtuDiscovery, UpperBoundIsConfigurable) {
  MtuDiscovery jumbo({.upper_bound = 8952});
  search(jumbo, 8952);
  EXPECT_EQ(jumbo.current_mtu(), 8952);
  MtuDiscovery off({.search = false});
  EXPECT_FALSE(off.poll_probe(start));
  EXPECT_FALSE(off.deadline());
}

TEST(MtuDiscovery, AnswersToOtherSizesChangeNothing) {
  MtuDiscovery mtu({});
  EXPECT_FALSE(mtu.on_probe_acked(start, 1326)) << "none in flight";
  mtu.on_probe_sent(*mtu.poll_probe(start));
  EXPECT_FALSE(mtu.on_probe_acked(start, 1400));
  mtu.on_probe_lost(start, 1400);
  EXPECT_EQ(mtu.current_mtu(), 1200);
  EXPECT_TRUE(mtu.on_probe_acked(start, 1326));
}

// [quic.md 85] More than three suspicious bursts: MTU 1200, no search for 60 s, then repair.
TEST(MtuDiscovery, RecoversFromABlackHole) {
  MtuDiscovery mtu({});
  search(mtu, 1472);
  PacketNumber pn = 0;
  for (int burst = 0; burst < 4; ++burst) {
    EXPECT_EQ(mtu.current_mtu(), 1452);
    mtu.on_packet_lost(pn++, 1452);
    mtu.on_packet_lost(pn++, 1452);
    const bool found = mtu.on_losses_reported(start);
    EXPECT_EQ(found, burst == 3);
    mtu.on_packet_acked(pn++, 1200);
  }
  EXPECT_EQ(mtu.current_mtu(), 1200);
  EXPECT_FALSE(mtu.poll_probe(start + base::seconds(59)));
  EXPECT_EQ(mtu.deadline(), start + base::seconds(60));
  search(mtu, 1472, start + base::seconds(60));
  EXPECT_EQ(mtu.current_mtu(), 1452);
}

TEST(MtuDiscovery, GoesBeyondItsBoundWhereTheInterfaceAndThePeerAllow) {
  MtuDiscovery mtu({.follow_interface = true});
  mtu.set_interface_limit(8972);
  EXPECT_EQ(search(mtu, 8972), (Sizes{1326, 1389, 1420, 1452, 8972}));
  EXPECT_EQ(mtu.current_mtu(), 8972);
  MtuDiscovery limited({.follow_interface = true});
  limited.set_interface_limit(8972);
  limited.set_peer_limit(4000);
  EXPECT_EQ(search(limited, 8972).back(), 4000);
  EXPECT_EQ(limited.current_mtu(), 4000);
}

TEST(MtuDiscovery, APathThatCarriesNoMoreThanTheBoundKeepsIt) {
  MtuDiscovery mtu({.follow_interface = true});
  mtu.set_interface_limit(8972);
  const auto sent = search(mtu, 1472);
  EXPECT_LT(sent.size(), 40u);
  EXPECT_EQ(sent[4], 8972);
  EXPECT_EQ(mtu.current_mtu(), 1452);
  EXPECT_EQ(mtu.deadline(), start + base::seconds(600));
}

TEST(MtuDiscovery, DoesNotGoBeyondItsBoundUnasked) {
  MtuDiscovery mtu({});
  mtu.set_interface_limit(8972);
  EXPECT_EQ(search(mtu, 8972), (Sizes{1326, 1389, 1420, 1452}));
  EXPECT_FALSE(mtu.poll_probe(start));
  EXPECT_FALSE(mtu.deadline());
}

TEST(MtuDiscovery, WhateverLinkAndLimitsTheSearchEndsBelowThemAndNearTheLink) {
  for (std::uint16_t interface = 1200; interface < 9000; interface = static_cast<std::uint16_t>(interface + 97)) {
    for (std::uint16_t link = 1200; link < 9000; link = static_cast<std::uint16_t>(link + 131)) {
      for (const bool follow : {false, true}) {
        MtuDiscovery mtu({.follow_interface = follow});
        mtu.set_interface_limit(interface);
        EXPECT_LE(search(mtu, link).size(), 60u);
        const int most = std::min<int>({link, interface, follow ? 9000 : 1452});
        EXPECT_LE(mtu.current_mtu(), most);
        // Between 1452 and an interface barely above it no step is worth a probe.
        EXPECT_GE(mtu.current_mtu(), std::max(1200, most - 40)) << interface << " " << link << " " << follow;
      }
    }
  }
}

TEST(MtuDiscovery, NeverExceedsASmallInterface) {
  MtuDiscovery mtu({.initial = 1400});
  mtu.set_interface_limit(1300);
  EXPECT_EQ(mtu.current_mtu(), 1300);
  EXPECT_FALSE(mtu.poll_probe(start));
  mtu.set_interface_limit(1472);  // another interface now
  EXPECT_EQ(search(mtu, 1472).back(), 1452);
}

// [quic.md §7.6] EMSGSIZE on a probe counts as loss, and it would come again.
TEST(MtuDiscovery, ARefusedProbeIsNotTriedAgain) {
  MtuDiscovery mtu({});
  Sizes sent;
  while (const auto size = mtu.poll_probe(start)) {
    sent.push_back(*size);
    mtu.on_probe_sent(*size);
    if (*size <= 1400) {
      EXPECT_TRUE(mtu.on_probe_acked(start, *size));
    } else {
      mtu.on_probe_refused(start, *size);
      mtu.on_probe_lost(start, *size);  // what loss detection says later changes nothing
    }
  }
  EXPECT_EQ(sent, (Sizes{1326, 1389, 1420}));
  EXPECT_EQ(mtu.current_mtu(), 1389);
}

TEST(MtuDiscovery, ARefusedDatagramStartsAgainFromTheMinimum) {
  MtuDiscovery mtu({});
  search(mtu, 1472);
  EXPECT_TRUE(mtu.on_datagram_refused(1452));
  EXPECT_EQ(mtu.current_mtu(), 1200);
  EXPECT_FALSE(mtu.on_datagram_refused(1452)) << "one of the same batch";
  for (const auto size : search(mtu, 1400)) EXPECT_LT(size, 1452);
  EXPECT_GE(mtu.current_mtu(), 1380);
  EXPECT_FALSE(mtu.on_datagram_refused(1200)) << "there is nothing smaller to fall back to";
}

TEST(BlackHoleDetector, OneLongBurstIsOneBurst) {
  BlackHoleDetector detector(1200);
  for (PacketNumber pn = 0; pn < 100; ++pn) {
    detector.on_lost(pn, 1452);
    EXPECT_FALSE(detector.is_black_hole());
  }
}

TEST(BlackHoleDetector, BurstsWithASmallPacketAreHarmless) {
  BlackHoleDetector detector(1200);
  for (PacketNumber pn = 0; pn < 100; pn += 10) {
    detector.on_lost(pn, 1452);
    detector.on_lost(pn + 1, 1200);
    EXPECT_FALSE(detector.is_black_hole());
  }
}

// [quic.md §9.3] Scenario 94: losses of large packets sent before a delivered large packet do not count, later ones
// do.
TEST(BlackHoleDetector, LaterDeliveredLargePacketClearsEarlierLosses) {
  BlackHoleDetector detector(1200);
  for (PacketNumber pn = 0; pn < 30; pn += 10) detector.on_lost(pn, 1452);
  detector.on_acked(25, 1452);  // clears 0, 10 and 20
  for (PacketNumber pn = 30; pn < 60; pn += 10) {
    detector.on_lost(pn, 1452);
    EXPECT_FALSE(detector.is_black_hole());
  }
  detector.on_lost(60, 1452);
  EXPECT_TRUE(detector.is_black_hole());
}

TEST(BlackHoleDetector, LossesReportedAfterTheAckThatClearsThemDoNotCount) {
  BlackHoleDetector detector(1200);
  detector.on_acked(100, 1452);
  for (PacketNumber pn = 0; pn < 100; pn += 10) detector.on_lost(pn, 1452);
  EXPECT_FALSE(detector.is_black_hole());
}

TEST(BlackHoleDetector, SmallerDeliveredPacketsClearNothing) {
  BlackHoleDetector detector(1200);
  detector.on_acked(1000, 1300);
  for (PacketNumber pn = 0; pn < 40; pn += 10) detector.on_lost(pn, 1452);
  EXPECT_TRUE(detector.is_black_hole());
}

}  // namespace
}  // namespace iroh::quic
