// SPDX-License-Identifier: MIT OR Apache-2.0
// What is behind a ConnectionPool. [blobs.md §5.3]
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "blobs/service/completion.hpp"
#include "iroh/blobs/connection_pool.hpp"

namespace iroh::blobs {

class PoolState : public std::enable_shared_from_this<PoolState> {
 public:
  PoolState(Endpoint endpoint, std::string alpn, PoolOptions options);

  void get(CompletionHandler<PooledConnection> handler, EndpointAddr addr);
  std::size_t size();
  /// Closes everything; attempts are given up.
  void close();

  /// One remote: being dialled, or connected.
  struct Entry {
    Connection connection;
    std::vector<Completion<PooledConnection>> waiting;
    std::size_t uses = 0;
    std::uint64_t released = 0;  ///< counts the times at which it became unused
    std::chrono::steady_clock::time_point unused_since{};
  };
  using EntryPtr = std::shared_ptr<Entry>;

  void release(const EndpointId& id, const EntryPtr& entry);

 private:
  struct Attempt;

  /// With the lock held.
  PooledConnection use(const EndpointId& id, const EntryPtr& entry);
  void forget_closed();
  error_code make_room();

  void start_attempt(const EndpointAddr& addr, EntryPtr entry);
  void on_attempt_over(const EndpointId& id, const EntryPtr& entry, error_code error, Connection connection);
  void on_idle(const EndpointId& id, const EntryPtr& entry, std::uint64_t released);

  const Endpoint endpoint_;
  const std::string alpn_;
  const PoolOptions options_;
  const boost::asio::any_io_executor strand_;
  std::mutex mutex_;
  std::map<EndpointId, EntryPtr> entries_;
  std::size_t attempts_ = 0;
  bool is_closed_ = false;
};

}  // namespace iroh::blobs
