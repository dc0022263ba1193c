// SPDX-License-Identifier: MIT OR Apache-2.0
// quic.md 9.1: several paths of one connection on a network with a link for each pair of addresses.
#include <algorithm>

#include "tests/sim/quic/quic_pair.hpp"

namespace iroh::sim {
namespace {

using quic::ClosePathError;
using quic::FourTuple;
using quic::path_zero;
using quic::PathClosed;
using quic::PathDiscarded;
using quic::PathOpened;
using quic::PathStats;
using quic::PathStatus;
using quic::PathStatusChanged;

constexpr std::uint64_t abandoned_by_application = 0x3e;
constexpr std::uint64_t unstable_or_poor = 0x3e76;

constexpr PathId path(std::uint32_t id) {
  return static_cast<PathId>(id);
}

struct MultipathPair : QuicPair {
  using QuicPair::QuicPair;

  std::expected<PathId, quic::OpenPathError> open(PathStatus status = PathStatus::available, bool if_absent = false) {
    const auto id = client.connection()->open_path(network.now(), {server.addr(1), std::nullopt}, status, if_absent);
    client.wake_all();
    return id;
  }
  /// Opens the second path and waits until both sides have reported it.
  PathId opened(PathStatus status = PathStatus::available) {
    const auto id = open(status);
    EXPECT_TRUE(id.has_value());
    EXPECT_TRUE(network.run_until([&] { return is_opened(client, *id) && is_opened(server, *id); }));
    return id.value_or(path_zero);
  }
  void close_path(QuicHost& host, PathId id, std::uint64_t code = abandoned_by_application) {
    EXPECT_TRUE(host.connection()->close_path(id, code).has_value());
    host.wake_all();
  }
  static bool is_opened(QuicHost& host, PathId id) { return has<PathOpened>(host, id); }
  static std::optional<PathClosed> closed(QuicHost& host, PathId id) {
    for (const PathClosed& one : host.log().all<PathClosed>()) {
      if (one.path == id) return one;
    }
    return std::nullopt;
  }
  static bool is_discarded(QuicHost& host, PathId id) {
    return std::ranges::any_of(host.log().all<PathDiscarded>(), [&](const auto& one) { return one.stats.id == id; });
  }
  template <class Event>
  static bool has(QuicHost& host, PathId id) {
    return std::ranges::any_of(host.log().all<Event>(), [&](const Event& one) { return one.path == id; });
  }
  static std::optional<PathStats> stats(QuicHost& host, PathId id) {
    for (const PathStats& one : host.connection()->paths()) {
      if (one.id == id) return one;
    }
    return std::nullopt;
  }
};

TEST(MultipathScenario, ClosingTheOnlyPathIsRefused) {
  // [quic.md §9.1-4] [quic.md 60]
  MultipathPair pair(1);
  ASSERT_TRUE(pair.connect());
  for (QuicHost* host : {&pair.client, &pair.server}) {
    const auto result = host->connection()->close_path(path_zero, 1);
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error(), ClosePathError::last_path);
  }
  EXPECT_TRUE(pair.says(pair.client, "still here"));
}

TEST(MultipathScenario, OpeningAPathReportsItOnBothSidesOnce) {
  // [quic.md §9.1-8] [quic.md 50] [quic.md 51] [quic.md 55]
  MultipathPair pair(2);
  ASSERT_TRUE(pair.connect());
  std::size_t first_size = 0;
  pair.second_link.from(pair.client).set_filter([&](Packet& packet) {
    if (first_size == 0) first_size = packet.payload.size();
    return true;
  });
  const PathId id = pair.opened();
  EXPECT_EQ(id, path(1));
  EXPECT_GE(first_size, 1200u);
  pair.network.run_for(seconds(2));
  for (QuicHost* host : {&pair.client, &pair.server}) {
    EXPECT_EQ(host->log().all<PathOpened>().size(), 1u);
    const auto stats = MultipathPair::stats(*host, id);
    ASSERT_TRUE(stats.has_value());
    EXPECT_TRUE(stats->is_validated);
  }
  EXPECT_TRUE(pair.says(pair.client, "hello"));
}

TEST(MultipathScenario, OnlyTheClientOpensPaths) {
  // [quic.md 48]
  MultipathPair pair(3);
  ASSERT_TRUE(pair.connect());
  const auto id = pair.server.connection()->open_path(pair.network.now(), {pair.client.addr(1), std::nullopt});
  ASSERT_FALSE(id.has_value());
  EXPECT_EQ(id.error(), quic::OpenPathError::not_client);
}

TEST(MultipathScenario, APathWhoseWayOutIsBlockedTimesOutUnheard) {
  // [quic.md §9.1-9] [quic.md 54]
  MultipathPair pair(4);
  ASSERT_TRUE(pair.connect());
  pair.second_link.from(pair.client).block();
  const auto start = pair.network.now();
  const PathId id = *pair.open();
  ASSERT_TRUE(pair.network.run_until([&] { return pair.closed(pair.client, id).has_value(); }));
  EXPECT_EQ(pair.closed(pair.client, id)->code, unstable_or_poor);
  EXPECT_FALSE(pair.closed(pair.client, id)->by_peer);
  EXPECT_GE(pair.network.now() - start, seconds(14));
  EXPECT_LE(pair.network.now() - start, seconds(17));
  pair.network.run_for(seconds(5));
  EXPECT_FALSE(pair.is_opened(pair.server, id));
  EXPECT_FALSE(pair.closed(pair.server, id).has_value());
  EXPECT_TRUE(pair.says(pair.client, "on path 0"));
}

TEST(MultipathScenario, APathWhoseWayBackIsBlockedIsAbandonedByTheClient) {
  // [quic.md §9.1-10]
  MultipathPair pair(5);
  ASSERT_TRUE(pair.connect());
  pair.second_link.from(pair.server).block();
  const PathId id = *pair.open();
  ASSERT_TRUE(pair.network.run_until([&] { return pair.closed(pair.client, id).has_value(); }));
  pair.network.run_for(seconds(2));
  ASSERT_TRUE(pair.closed(pair.server, id).has_value());
  EXPECT_TRUE(pair.closed(pair.server, id)->by_peer);
  EXPECT_FALSE(pair.is_opened(pair.server, id));
  EXPECT_TRUE(pair.says(pair.server, "on path 0"));
}

TEST(MultipathScenario, IdsOfPathsAreNeverUsedAgain) {
  // [quic.md §9.1-11] [quic.md §9.1-26] [quic.md 48] Three times open and close; "if absent" finds nothing old.
  MultipathPair pair(6);
  ASSERT_TRUE(pair.connect());
  for (std::uint32_t round = 1; round <= 3; ++round) {
    const PathId id = pair.opened();
    EXPECT_EQ(id, path(round));
    EXPECT_EQ(pair.open(PathStatus::available, true), id);
    pair.close_path(pair.client, id);
    ASSERT_TRUE(pair.network.run_until(
        [&] { return pair.is_discarded(pair.client, id) && pair.is_discarded(pair.server, id); }));
    EXPECT_EQ(pair.client.connection()->paths().size(), 1u);
    EXPECT_EQ(pair.server.connection()->paths().size(), 1u);
  }
}

TEST(MultipathScenario, MorePathsThanTheLimitFitOneAfterTheOther) {
  // [quic.md 64] [quic.md 41] MAX_PATH_ID rises with every path that is closed, and ids for the new one come at once.
  MultipathPair pair(7);
  ASSERT_TRUE(pair.connect());
  for (int round = 0; round < 20; ++round) {
    const PathId id = pair.opened();
    pair.close_path(round % 2 == 0 ? pair.client : pair.server, id);
    ASSERT_TRUE(pair.network.run_until([&] {
      return pair.is_discarded(pair.client, id) && pair.is_discarded(pair.server, id);
    })) << round;
  }
  EXPECT_TRUE(pair.says(pair.client, "after twenty paths"));
}

TEST(MultipathScenario, ThePathsBeyondTheLimitAreRefusedAtOnce) {
  // [quic.md 49] Seven further ids, no eighth.
  MultipathPair pair(8);
  ASSERT_TRUE(pair.connect());
  for (int i = 0; i < 7; ++i) EXPECT_TRUE(pair.open().has_value()) << i;
  const auto id = pair.open();
  ASSERT_FALSE(id.has_value());
  EXPECT_EQ(id.error(), quic::OpenPathError::no_path_id);
  pair.network.run_for(seconds(2));
  EXPECT_TRUE(pair.says(pair.client, "eight paths"));
}

TEST(MultipathScenario, ClosingPathZeroLeavesTheOther) {
  // [quic.md §9.1-12] [quic.md §9.1-26] A stream that is under way completes on path 1.
  MultipathPair pair(9, {.rate_bits_per_second = 20'000'000});
  ASSERT_TRUE(pair.connect());
  const PathId id = pair.opened();
  pair.network.events().schedule(pair.network.now() + milliseconds(100),
                                 [&] { pair.close_path(pair.client, path_zero); });
  EXPECT_TRUE(pair.transfers(pair.client, pattern(1'000'000)).has_value());
  ASSERT_TRUE(pair.network.run_until(
      [&] { return pair.is_discarded(pair.client, path_zero) && pair.is_discarded(pair.server, path_zero); }));
  ASSERT_EQ(pair.client.connection()->paths().size(), 1u);
  EXPECT_EQ(pair.client.connection()->paths().front().id, id);
  EXPECT_TRUE(pair.says(pair.server, "and back"));
}

TEST(MultipathScenario, APathAbandonedBeforeItsAnswerArrivesIsNeverEstablished) {
  // [quic.md §9.1-13] [quic.md 55] The client's answer to the server's challenge is held back.
  MultipathPair pair(10);
  ASSERT_TRUE(pair.connect());
  int count = 0;
  pair.second_link.from(pair.client).set_filter([&](Packet& packet) {
    if (count++ == 0) return true;  // its own challenge
    pair.network.events().schedule(pair.network.now() + milliseconds(500),
                                   [&pair, late = packet]() mutable { pair.server.receive(std::move(late)); });
    return false;
  });
  const PathId id = *pair.open();
  ASSERT_TRUE(pair.network.run_until([&] { return pair.is_opened(pair.client, id); }));
  pair.close_path(pair.client, id);
  pair.network.run_for(seconds(5));
  EXPECT_FALSE(pair.is_opened(pair.server, id));
  ASSERT_TRUE(pair.closed(pair.server, id).has_value());
  EXPECT_TRUE(pair.closed(pair.server, id)->by_peer);
  EXPECT_TRUE(pair.says(pair.client, "fine"));
}

TEST(MultipathScenario, TheConnectionEndsWhenEachSideClosesAnotherPath) {
  // [quic.md §9.1-14] [quic.md §9.1-25] [quic.md 60] Without a path for the grace period.
  MultipathPair pair(11);
  ASSERT_TRUE(pair.connect());
  const PathId id = pair.opened();
  pair.close_path(pair.client, path_zero);
  pair.close_path(pair.server, id);
  ASSERT_TRUE(pair.network.run_until(
      [&] { return pair.client.log().closed.has_value() && pair.server.log().closed.has_value(); }, seconds(60)));
  EXPECT_TRUE(pair.network.run_until_idle(seconds(60)));
}

TEST(MultipathScenario, TheMtuOfEveryPathIsFoundAgainAfterTenMinutes) {
  // [quic.md §9.1-16] [quic.md 67]
  MultipathPair pair(12, {.mtu = 1228});
  ASSERT_TRUE(pair.connect());
  const PathId id = pair.opened();
  pair.network.run_for(seconds(30));
  EXPECT_EQ(pair.stats(pair.client, path_zero)->current_mtu, 1200);
  EXPECT_EQ(pair.stats(pair.client, id)->current_mtu, 1200);
  for (Link* link : {&pair.link, &pair.second_link}) {
    LinkConfig config = link->from(pair.client).config();
    config.mtu = 1480;
    link->set_config(config);
  }
  pair.network.run_for(seconds(620));
  EXPECT_EQ(pair.stats(pair.client, path_zero)->current_mtu, 1452);
  EXPECT_EQ(pair.stats(pair.client, id)->current_mtu, 1452);
}

TEST(MultipathScenario, OpeningAnewAndClosingTheOldPathAfterARebindingIsNoError) {
  // [quic.md §9.1-17] [quic.md §9.1-35]
  MultipathPair pair(13);
  ASSERT_TRUE(pair.connect());
  pair.client.rewrite(pair.client.addr(0), SocketAddr(ip("10.0.0.1"), 999));
  const auto id = pair.client.connection()->open_path(pair.network.now(), {pair.server.addr(0), std::nullopt});
  ASSERT_TRUE(id.has_value());
  pair.close_path(pair.client, path_zero);
  ASSERT_TRUE(pair.network.run_until(
      [&] { return pair.is_opened(pair.client, *id) && pair.is_discarded(pair.client, path_zero); }));
  EXPECT_TRUE(pair.says(pair.client, "moved"));
  EXPECT_TRUE(pair.says(pair.server, "so it seems"));
}

TEST(MultipathScenario, ANetworkChangeWithoutAHintReplacesTheClientsPath) {
  // [quic.md §9.1-18] [quic.md §4.13]
  MultipathPair pair(14);
  ASSERT_TRUE(pair.connect());
  pair.client.connection()->handle_network_change(pair.network.now());
  pair.client.wake_all();
  ASSERT_TRUE(pair.network.run_until(
      [&] { return pair.is_opened(pair.client, path(1)) && pair.is_opened(pair.server, path(1)); }));
  ASSERT_TRUE(pair.closed(pair.client, path_zero).has_value());
  EXPECT_EQ(pair.closed(pair.client, path_zero)->code, unstable_or_poor);
  ASSERT_TRUE(pair.network.run_until(
      [&] { return pair.is_discarded(pair.client, path_zero) && pair.is_discarded(pair.server, path_zero); }));
  EXPECT_TRUE(pair.says(pair.client, "on the new path"));
}

TEST(MultipathScenario, ANetworkChangeWithAHintReplacesOnlyWhatIsBroken) {
  // [quic.md §9.1-19]
  MultipathPair pair(15);
  ASSERT_TRUE(pair.connect());
  const PathId second = pair.opened();
  const auto before = pair.client.datagrams_sent;
  pair.client.connection()->handle_network_change(pair.network.now(),
                                                  [&](const PathStats& stats) { return stats.id == second; });
  pair.client.wake_all();
  ASSERT_TRUE(pair.network.run_until([&] { return pair.is_opened(pair.client, path(2)); }));
  EXPECT_TRUE(pair.closed(pair.client, path_zero).has_value());
  EXPECT_FALSE(pair.closed(pair.client, second).has_value());
  EXPECT_GT(pair.client.datagrams_sent, before);
  EXPECT_TRUE(pair.says(pair.client, "fine"));
}

TEST(MultipathScenario, AServerReplacesNothingAndNeverAbandonsItsOnlyPath) {
  // [quic.md §9.1-20]
  MultipathPair pair(16);
  ASSERT_TRUE(pair.connect());
  pair.server.connection()->handle_network_change(pair.network.now(), [](const PathStats&) { return false; });
  pair.server.wake_all();
  pair.network.run_for(seconds(2));
  EXPECT_FALSE(pair.closed(pair.server, path_zero).has_value());
  const PathId second = pair.opened();
  pair.server.connection()->handle_network_change(pair.network.now());
  pair.server.wake_all();
  pair.network.run_for(seconds(2));
  EXPECT_FALSE(pair.closed(pair.server, path_zero).has_value());
  EXPECT_FALSE(pair.closed(pair.server, second).has_value());
  pair.server.connection()->handle_network_change(pair.network.now(),
                                                  [&](const PathStats& stats) { return stats.id != second; });
  pair.server.wake_all();
  ASSERT_TRUE(pair.network.run_until([&] { return pair.closed(pair.client, second).has_value(); }));
  EXPECT_TRUE(pair.closed(pair.client, second)->by_peer);
  EXPECT_EQ(pair.client.connection()->paths().front().id, path_zero);
  EXPECT_TRUE(pair.says(pair.client, "fine"));
}

TEST(MultipathScenario, StreamDataAvoidsABackupPath) {
  // [quic.md §9.1-22] [quic.md 57] Path 0 is Backup, path 1 Available: only path 1 carries data.
  MultipathPair pair(17);
  ASSERT_TRUE(pair.connect());
  const PathId id = pair.opened();
  ASSERT_TRUE(pair.client.connection()->set_path_status(path_zero, PathStatus::backup));
  pair.client.wake_all();
  pair.network.run_for(milliseconds(200));
  const auto on_first = pair.link.from(pair.client).stats().sent_bytes;
  const auto on_second = pair.second_link.from(pair.client).stats().sent_bytes;
  ASSERT_TRUE(pair.transfers(pair.client, pattern(300'000)).has_value());
  EXPECT_LT(pair.link.from(pair.client).stats().sent_bytes - on_first, 10'000u);
  EXPECT_GT(pair.second_link.from(pair.client).stats().sent_bytes - on_second, 290'000u);
  // [quic.md §9.1-3] The peer hears of it once.
  const auto changes = pair.server.log().all<PathStatusChanged>();
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes.front().path, path_zero);
  EXPECT_EQ(changes.front().status, PathStatus::backup);
  EXPECT_TRUE(pair.client.log().all<PathStatusChanged>().empty());
  // When the Available path is gone, the Backup serves.
  pair.close_path(pair.client, id);
  EXPECT_TRUE(pair.says(pair.client, "on the backup"));
}

TEST(MultipathScenario, ARemoteAbandonIsReportedWithItsCodeAndSurvived) {
  // [quic.md §9.1-24] [quic.md 61]
  MultipathPair pair(18);
  ASSERT_TRUE(pair.connect());
  const PathId id = pair.opened();
  pair.close_path(pair.server, path_zero, 42);
  ASSERT_TRUE(pair.network.run_until([&] { return pair.closed(pair.client, path_zero).has_value(); }));
  EXPECT_EQ(pair.closed(pair.client, path_zero)->code, 42u);
  EXPECT_TRUE(pair.closed(pair.client, path_zero)->by_peer);
  pair.network.run_for(seconds(5));
  EXPECT_EQ(pair.client.connection()->paths().front().id, id);
  EXPECT_TRUE(pair.says(pair.client, "survived"));
}

TEST(MultipathScenario, TheThirdChallengeComesLaterThanTheSecondAndOpensThePath) {
  // [quic.md §9.1-29] [quic.md 54]
  MultipathPair pair(19);
  ASSERT_TRUE(pair.connect());
  std::vector<base::Instant> sent;
  pair.second_link.from(pair.client).set_filter([&](Packet&) {
    if (sent.empty() || sent.back() != pair.network.now()) sent.push_back(pair.network.now());
    return sent.size() > 2;
  });
  const PathId id = pair.opened();
  EXPECT_TRUE(pair.is_opened(pair.client, id));
  ASSERT_GE(sent.size(), 3u);
  EXPECT_GT(sent[2] - sent[1], sent[1] - sent[0]);
}

TEST(MultipathScenario, AMultiHomedServerThatAnswersFromAnotherAddressLeavesThePathUnvalidated) {
  // [quic.md §9.1-34] Answers to what was sent to the second address come from the first.
  // Without NAT traversal a client does not listen to them at all. [quic.md §4.12]
  const quic::TransportConfig plain{.max_remote_candidates = 0};
  MultipathPair pair(20, {}, plain, plain);
  ASSERT_TRUE(pair.connect());
  pair.network.connect(pair.client, ip("10.1.0.1"), pair.server, ip("10.0.0.2"));
  pair.second_link.from(pair.client).set_filter([&](Packet& packet) {
    packet.destination = pair.server.addr(0);
    pair.network.events().schedule(pair.network.now() + milliseconds(10),
                                   [&pair, moved = packet]() mutable { pair.server.receive(std::move(moved)); });
    return false;
  });
  const PathId id = *pair.open();
  pair.network.run_for(seconds(10));
  EXPECT_FALSE(pair.is_opened(pair.client, id));
  EXPECT_FALSE(pair.client.log().closed.has_value());
  EXPECT_FALSE(pair.server.log().closed.has_value());
  EXPECT_TRUE(pair.says(pair.client, "on path 0"));
}

TEST(MultipathScenario, ADeadPathDiesByItsIdleTimeoutAndItsDataGoesElsewhere) {
  // [quic.md §9.1-37] [quic.md 66] [quic.md 63] Its link is cut in the middle of a transfer.
  MultipathPair pair(21, {.rate_bits_per_second = 10'000'000});
  ASSERT_TRUE(pair.connect());
  const PathId id = pair.opened();
  ASSERT_TRUE(pair.client.connection()->set_path_status(path_zero, PathStatus::backup));
  pair.network.events().schedule(pair.network.now() + milliseconds(200), [&] { pair.second_link.block(); });
  ASSERT_TRUE(pair.transfers(pair.client, pattern(1'000'000)).has_value());
  EXPECT_TRUE(pair.closed(pair.client, id).has_value());
  EXPECT_EQ(pair.closed(pair.client, id)->code, unstable_or_poor);
}

TEST(MultipathScenario, NoTimerRunsForEverAfterThePeerVanishedInTheMiddleOfOpening) {
  // [quic.md §9.1-36] [quic.md 79]
  MultipathPair pair(22);
  ASSERT_TRUE(pair.connect());
  ASSERT_TRUE(pair.open().has_value());
  pair.network.run_for(milliseconds(5));
  pair.link.block();
  pair.second_link.block();
  pair.client.connection()->close(pair.network.now(), 0, "");
  pair.client.wake_all();
  EXPECT_TRUE(pair.network.run_until_idle(seconds(120)));
  EXPECT_EQ(pair.client.endpoint().connection_count() + pair.server.endpoint().connection_count(), 0u);
}

TEST(MultipathScenario, StatisticsOfAPathSurviveItInTheEventOfItsEnd) {
  // [quic.md §9.1-32]
  MultipathPair pair(23);
  ASSERT_TRUE(pair.connect());
  const PathId id = pair.opened();
  pair.network.run_for(seconds(5));
  pair.close_path(pair.client, id);
  ASSERT_TRUE(pair.network.run_until([&] { return pair.is_discarded(pair.client, id); }));
  const auto discarded = pair.client.log().all<PathDiscarded>();
  ASSERT_EQ(discarded.size(), 1u);
  EXPECT_EQ(discarded.front().stats.current_mtu, 1452);
  EXPECT_GT(discarded.front().stats.congestion_window, 0u);
}

TEST(MultipathScenario, CallsOnAClosedConnectionAreHarmless) {
  // [quic.md §9.1-39]
  MultipathPair pair(24);
  ASSERT_TRUE(pair.connect());
  const PathId id = pair.opened();
  pair.client.connection()->close(pair.network.now(), 0, "");
  for (int i = 0; i < 2; ++i) {
    quic::Connection* connection = pair.client.connection();
    ASSERT_NE(connection, nullptr);
    EXPECT_FALSE(connection->open_path(pair.network.now(), {pair.server.addr(1), std::nullopt}).has_value());
    static_cast<void>(connection->close_path(id, 1));
    static_cast<void>(connection->set_path_status(id, PathStatus::backup));
    connection->set_path_idle_timeout(pair.network.now(), id, seconds(1));
    connection->set_path_keep_alive(pair.network.now(), id, seconds(1));
    connection->handle_network_change(pair.network.now());
    connection->set_max_paths(20);
    static_cast<void>(connection->open_stream(Dir::bi));
    static_cast<void>(connection->write(StreamId(0), base::as_bytes("x")));
    connection->close(pair.network.now(), 1, "again");
    pair.client.wake_all();
    pair.network.run_for(milliseconds(15));
  }
  EXPECT_TRUE(pair.network.run_until_idle(seconds(60)));
}

TEST(MultipathScenario, TwoPathsCarryMoreThanOneWithTheAggregatingScheduler) {
  // [issue 4] Two paths of 50 Mbit/s give at least 90 Mbit/s.
  quic::TransportConfig weighted;
  weighted.scheduler = quic::SchedulerKind::weighted;
  weighted.stream_receive_window = 8'000'000;
  MultipathPair pair(25, {.delay = milliseconds(10), .rate_bits_per_second = 50'000'000}, weighted, weighted);
  ASSERT_TRUE(pair.connect());
  pair.opened();
  constexpr std::size_t size = 12'000'000;
  const auto time = pair.transfers(pair.client, pattern(size));
  ASSERT_TRUE(time.has_value());
  const double megabits_per_second = static_cast<double>(size) * 8 / 1e6 / std::chrono::duration<double>(*time).count();
  EXPECT_GE(megabits_per_second, 85.0);
}

}  // namespace
}  // namespace iroh::sim
