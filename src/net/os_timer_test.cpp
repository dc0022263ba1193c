// SPDX-License-Identifier: MIT OR Apache-2.0
#include "net/os_timer.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "net/os_clock.hpp"

namespace iroh::net {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

class OsTimerTest : public testing::Test {
 protected:
  void run() { context_.run_for(std::chrono::seconds(20)); }  // returns when nothing is left to wait for
  boost::asio::io_context context_{1};
  std::unique_ptr<Timer> timer_ = make_os_timer(context_.get_executor());
};

TEST_F(OsTimerTest, CallsTheHandlerAtOrAfterTheDeadline) {
  const auto deadline = os_now() + milliseconds(5);
  base::Instant called_at{};
  timer_->arm(deadline, [&] { called_at = os_now(); });
  run();
  EXPECT_GE(called_at, deadline);
}

TEST_F(OsTimerTest, CallsTheHandlerAtOnceForADeadlineThatHasPassed) {
  bool is_called = false;
  timer_->arm(os_now() - hours(1), [&] { is_called = true; });
  EXPECT_FALSE(is_called);
  run();
  EXPECT_TRUE(is_called);
}

TEST_F(OsTimerTest, ReplacesTheHandlerWhenArmedAgain) {
  std::vector<int> calls;
  timer_->arm(os_now() - hours(1), [&] { calls.push_back(1); });
  timer_->arm(os_now(), [&] { calls.push_back(2); });
  run();
  EXPECT_EQ(calls, std::vector{2});
}

TEST_F(OsTimerTest, DoesNotCallAfterCancelEvenIfTheDeadlineHasPassed) {
  const auto token = std::make_shared<int>();
  timer_->arm(os_now() - hours(1), [token] { FAIL(); });
  timer_->cancel();
  EXPECT_EQ(token.use_count(), 1);
  run();
}

TEST_F(OsTimerTest, MayBeArmedAgainFromItsHandler) {
  int calls = 0;
  std::function<void()> again = [&] {
    if (++calls < 3) timer_->arm(os_now(), again);
  };
  timer_->arm(os_now(), again);
  run();
  EXPECT_EQ(calls, 3);
}

TEST_F(OsTimerTest, MayBeDestroyedFromItsHandlerOrWhileItWaits) {
  bool is_called = false;
  timer_->arm(os_now(), [&] {
    is_called = true;
    timer_.reset();
  });
  run();
  EXPECT_TRUE(is_called);
  timer_ = make_os_timer(context_.get_executor());
  timer_->arm(os_now() + hours(1), [] { FAIL(); });
  timer_.reset();
  context_.restart();
  run();
}

TEST(OsTimer, DiesWithTheLoopEvenIfItsHandlerOwnsIt) {
  auto context = std::make_unique<boost::asio::io_context>(1);
  std::shared_ptr<Timer> timer = make_os_timer(context->get_executor());
  const std::weak_ptr<Timer> observer = timer;
  timer->arm(os_now() + hours(1), [owner = timer] { FAIL(); });
  timer.reset();
  EXPECT_FALSE(observer.expired());
  context.reset();
  EXPECT_TRUE(observer.expired());
}

TEST_F(OsTimerTest, TakesTheFarthestDeadline) {
  timer_->arm(base::Instant::max(), [] { FAIL(); });
  context_.poll();
  timer_->cancel();
  run();
}

TEST(OsClock, NeverGoesBack) {
  base::Instant last = os_now();
  for (int i = 0; i < 1000; ++i) {
    const base::Instant now = os_now();
    EXPECT_GE(now, last);
    last = now;
  }
}

}  // namespace
}  // namespace iroh::net
