// SPDX-License-Identifier: MIT OR Apache-2.0
// What happens when the io_context goes first. The leak checker of the sanitizer is the judge of these tests.
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/detached.hpp>
#include <memory>
#include <utility>

#include "endpoint/test_support.hpp"

namespace iroh::endpoint {
namespace {

/// Sets a flag when the coroutine that owns it is destroyed.
class Canary {
 public:
  explicit Canary(int& count) : count_(&count) {}
  Canary(Canary&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
  Canary& operator=(Canary&&) = delete;
  ~Canary() {
    if (count_ != nullptr) ++*count_;
  }

 private:
  int* count_;
};

Task<> read_for_ever(RecvStream recv, Canary canary) {
  static_cast<void>(canary);
  co_await recv.read();
}

Task<> accept_for_ever(Connection connection, Canary canary) {
  static_cast<void>(canary);
  co_await connection.accept_bi();
}

Task<> accept_clients_for_ever(Endpoint endpoint, Canary canary) {
  static_cast<void>(canary);
  co_await endpoint.accept();
}

Task<> wait_closed(Connection connection, Canary canary) {
  static_cast<void>(canary);
  co_await connection.closed();
}

Task<> start_waiting(int& destroyed, bool& is_ready) {
  Pair pair = co_await connected_pair();
  const auto executor = co_await asio::this_coro::executor;
  auto [send, recv] = co_await pair.left_connection.open_bi();
  asio::co_spawn(executor, read_for_ever(recv, Canary(destroyed)), asio::detached);
  asio::co_spawn(executor, accept_for_ever(pair.left_connection, Canary(destroyed)), asio::detached);
  asio::co_spawn(executor, accept_clients_for_ever(pair.right, Canary(destroyed)), asio::detached);
  asio::co_spawn(executor, wait_closed(pair.right_connection, Canary(destroyed)), asio::detached);
  // Data that nobody accepts.
  co_await send.write_all("x");
  is_ready = true;
  co_await recv.read_to_end(1);  // never: the frame with all its handles waits here
}

TEST(Lifetime, DestroyingTheContextDestroysWhateverWaits) {
  int destroyed = 0;
  bool is_ready = false;
  {
    asio::io_context context(1);
    asio::co_spawn(context, start_waiting(destroyed, is_ready), asio::detached);
    while (!is_ready) context.run_one();
  }
  EXPECT_EQ(destroyed, 4);
}

TEST(Lifetime, ARuntimeMayGoWhileItsEndpointsWait) {
  int destroyed = 0;
  {
    const Runtime runtime;
    std::atomic<bool> is_ready = false;
    asio::co_spawn(
        runtime.executor(),
        [](int& count, std::atomic<bool>& ready) -> Task<> {
          const Endpoint endpoint = co_await Endpoint::bind(loopback());
          const Canary canary(count);
          ready = true;
          ready.notify_all();
          co_await endpoint.accept();
        }(destroyed, is_ready),
        asio::detached);
    is_ready.wait(false);
  }
  EXPECT_EQ(destroyed, 1);
}

TEST(Lifetime, HandlersThatWereNeverCalledAreDestroyed) {
  const auto token = std::make_shared<int>();
  {
    asio::io_context context(1);
    Endpoint::bind(context.get_executor(), loopback(), [token](error_code, Endpoint) {});
  }
  EXPECT_EQ(token.use_count(), 1);
}

}  // namespace
}  // namespace iroh::endpoint
