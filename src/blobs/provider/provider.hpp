// SPDX-License-Identifier: MIT OR Apache-2.0
// What all connections of a BlobsProtocol share, and what one connection's requests share. [blobs.md §3.10]
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "blobs/service/rate_limiter.hpp"
#include "blobs/service/store_thread.hpp"
#include "iroh/blobs/blobs_protocol.hpp"

namespace iroh::blobs {

class Provider {
 public:
  Provider(BlobStore store, ServeOptions options);

  const BlobStore& store() const noexcept { return store_; }
  const StoreHandle& thread() const noexcept;
  const ServeOptions& options() const noexcept { return options_; }
  RateLimiter& limiter() noexcept { return limiter_; }

  std::uint64_t open(const Connection& connection);
  void close(std::uint64_t connection_id);
  void close_all();

  void emit(const ProviderEvent& event);
  void count(const TransferStats& stats);
  TransferStats stats() const;

 private:
  const BlobStore store_;
  const ServeOptions options_;
  RateLimiter limiter_;
  mutable std::mutex mutex_;
  std::map<std::uint64_t, Connection> connections_;
  std::uint64_t last_connection_ = 0;
  bool is_shut_down_ = false;
  TransferStats stats_;
};

/// Confined to the strand of the connection.
class ProviderConnection : public std::enable_shared_from_this<ProviderConnection> {
 public:
  /// Longer requests of one connection are taken one at a time: decoded they may take 30 times their length, and a
  /// client could send a hundred.
  static constexpr std::size_t small_request_max = 16 * 1024;

  ProviderConnection(std::shared_ptr<Provider> provider, Connection connection, boost::asio::any_io_executor executor);

  /// Until the connection is over and all of its requests have ended.
  Task<> run();

  Provider& provider() const noexcept { return *provider_; }
  const Connection& connection() const noexcept { return connection_; }
  const ProviderClient& client() const noexcept { return client_; }
  /// What one response may have in memory beside the stream: less, the more there are.
  std::size_t batch_size() const noexcept;
  /// Waits for its turn with a long request.
  Task<> enter_long_request();
  void leave_long_request();

 private:
  Task<bool> admit();
  void start_request(BiStream stream);
  void on_request_over();

  std::shared_ptr<Provider> provider_;
  Connection connection_;
  ProviderClient client_;
  boost::asio::any_io_executor executor_;
  std::size_t active_ = 0;
  boost::asio::steady_timer all_over_;
  bool is_long_taken_ = false;
  boost::asio::steady_timer long_free_;
};

}  // namespace iroh::blobs
