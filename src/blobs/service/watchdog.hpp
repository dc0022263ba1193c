// SPDX-License-Identifier: MIT OR Apache-2.0
// Notices that nothing has happened for too long. Confined to its executor, a strand or the like.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>

namespace iroh::blobs {

class Watchdog {
 public:
  /// Calls on_expired() once if touch() is not called for so long; never for 0.
  Watchdog(const boost::asio::any_io_executor& executor, std::chrono::milliseconds patience,
           std::function<void()> on_expired);
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog();

  /// Cheap: moves a number, not a timer.
  void touch();
  /// From now on with this patience.
  void restart(std::chrono::milliseconds patience);
  /// Waits for something that is allowed to take any time, until the next touch() or resume().
  void pause() noexcept;
  /// With the patience that was left before the pause.
  void resume() noexcept;
  bool has_expired() const noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace iroh::blobs
