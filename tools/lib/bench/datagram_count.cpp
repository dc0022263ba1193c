// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/bench/datagram_count.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <memory>

#include "tools/lib/bench/protocol.hpp"

namespace iroh::tools {
namespace {

using Clock = std::chrono::steady_clock;

/// A turn of the receiver brings up to two thousand datagrams.
constexpr std::size_t read_batch = 4096;
/// Datagrams that are still on the way when the client says that it has sent all.
constexpr std::chrono::milliseconds quiet_time{20};

struct Count {
  std::uint64_t number = 0;
  Clock::time_point first;
  Clock::time_point last;
  boost::asio::cancellation_signal stop;

  void add(std::size_t datagrams) {
    last = Clock::now();
    if (number == 0) first = last;
    number += datagrams;
  }
};

Task<> count(Connection connection, std::shared_ptr<Count> count) {
  while (true) count->add((co_await connection.read_datagrams(read_batch)).size());
}

Task<> until_quiet(const Count& count) {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  for (std::uint64_t before = count.number + 1; before != count.number;) {
    before = count.number;
    timer.expires_after(quiet_time);
    co_await timer.async_wait(boost::asio::use_awaitable);
  }
}

}  // namespace

Task<> count_datagrams(Connection connection, BiStream stream) {
  const auto counted = std::make_shared<Count>();
  // In one expression with co_await, GCC 12 destroys the capture twice.
  const auto executor = co_await boost::asio::this_coro::executor;
  auto on_end = boost::asio::bind_cancellation_slot(counted->stop.slot(), [counted](std::exception_ptr) {});
  boost::asio::co_spawn(executor, count(std::move(connection), counted), std::move(on_end));
  const char ready = static_cast<char>(BenchRequest::datagrams);
  co_await stream.send.write_all(Bytes::copy_of(std::string_view(&ready, 1)));
  co_await stream.recv.read_to_end(0);
  co_await until_quiet(*counted);
  counted->stop.emit(boost::asio::cancellation_type::terminal);
  const auto time = std::chrono::nanoseconds(counted->last - counted->first);
  co_await stream.send.write_all(encode_number(counted->number) +
                                 encode_number(static_cast<std::uint64_t>(time.count())));
}

}  // namespace iroh::tools
