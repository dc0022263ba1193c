// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/address_discovery/address_discovery.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <vector>

#include "base/random.hpp"
#include "quic/frame/frame.hpp"
#include "quic/test_values.hpp"

namespace iroh::quic {
namespace {

using Role = AddressDiscoveryRole;

SocketAddr host(std::uint8_t last, std::uint16_t port = 4433) {
  return {IpAddr(IpAddr::V4{192, 0, 2, last}), port};
}

struct Written {
  std::vector<ObservedAddressFrame> frames;
  std::vector<SentFrame> records;
  std::vector<std::byte> payload;
  bool is_probing = false;
};

Written write_packet(AddressDiscovery& discovery, PathId path, std::size_t room = 1200) {
  std::vector<std::byte> buffer(room);
  PacketWriter writer;
  writer.begin(buffer);
  discovery.write(writer, path);
  Written written{.records = {writer.frames().begin(), writer.frames().end()}, .is_probing = writer.is_probing()};
  for (const auto& run : writer.runs()) written.payload.insert(written.payload.end(), run.data, run.data + run.size);
  if (written.payload.empty()) return written;
  FrameParser parser(written.payload);
  while (auto frame = parser.next().value()) written.frames.push_back(std::get<ObservedAddressFrame>(*frame));
  return written;
}

std::vector<ObservedAddressFrame> frames(const Written& written) {
  return written.frames;
}

AddressDiscovery observer() {
  return {Role::send_only, Role::receive_only};
}
AddressDiscovery receiver() {
  return {Role::receive_only, Role::send_only};
}

// [quic.md 80], [quic.md §2.2]
TEST(AddressDiscovery, ReportsFlowOnlyAsBothRolesAllow) {
  const std::optional<Role> roles[] = {std::nullopt, Role::send_only, Role::receive_only, Role::both};
  for (const auto& own : roles) {
    for (const auto& peer : roles) {
      AddressDiscovery discovery(own, peer);
      const bool own_sends = own == Role::send_only || own == Role::both;
      const bool own_receives = own == Role::receive_only || own == Role::both;
      const bool peer_sends = peer == Role::send_only || peer == Role::both;
      const bool peer_receives = peer == Role::receive_only || peer == Role::both;
      discovery.observe(path_zero, host(1), 0);
      EXPECT_EQ(discovery.can_send(path_zero), own_sends && peer_receives);
      const auto result = discovery.on_observed_address(path_zero, {.sequence = 0, .address = host(2)}, true);
      EXPECT_EQ(result.has_value(), own_receives && peer_sends);
      if (!result) {
        EXPECT_EQ(result.error().code, ErrorCode::protocol_violation);
        EXPECT_EQ(result.error().frame_type, 0x9f81a6u);
      }
    }
  }
}

TEST(AddressDiscovery, IsOffUntilTheRolesAreKnown) {
  AddressDiscovery discovery;
  discovery.observe(path_zero, host(1), 0);
  EXPECT_FALSE(discovery.can_send(path_zero));
  EXPECT_FALSE(discovery.on_observed_address(path_zero, {}, true).has_value());
}

// [quic.md 80] One ascending sequence for the connection.
TEST(AddressDiscovery, AllPathsShareOneSequence) {
  auto discovery = observer();
  discovery.observe(path_zero, host(1), 0);
  discovery.observe(path_one, host(2), 0);
  EXPECT_EQ(frames(write_packet(discovery, path_one)), (std::vector<ObservedAddressFrame>{{0, host(2)}}));
  EXPECT_FALSE(discovery.can_send(path_one));
  EXPECT_EQ(frames(write_packet(discovery, path_zero)), (std::vector<ObservedAddressFrame>{{1, host(1)}}));
  EXPECT_TRUE(frames(write_packet(discovery, path_zero)).empty());
}

// [quic.md §3.3]
TEST(AddressDiscovery, AReportIsAProbingFrame) {
  auto discovery = observer();
  discovery.observe(path_zero, host(1), 0);
  EXPECT_TRUE(write_packet(discovery, path_zero).is_probing);
}

TEST(AddressDiscovery, AReportThatDoesNotFitKeepsItsSequence) {
  auto discovery = observer();
  discovery.observe(path_zero, host(1), 0);
  EXPECT_TRUE(frames(write_packet(discovery, path_zero, 10)).empty());
  EXPECT_EQ(frames(write_packet(discovery, path_zero, 11)), (std::vector<ObservedAddressFrame>{{0, host(1)}}));
}

// [quic.md §3.4]
TEST(AddressDiscovery, ALostReportComesAgainOnItsPathWithAFreshSequence) {
  auto discovery = observer();
  discovery.observe(path_zero, host(1), 0);
  discovery.observe(path_one, host(2), 0);
  const auto lost = write_packet(discovery, path_zero);
  write_packet(discovery, path_one);
  discovery.on_lost(lost.records.at(0));
  EXPECT_FALSE(discovery.can_send(path_one));
  EXPECT_EQ(frames(write_packet(discovery, path_zero)), (std::vector<ObservedAddressFrame>{{2, host(1)}}));
}

// [quic.md §3.4] Same 4-tuple generation only.
TEST(AddressDiscovery, ALostReportAboutAnEarlierFourTupleIsNotRepeated) {
  auto discovery = observer();
  discovery.observe(path_zero, host(1), 7);
  const auto lost = write_packet(discovery, path_zero);
  discovery.observe(path_zero, host(2), 8);
  EXPECT_EQ(frames(write_packet(discovery, path_zero)), (std::vector<ObservedAddressFrame>{{1, host(2)}}));
  discovery.on_lost(lost.records.at(0));
  EXPECT_FALSE(discovery.can_send(path_zero));
}

TEST(AddressDiscovery, ALostReportOfAPathThatIsGoneIsNotRepeated) {
  auto discovery = observer();
  discovery.observe(path_one, host(1), 0);
  const auto lost = write_packet(discovery, path_one);
  discovery.forget(path_one);
  discovery.on_lost(lost.records.at(0));
  EXPECT_FALSE(discovery.can_send(path_one));
}

// [quic.md §5.9] We report in canonical form.
TEST(AddressDiscovery, AMappedAddressIsReportedInTheIpv4Form) {
  auto discovery = observer();
  discovery.observe(path_zero, SocketAddr(IpAddr(host(1).ip().v6()), 4433), 0);
  const auto payload = write_packet(discovery, path_zero).payload;
  ASSERT_EQ(payload.size(), 11u);
  EXPECT_EQ(payload[3], std::byte{0xa6});
}

// [quic.md 80]
TEST(AddressDiscovery, TheHighestSequencePerPathCounts) {
  auto discovery = receiver();
  EXPECT_EQ(discovery.on_observed_address(path_zero, {5, host(1)}, true), host(1));
  EXPECT_EQ(discovery.on_observed_address(path_zero, {5, host(2)}, true), std::nullopt);
  EXPECT_EQ(discovery.on_observed_address(path_zero, {4, host(2)}, true), std::nullopt);
  EXPECT_EQ(discovery.on_observed_address(path_one, {3, host(2)}, true), host(2));  // another path
  EXPECT_EQ(discovery.on_observed_address(path_zero, {6, host(3)}, true), host(3));
  EXPECT_EQ(discovery.reported(path_zero), host(3));
}

// [quic.md §5.9]
TEST(AddressDiscovery, AnUnchangedAddressUpdatesTheSequenceInSilence) {
  auto discovery = receiver();
  EXPECT_EQ(discovery.on_observed_address(path_zero, {1, host(1)}, true), host(1));
  EXPECT_EQ(discovery.on_observed_address(path_zero, {9, host(1)}, true), std::nullopt);
  EXPECT_EQ(discovery.on_observed_address(path_zero, {8, host(2)}, true), std::nullopt);
}

// [quic.md §5.9]
TEST(AddressDiscovery, AReportWaitsUntilItsPathIsEstablished) {
  auto discovery = receiver();
  EXPECT_EQ(discovery.on_observed_address(path_one, {1, host(1)}, false), std::nullopt);
  EXPECT_EQ(discovery.on_observed_address(path_one, {2, host(2)}, false), std::nullopt);
  EXPECT_EQ(discovery.reported(path_one), std::nullopt);
  EXPECT_EQ(discovery.on_established(path_one), host(2));
  EXPECT_EQ(discovery.on_established(path_one), std::nullopt);
  EXPECT_EQ(discovery.on_established(path_zero), std::nullopt);
}

// [quic.md §1.3], [quic.md 78]
TEST(AddressDiscovery, ReportsAreCanonicalAndNeverHandlesOfSomebodysSocketLayer) {
  auto discovery = receiver();
  const SocketAddr mapped(IpAddr(host(1).ip().v6()), 4433);
  EXPECT_EQ(discovery.on_observed_address(path_zero, {0, mapped}, true), host(1));
  const SocketAddr handle(IpAddr::parse("fd15:70a:510b:1::2").value(), 12345);
  EXPECT_EQ(discovery.on_observed_address(path_zero, {1, handle}, true), std::nullopt);
  EXPECT_EQ(discovery.on_observed_address(path_zero, {1, host(2)}, true), std::nullopt);  // its sequence counts
  EXPECT_EQ(discovery.reported(path_zero), host(1));
}

// Whatever is lost or overtaken, the receiver ends up with where the observer sees it.
TEST(AddressDiscovery, TheReceiverEndsUpWithWhatTheObserverSees) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SCOPED_TRACE(seed);
    base::SeededRandom random(seed);
    auto sender = observer();
    auto taker = receiver();
    struct Packet {
      ObservedAddressFrame frame;
      SentFrame record;
      bool is_lost;
    };
    std::vector<Packet> in_flight;
    std::map<PathId, SocketAddr> truth;
    std::uint64_t generation = 0;
    const auto deliver_one = [&] {
      const auto at = static_cast<std::ptrdiff_t>(random.below(in_flight.size()));
      const Packet packet = in_flight[static_cast<std::size_t>(at)];
      in_flight.erase(in_flight.begin() + at);
      if (packet.is_lost) return sender.on_lost(packet.record);
      EXPECT_TRUE(taker.on_observed_address(packet.record.path, packet.frame, true).has_value());
    };
    for (int step = 0; step < 100; ++step) {
      const PathId path{static_cast<std::uint32_t>(random.below(3))};
      if (random.chance(1, 4)) {
        truth[path] = host(static_cast<std::uint8_t>(random.below(4)));
        sender.observe(path, truth[path], ++generation);
      }
      const auto written = write_packet(sender, path);
      for (std::size_t i = 0; i < written.frames.size(); ++i) {
        in_flight.push_back({written.frames[i], written.records.at(i), random.chance(1, 3)});
      }
      if (!in_flight.empty() && random.chance(1, 2)) deliver_one();
    }
    for (bool is_idle = false; !is_idle;) {
      is_idle = in_flight.empty();
      while (!in_flight.empty()) deliver_one();
      for (std::uint32_t id = 0; id < 3; ++id) {
        const auto written = write_packet(sender, PathId{id});
        if (written.frames.empty()) continue;
        in_flight.push_back({written.frames[0], written.records.at(0), random.chance(1, 3)});
        is_idle = false;
      }
    }
    for (const auto& [path, address] : truth) EXPECT_EQ(taker.reported(path), address);
  }
}

}  // namespace
}  // namespace iroh::quic
