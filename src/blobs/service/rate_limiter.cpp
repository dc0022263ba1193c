// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/service/rate_limiter.hpp"

#include <algorithm>
#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

namespace iroh::blobs {

std::size_t RateLimiter::piece_size(std::size_t wanted) const noexcept {
  constexpr std::uint64_t piece_min = 17 * 1024;
  if (rate_ == 0) return wanted;
  return static_cast<std::size_t>(std::min<std::uint64_t>(wanted, std::max(piece_min, rate_ / 20)));
}

RateLimiter::Clock::time_point RateLimiter::reserve(std::uint64_t bytes, Clock::time_point now) noexcept {
  if (rate_ == 0) return now;
  const std::lock_guard lock(mutex_);
  const Clock::time_point begin = std::max(now, free_at_);
  const double seconds = static_cast<double>(bytes) / static_cast<double>(rate_);
  free_at_ = begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  return begin;
}

Task<> RateLimiter::acquire(std::uint64_t bytes) {
  if (rate_ == 0) co_return;
  const auto now = Clock::now();
  const auto begin = reserve(bytes, now);
  if (begin <= now) co_return;
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, begin);
  co_await timer.async_wait(boost::asio::deferred);
}

}  // namespace iroh::blobs
