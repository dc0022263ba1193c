// SPDX-License-Identifier: MIT OR Apache-2.0
// The router's accept loop, its running handlers, and its end. [endpoint.md §6]
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <exception>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "iroh/endpoint/router.hpp"

namespace iroh::endpoint {

class RouterState final : public std::enable_shared_from_this<RouterState> {
 public:
  explicit RouterState(Endpoint endpoint);

  void start();
  void add(std::string alpn, std::shared_ptr<ProtocolHandler> handler);
  void set_filter(IncomingFilter filter);
  void shutdown(CompletionHandler<> handler);
  /// The last handle is gone.
  void drop();
  bool is_shutdown() const noexcept { return is_shutdown_.load(std::memory_order_relaxed); }
  const Endpoint& endpoint() const noexcept { return endpoint_; }

 private:
  using Strand = boost::asio::strand<boost::asio::any_io_executor>;

  /// A coroutine of a handler, on a strand of its own.
  struct Running {
    explicit Running(Strand own) : strand(std::move(own)) {}
    Strand strand;
    boost::asio::cancellation_signal cancel;  // touched on that strand
  };
  struct Group {
    explicit Group(const Strand& strand) : changed(strand, boost::asio::steady_timer::time_point::max()) {}
    std::list<std::shared_ptr<Running>> members;
    // Never expires: cancelling it is how waiters are told. What waits is owned by the event loop, as it should be.
    boost::asio::steady_timer changed;
  };

  std::shared_ptr<ProtocolHandler> find(std::string_view alpn);
  std::vector<std::shared_ptr<ProtocolHandler>> handlers();
  FilterOutcome filter(const Incoming& incoming);

  // On strand_:
  void on_incoming(Incoming incoming);
  void spawn(Group& group, Task<> task);
  void on_ended(Group& group, const std::shared_ptr<Running>& running, const std::exception_ptr& failure);
  void begin_shutdown();
  void cancel_serving();

  static Task<> accept_loop(std::shared_ptr<RouterState> self);
  static Task<> serve(std::shared_ptr<RouterState> self, Incoming incoming);
  static Task<> shut_down(std::shared_ptr<RouterState> self);
  static Task<> shut_down_handler(std::shared_ptr<ProtocolHandler> handler);
  static Task<> wait_empty(Group& group);
  static Task<error_code> wait_shutdown(std::shared_ptr<RouterState> self);

  const Endpoint endpoint_;
  const Strand strand_;
  std::atomic<bool> is_shutdown_ = false;

  std::mutex mutex_;  // handlers can be added from any thread
  std::vector<std::pair<std::string, std::shared_ptr<ProtocolHandler>>> handlers_;
  IncomingFilter filter_;

  // On strand_:
  boost::asio::cancellation_signal cancel_loop_;
  Group serving_{strand_};
  Group shutting_down_{strand_};
  boost::asio::steady_timer over_{strand_, boost::asio::steady_timer::time_point::max()};
  bool is_over_ = false;
  bool has_failed_ = false;
  bool is_shutdown_called_ = false;
};

}  // namespace iroh::endpoint
