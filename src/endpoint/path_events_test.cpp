// SPDX-License-Identifier: MIT OR Apache-2.0
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "endpoint/connection_state.hpp"
#include "endpoint/path_subscriptions.hpp"
#include "endpoint/test_support.hpp"

namespace iroh::endpoint {
namespace {

using EventKind = PathEvent::Kind;

PathEvent opened(std::uint32_t id) {
  return {.kind = EventKind::opened, .id = id};
}

/// A queue of the connection into which tests push what they like.
std::shared_ptr<PathEventQueue> queue_of(const Connection& connection) {
  return std::make_shared<PathEventQueue>(Internals::handle(connection)->state());
}

void push(const std::shared_ptr<PathEventQueue>& queue, std::uint32_t first, std::uint32_t last) {
  const Driver::Lock lock(queue->connection().driver());
  for (std::uint32_t id = first; id <= last; ++id) queue->push(opened(id));
}

// [endpoint.md 32]
TEST(PathEvents, TheEndOfTheConnectionClosesEachOpenPathOnceAndThenThereIsNothing) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    const PathEvents mine = pair.left_connection.path_events();
    const PathEvents theirs = pair.right_connection.path_events();
    pair.left_connection.close(7);
    co_await pair.right_connection.closed();
    for (const PathEvents& events : {mine, theirs}) {
      const std::optional<PathEvent> event = co_await events.next();
      EXPECT_TRUE(event.has_value());
      EXPECT_EQ(event->kind, EventKind::closed);
      EXPECT_EQ(event->id, 0u);
      EXPECT_TRUE(event->remote_addr.is_ip());
      EXPECT_TRUE(event->last_stats.has_value());
      EXPECT_GT(event->last_stats->udp_tx.datagrams, 0u);
      EXPECT_FALSE((co_await events.next()).has_value());
      EXPECT_FALSE((co_await events.next()).has_value());
    }
    const PathEvents late = pair.left_connection.path_events();
    EXPECT_FALSE((co_await late.next()).has_value());
    co_await close(pair);
  }());
}

// [endpoint.md 32]
TEST(PathEvents, ASlowReaderIsToldHowManyItMissed) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    const auto queue = queue_of(pair.left_connection);
    const PathEvents events = Internals::make(queue);
    push(queue, 1, 11);
    const auto lagged = co_await events.next();
    EXPECT_EQ(lagged->kind, EventKind::lagged);
    EXPECT_EQ(lagged->missed, 3u);
    for (std::uint32_t id = 4; id <= 11; ++id) EXPECT_EQ((co_await events.next())->id, id);
    push(queue, 12, 12);
    EXPECT_EQ((co_await events.next())->id, 12u);
    co_await close(pair);
  }());
}

TEST(PathEvents, ACancelledWaitLosesNone) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    const auto queue = queue_of(pair.left_connection);
    const PathEvents events = Internals::make(queue);
    asio::cancellation_signal cancel;
    error_code result;
    events.next(asio::bind_cancellation_slot(
        cancel.slot(), asio::bind_executor(co_await asio::this_coro::executor,
                                           [&](error_code error, std::optional<PathEvent>) { result = error; })));
    cancel.emit(asio::cancellation_type::terminal);
    push(queue, 1, 1);
    EXPECT_EQ((co_await events.next())->id, 1u);
    EXPECT_EQ(result, asio::error::operation_aborted);
    co_await close(pair);
  }());
}

TEST(PathEvents, ASubscriptionDoesNotKeepTheConnectionOpen) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    const PathEvents events = pair.left_connection.path_events();
    pair.left_connection = Connection();
    EXPECT_EQ((co_await events.next())->kind, EventKind::closed);
    EXPECT_TRUE((co_await pair.right_connection.closed()).is_application_close(0));
    co_await close(pair);
  }());
}

TEST(PathsStream, BeginsWithTheCurrentListAndEndsWithTheConnection) {
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    const PathsStream stream = pair.left_connection.paths_stream();
    const auto first = co_await stream.next();
    EXPECT_TRUE(first && first->size() == 1);
    EXPECT_TRUE(first->front().is_selected);
    bool is_over = false;
    asio::co_spawn(
        co_await asio::this_coro::executor,
        [](PathsStream waiting) -> Task<bool> {
          std::optional<std::vector<Path>> list;
          do {
            list = co_await waiting.next();
          } while (list.has_value());
          co_return true;
        }(stream),
        [&](const std::exception_ptr&, bool ended) { is_over = ended; });
    pair.right_connection.close(0);
    co_await pair.left_connection.closed();
    co_await close(pair);
    EXPECT_TRUE(is_over);
  }());
}

TEST(PathEvents, EmptyHandlesHaveEnded) {
  run_test([]() -> Task<> {
    EXPECT_FALSE((co_await PathEvents().next()).has_value());
    EXPECT_FALSE((co_await PathsStream().next()).has_value());
    EXPECT_FALSE(static_cast<bool>(Connection().path_events()));
  }());
}

}  // namespace
}  // namespace iroh::endpoint
