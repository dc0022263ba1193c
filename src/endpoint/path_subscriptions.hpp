// SPDX-License-Identifier: MIT OR Apache-2.0
// Who listens to the paths of a connection: a queue of events that forgets the oldest, and a watch on the list. A
// subscription keeps the connection's state, not the connection. [endpoint.md §3.8]
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "endpoint/operation.hpp"
#include "iroh/endpoint/path_events.hpp"

namespace iroh::endpoint {

class ConnectionState;

class PathEventQueue final {
 public:
  using Next = Pending<std::optional<PathEvent>>;

  explicit PathEventQueue(std::shared_ptr<ConnectionState> connection) noexcept : connection_(std::move(connection)) {}
  ConnectionState& connection() const noexcept { return *connection_; }

  // ---- Calls of the application; they take the lock.

  void next(std::unique_ptr<Next> operation);
  void cancel(std::uint64_t operation);

  // ---- From the connection, which holds the lock.

  void push(const PathEvent& event);
  /// Nothing more will come.
  void end();

 private:
  void deliver();
  std::optional<PathEvent> take();

  const std::shared_ptr<ConnectionState> connection_;
  std::vector<PathEvent> events_;  // at most PathEvents::buffered_max
  std::uint64_t missed_ = 0;
  bool is_over_ = false;
  OperationList<Next> waiting_;
};

class PathListWatch final {
 public:
  using Next = Pending<std::optional<std::vector<Path>>>;

  explicit PathListWatch(std::shared_ptr<ConnectionState> connection) noexcept : connection_(std::move(connection)) {}
  ConnectionState& connection() const noexcept { return *connection_; }

  // ---- Calls of the application; they take the lock.

  void next(std::unique_ptr<Next> operation);
  void cancel(std::uint64_t operation);

  // ---- From the connection, which holds the lock.

  void on_changed();
  void end();

 private:
  void deliver();

  const std::shared_ptr<ConnectionState> connection_;
  bool is_changed_ = true;  // the current list comes at once
  bool is_over_ = false;
  OperationList<Next> waiting_;
};

}  // namespace iroh::endpoint
