// SPDX-License-Identifier: MIT OR Apache-2.0
// Several paths of one connection: opened, validated, preferred, abandoned. Two endpoint cores; the server has further
// addresses. [quic.md §9.1]
#include <gtest/gtest.h>

#include <algorithm>

#include "quic/endpoint/endpoint_pair.hpp"

namespace iroh::quic {
namespace {

const IpAddr second_ip{IpAddr::V4{10, 0, 0, 3}};

template <class Event>
bool reports(const std::vector<ConnectionEvent>& events, PathId id) {
  return std::ranges::any_of(of_kind<Event>(events), [id](const Event& event) { return event.path == id; });
}

bool has_discarded(const std::vector<ConnectionEvent>& events, PathId id) {
  return std::ranges::any_of(of_kind<PathDiscarded>(events), [id](const auto& event) { return event.stats.id == id; });
}

class Multipath : public testing::Test {
 protected:
  Multipath() = default;
  explicit Multipath(SchedulerKind scheduler) : pair(1, {}, {.scheduler = scheduler}, {.scheduler = scheduler}) {}
  void SetUp() override {
    second = pair.add_right_addr(second_ip);
    pair.connect();
    ASSERT_TRUE(pair.run_until([&] { return pair.left_connected() && pair.right_connected(); }));
    pair.run_for(base::milliseconds(200));  // connection ids have been exchanged
  }
  Connection& left() { return *pair.left_connection(); }
  Connection& right() { return *pair.right_connection(); }

  std::expected<PathId, OpenPathError> open(PathStatus status = PathStatus::available, bool if_absent = false) {
    const auto id = left().open_path(pair.now(), {second, std::nullopt}, status, if_absent);
    pair.wake_left();
    return id;
  }
  /// Opens a path and waits until both sides have reported it.
  PathId opened(PathStatus status = PathStatus::available) {
    const auto id = open(status);
    EXPECT_TRUE(id.has_value());
    EXPECT_TRUE(pair.run_until(
        [&] { return reports<PathOpened>(pair.left_others(), *id) && reports<PathOpened>(pair.right_others(), *id); }));
    return *id;
  }
  /// left sends the text on a new stream; true when right has read all of it.
  bool left_says(std::string_view text) {
    const auto id = left().open_stream(Dir::uni);
    if (!id) return false;
    std::string_view rest = text;
    const auto write_rest = [&] {
      const auto written = rest.empty() ? 0 : left().write(*id, base::as_bytes(rest)).value_or(0);
      rest.remove_prefix(written);
      if (written > 0 && rest.empty()) (void)left().finish(*id);
      pair.wake_left();
    };
    write_rest();
    std::string read;
    return pair.run_until([&] {
      if (!rest.empty()) write_rest();
      if (pair.right_connection() == nullptr) return false;
      right().accept_stream(Dir::uni);
      while (auto chunk = right().read(*id, 1 << 16)) read += chunk->text();
      pair.wake_right();
      return read == text;
    });
  }
  std::optional<PathStats> path_of(Connection& connection, PathId id) {
    for (const PathStats& path : connection.paths()) {
      if (path.id == id) return path;
    }
    return std::nullopt;
  }

  EndpointPair pair{1};
  SocketAddr second;
};

TEST_F(Multipath, OpensAPathAndBothSidesReportItOnce) {
  // [quic.md 48] [quic.md 50] [quic.md 51] [quic.md 55] [quic.md §9.1 8]
  EXPECT_EQ(opened(), PathId{1});
  pair.run_for(base::seconds(20));
  EXPECT_EQ(of_kind<PathOpened>(pair.left_others()).size(), 1u);
  EXPECT_EQ(of_kind<PathOpened>(pair.right_others()).size(), 1u);
  EXPECT_TRUE(path_of(left(), PathId{1})->is_validated);
  EXPECT_TRUE(path_of(right(), PathId{1})->is_validated);
  EXPECT_TRUE(left_says("hello"));
}

TEST_F(Multipath, EveryChallengeOfANewPathFillsItsDatagram) {
  // [quic.md 51] [quic.md 52] From the first one on, in both directions.
  std::vector<std::size_t> sizes;
  pair.link = [&](const SocketAddr& from, const SocketAddr& to) { return from.ip() != second_ip || to == from; };
  pair.filter = [&](bool to_right, ByteSpan datagram) {
    if (to_right) sizes.push_back(datagram.size());
    return true;
  };
  ASSERT_TRUE(open());
  pair.run_for(base::milliseconds(5));
  ASSERT_FALSE(sizes.empty());
  EXPECT_EQ(sizes.front(), 1200u);
}

TEST_F(Multipath, OnlyAClientOpensPaths) {
  // [quic.md 48]
  EXPECT_EQ(right().open_path(pair.now(), {pair.left_addr(), std::nullopt}).error(), OpenPathError::not_client);
}

TEST_F(Multipath, AnOpenBeyondTheLimitFailsAndSaysSo) {
  // [quic.md 48] [quic.md 49] Ids 1 to 7 may be used with the default of eight paths.
  for (std::uint32_t id = 1; id <= 7; ++id) EXPECT_EQ(open(), PathId{id});
  EXPECT_EQ(open().error(), OpenPathError::no_path_id);
  pair.run_for(base::seconds(1));
  EXPECT_FALSE(pair.left_closed() || pair.right_closed());  // PATHS_BLOCKED with the peer's own maximum is fine
  // [quic.md §9.1 7] The server raises its limit; the client's own one has to grow, too.
  right().set_max_paths(9);
  left().set_max_paths(9);
  pair.wake_right();
  pair.wake_left();
  pair.run_for(base::seconds(1));
  EXPECT_EQ(open(), PathId{8});
}

TEST_F(Multipath, AnOpenPathToTheSameAddressIsFoundInsteadOfOpenedAgain) {
  // [quic.md §4.6] [quic.md §9.1 11]
  const PathId first = opened();
  EXPECT_EQ(open(PathStatus::available, true), first);
  ASSERT_TRUE(left().close_path(first));
  EXPECT_EQ(open(PathStatus::available, true), PathId{2});
}

TEST_F(Multipath, ABackupSaysSoWithItsFirstChallengeAndCarriesNoData) {
  // [quic.md 57] [quic.md §11 2]
  const PathId id = opened(PathStatus::backup);
  EXPECT_EQ(of_kind<PathStatusChanged>(pair.right_others()).size(), 1u);
  EXPECT_EQ(path_of(right(), id)->remote_status, PathStatus::backup);
  pair.run_for(base::seconds(1));
  const auto before = path_of(left(), id)->udp_tx_bytes;
  ASSERT_TRUE(left_says(std::string(100'000, 'x')));
  EXPECT_LT(path_of(left(), id)->udp_tx_bytes - before, 10'000u);  // keep-alive and MTU probes
}

TEST_F(Multipath, DataLeavesPathZeroWhenItBecomesABackup) {
  // [quic.md 57] [quic.md §9.1 22] [quic.md §9.1 3]
  const PathId id = opened();
  ASSERT_TRUE(left().set_path_status(path_zero, PathStatus::backup));
  pair.wake_left();
  pair.run_for(base::seconds(1));
  EXPECT_EQ(of_kind<PathStatusChanged>(pair.right_others()).size(), 1u);
  EXPECT_TRUE(of_kind<PathStatusChanged>(pair.left_others()).empty());
  const auto before = path_of(left(), path_zero)->udp_tx_bytes;
  ASSERT_TRUE(left_says(std::string(100'000, 'x')));
  EXPECT_LT(path_of(left(), path_zero)->udp_tx_bytes - before, 10'000u);
  EXPECT_GT(path_of(left(), id)->udp_tx_bytes, 100'000u);
}

TEST_F(Multipath, AClosedPathIsDrainedAndForgottenOnBothSides) {
  // [quic.md 24] [quic.md 46] [quic.md 61] [quic.md 63] [quic.md 64] [quic.md §9.1 12] [quic.md §9.1 24] [quic.md §9.1
  // 32]
  opened();
  ASSERT_TRUE(left().close_path(path_zero, 42));
  pair.wake_left();
  ASSERT_TRUE(left_says("still there"));
  pair.run_for(base::seconds(5));
  const auto closed = of_kind<PathClosed>(pair.right_others());
  ASSERT_EQ(closed.size(), 1u);
  EXPECT_EQ(closed[0].code, 42u);
  EXPECT_TRUE(closed[0].by_peer);
  EXPECT_FALSE(of_kind<PathClosed>(pair.left_others()).at(0).by_peer);
  EXPECT_TRUE(has_discarded(pair.left_others(), path_zero));
  EXPECT_TRUE(has_discarded(pair.right_others(), path_zero));
  EXPECT_GE(of_kind<PathDiscarded>(pair.left_others())[0].stats.current_mtu, 1200);
  EXPECT_EQ(left().paths().size(), 1u);
  // One more id for the one used up.
  for (std::uint32_t id = 2; id <= 8; ++id) EXPECT_EQ(open(), PathId{id});
  EXPECT_EQ(open().error(), OpenPathError::no_path_id);
}

TEST_F(Multipath, AClosedPathThatSpeaksForItselfIsHeardOfLater) {
  // [quic.md 61] [quic.md 63] Path 0 is given up while no other is validated, and what it says of that is lost, with
  // data. Its replacement brings both.
  pair.link = [&](const SocketAddr& from, const SocketAddr& to) { return from != second && to != second; };
  ASSERT_TRUE(open().has_value());
  pair.run_for(base::milliseconds(50));
  const auto id = left().open_stream(Dir::uni);
  ASSERT_TRUE(left().write(*id, base::as_bytes(std::string_view("lost at first"))).has_value());
  ASSERT_TRUE(left().finish(*id).has_value());
  pair.link = [&](const SocketAddr&, const SocketAddr&) { return false; };
  pair.wake_left();
  pair.run_for(base::milliseconds(1));
  ASSERT_TRUE(left().close_path(path_zero));
  pair.wake_left();
  pair.run_for(base::milliseconds(50));
  pair.link = [&](const SocketAddr& from, const SocketAddr& to) { return from == second || to == second; };
  std::string read;
  ASSERT_TRUE(pair.run_until(
      [&] {
        right().accept_stream(Dir::uni);
        while (auto chunk = right().read(*id, 100)) read += chunk->text();
        pair.wake_right();
        return read == "lost at first" && has_discarded(pair.left_others(), path_zero);
      },
      base::seconds(20)));
  EXPECT_TRUE(has_discarded(pair.right_others(), path_zero));
  EXPECT_FALSE(pair.left_closed().has_value());
}

TEST_F(Multipath, ManyRoundsOfOpenAndCloseLeaveNothingBehind) {
  // [quic.md §9.1 26] [quic.md 63]
  PathId current = path_zero;
  for (std::uint32_t round = 1; round <= 20; ++round) {
    const PathId next = opened();
    EXPECT_EQ(next, PathId{round});
    ASSERT_TRUE(left().close_path(current));
    pair.wake_left();
    ASSERT_TRUE(left_says("round"));
    pair.run_for(base::seconds(3));
    EXPECT_EQ(left().paths().size(), 1u);
    EXPECT_EQ(right().paths().size(), 1u);
    current = next;
  }
}

TEST_F(Multipath, TheLastPathCannotBeClosed) {
  // [quic.md 60] [quic.md §9.1 4]
  EXPECT_EQ(left().close_path(path_zero).error(), ClosePathError::last_path);
  EXPECT_EQ(left().close_path(PathId{5}).error(), ClosePathError::unknown_path);
  EXPECT_TRUE(left_says("alive"));
}

TEST_F(Multipath, WhenEachSideClosesADifferentOneOfTwoTheConnectionEnds) {
  // [quic.md 60] [quic.md §9.1 14] [quic.md §4.10]
  const PathId id = opened();
  ASSERT_TRUE(left().close_path(path_zero));
  ASSERT_TRUE(right().close_path(id));
  pair.wake_left();
  pair.wake_right();
  ASSERT_TRUE(pair.run_until([&] { return pair.left_closed() && pair.right_closed(); }, base::seconds(30)));
  EXPECT_EQ(pair.left_closed()->code, static_cast<std::uint64_t>(ErrorCode::no_viable_path));
  EXPECT_EQ(pair.right_closed()->code, static_cast<std::uint64_t>(ErrorCode::no_viable_path));
}

TEST_F(Multipath, ANewPathInTimeSavesAConnectionWhoseLastPathWasAbandoned) {
  // [quic.md §4.10] [quic.md §9.1 25]
  const PathId id = opened();
  ASSERT_TRUE(left().close_path(path_zero));
  ASSERT_TRUE(right().close_path(id));
  pair.wake_left();
  pair.wake_right();
  ASSERT_TRUE(pair.run_until([&] { return reports<PathClosed>(pair.left_others(), id); }));
  ASSERT_TRUE(open());
  pair.run_for(base::seconds(10));
  EXPECT_FALSE(pair.left_closed() || pair.right_closed());
  EXPECT_TRUE(left_says("saved"));
}

TEST_F(Multipath, APathThatNeverReachesTheServerDiesQuietly) {
  // [quic.md 54] [quic.md §9.1 9]
  pair.link = [&](const SocketAddr&, const SocketAddr& to) { return to.ip() != second_ip; };
  const auto id = open();
  ASSERT_TRUE(id);
  ASSERT_TRUE(pair.run_until([&] { return reports<PathClosed>(pair.left_others(), *id); }, base::seconds(30)));
  EXPECT_EQ(of_kind<PathClosed>(pair.left_others())[0].code,
            static_cast<std::uint64_t>(ErrorCode::path_unstable_or_poor));
  pair.run_for(base::seconds(10));
  EXPECT_FALSE(reports<PathOpened>(pair.right_others(), *id));
  EXPECT_FALSE(reports<PathClosed>(pair.right_others(), *id));
  EXPECT_EQ(left().paths().size(), 1u);  // [quic.md §11 3] its state does not wait for an answer for ever
  EXPECT_TRUE(left_says("alive"));
}

TEST_F(Multipath, APathWhoseAnswersAreLostIsAbandonedByTheClient) {
  // [quic.md §9.1 10]
  pair.link = [&](const SocketAddr& from, const SocketAddr&) { return from.ip() != second_ip; };
  const auto id = open();
  ASSERT_TRUE(id);
  ASSERT_TRUE(pair.run_until([&] { return reports<PathClosed>(pair.right_others(), *id); }, base::seconds(30)));
  EXPECT_TRUE(of_kind<PathClosed>(pair.right_others())[0].by_peer);
}

TEST_F(Multipath, DataMovesToTheOtherPathWhenOneGoesDark) {
  // [quic.md 57] The dead path's idle timer ends it; what was on it is sent again elsewhere.
  const PathId id = opened();
  ASSERT_TRUE(left_says("both work"));
  pair.link = [&](const SocketAddr& from, const SocketAddr& to) {
    return from.ip() == second_ip || to.ip() == second_ip;
  };
  EXPECT_TRUE(left_says(std::string(50'000, 'y')));
  pair.run_for(base::seconds(30));
  EXPECT_FALSE(pair.left_closed());
  ASSERT_EQ(left().paths().size(), 1u);
  EXPECT_EQ(left().paths()[0].id, id);
}

TEST_F(Multipath, ANetworkChangeReplacesThePathsOfAClient) {
  // [quic.md §4.13] [quic.md §9.1 18]
  left().handle_network_change(pair.now());
  pair.wake_left();
  pair.run_for(base::seconds(10));
  EXPECT_TRUE(reports<PathClosed>(pair.left_others(), path_zero));
  EXPECT_TRUE(reports<PathOpened>(pair.left_others(), PathId{1}));
  EXPECT_TRUE(has_discarded(pair.left_others(), path_zero));
  EXPECT_TRUE(has_discarded(pair.right_others(), path_zero));
  EXPECT_TRUE(left_says("moved"));
}

TEST_F(Multipath, ANetworkChangeWithAHintReplacesOnlyWhatIsBroken) {
  // [quic.md §9.1 19]
  const PathId id = opened();
  left().handle_network_change(pair.now(), [id](const PathStats& path) { return path.id != id; });
  pair.wake_left();
  pair.run_for(base::seconds(10));
  EXPECT_FALSE(reports<PathClosed>(pair.left_others(), path_zero));
  EXPECT_TRUE(reports<PathClosed>(pair.left_others(), id));
  EXPECT_TRUE(reports<PathOpened>(pair.left_others(), PathId{2}));
}

TEST_F(Multipath, AServerNeverGivesUpItsLastPathBecauseOfANetworkChange) {
  // [quic.md §9.1 20]
  right().handle_network_change(pair.now(), [](const PathStats&) { return false; });
  pair.wake_right();
  pair.run_for(base::seconds(5));
  EXPECT_TRUE(of_kind<PathClosed>(pair.right_others()).empty());
  EXPECT_TRUE(left_says("alive"));
}

class WeightedMultipath : public Multipath {
 protected:
  WeightedMultipath() : Multipath(SchedulerKind::weighted) {}
};

TEST_F(WeightedMultipath, BothPathsCarryTheirShare) {
  // [quic.md §4.8] As far as the window of each allows.
  const PathId id = opened();
  ASSERT_TRUE(left_says(std::string(2'000'000, 'w')));
  EXPECT_GT(path_of(left(), path_zero)->udp_tx_bytes, 500'000u);
  EXPECT_GT(path_of(left(), id)->udp_tx_bytes, 500'000u);
}

class RedundantMultipath : public Multipath {
 protected:
  RedundantMultipath() : Multipath(SchedulerKind::redundant) {}
};

TEST_F(RedundantMultipath, EverythingTravelsOnBothPaths) {
  const PathId id = opened();
  pair.run_for(base::seconds(2));
  const auto before_zero = path_of(left(), path_zero)->udp_tx_bytes;
  const auto before_other = path_of(left(), id)->udp_tx_bytes;
  ASSERT_TRUE(left_says(std::string(20'000, 'r')));
  pair.run_for(base::milliseconds(100));
  EXPECT_GT(path_of(left(), path_zero)->udp_tx_bytes - before_zero, 20'000u);
  EXPECT_GT(path_of(left(), id)->udp_tx_bytes - before_other, 20'000u);
}

TEST_F(RedundantMultipath, TheLossOfEitherPathCostsNoTime) {
  for (const IpAddr& dark : {pair.right_addr().ip(), second_ip}) {
    SCOPED_TRACE(dark.to_string());
    if (left().paths().size() == 1) opened();
    pair.run_for(base::seconds(1));
    pair.link = [&](const SocketAddr& from, const SocketAddr& to) { return from.ip() != dark && to.ip() != dark; };
    const Instant start = pair.now();
    ASSERT_TRUE(left_says("urgent"));
    EXPECT_LT(pair.now() - start, base::milliseconds(15));  // one way, no retransmission
    pair.link = nullptr;
    pair.run_for(base::seconds(1));
  }
}

}  // namespace
}  // namespace iroh::quic
