// SPDX-License-Identifier: MIT OR Apache-2.0
/// PathEvents and PathsStream: how a program follows the paths of a connection. [endpoint.md §3.8]
///
///   auto events = connection.path_events();   // subscribe first, then look: no change falls in between
///   for (const auto& path : connection.paths()) ...
///   while (auto event = co_await events.next()) ...
///
/// Handles: cheap to copy, safe from any thread; copies share one subscription, and the last one ends it. They do not
/// keep the connection open.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "iroh/base/socket_addr.hpp"
#include "iroh/endpoint/async.hpp"
#include "iroh/endpoint/stats.hpp"
#include "iroh/identity/transport_addr.hpp"

namespace iroh {

namespace endpoint {
class PathEventQueue;
class PathListWatch;
class Internals;
}  // namespace endpoint

struct PathEvent {
  enum class Kind : std::uint8_t {
    opened,    ///< the path was validated and can be used
    selected,  ///< application data takes this path from now on
    closed,    ///< it was given up; when the connection ends, this comes once for each open path
    lagged,    ///< this subscriber was too slow and has missed events
  };
  Kind kind = Kind::opened;
  std::uint32_t id = 0;  ///< of the path; never used again in this connection
  TransportAddr remote_addr = SocketAddr();
  std::optional<IpAddr> local_addr;     ///< if the system tells
  std::optional<PathStats> last_stats;  ///< of a closed path
  std::uint64_t missed = 0;             ///< lagged: how many events, the oldest ones
};

class PathEvents {
 public:
  /// Events that wait for a slow subscriber; older ones are lost, and counted.
  static constexpr std::size_t buffered_max = 8;

  PathEvents() noexcept = default;  ///< empty: it has ended
  explicit operator bool() const noexcept { return queue_ != nullptr; }

  /// Completes with an optional<PathEvent>: nothing once the connection is over and all events were taken. A cancelled
  /// call loses none.
  template <class Token = DefaultToken>
  auto next(Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_next, queue_);
  }

 private:
  friend class endpoint::Internals;
  using Queue = std::shared_ptr<endpoint::PathEventQueue>;
  explicit PathEvents(Queue queue) noexcept : queue_(std::move(queue)) {}
  static void start_next(CompletionHandler<std::optional<PathEvent>> handler, Queue queue);

  Queue queue_;
};

/// The list of open paths, whenever it changes. Lists in between may be skipped.
class PathsStream {
 public:
  PathsStream() noexcept = default;  ///< empty: it has ended
  explicit operator bool() const noexcept { return watch_ != nullptr; }

  /// Completes with an optional<vector<Path>>: the first time at once, then after every change, with nothing once the
  /// connection is over.
  template <class Token = DefaultToken>
  auto next(Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_next, watch_);
  }

 private:
  friend class endpoint::Internals;
  using Watch = std::shared_ptr<endpoint::PathListWatch>;
  explicit PathsStream(Watch watch) noexcept : watch_(std::move(watch)) {}
  static void start_next(CompletionHandler<std::optional<std::vector<Path>>> handler, Watch watch);

  Watch watch_;
};

}  // namespace iroh
