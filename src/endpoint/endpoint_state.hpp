// SPDX-License-Identifier: MIT OR Apache-2.0
// An endpoint as the application sees it: what it dials, accepts and closes.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "endpoint/address_book.hpp"
#include "endpoint/connection_state.hpp"
#include "endpoint/driver.hpp"
#include "endpoint/hooks.hpp"
#include "endpoint/operation.hpp"
#include "iroh/endpoint/endpoint.hpp"
#include "iroh/identity/endpoint_addr.hpp"

namespace iroh::endpoint {

class EndpointState final : public Driver, private ConnectionOwner {
 public:
  struct Setup {
    Driver::Setup driver;
    SecretKey secret_key;
    std::vector<std::string> alpns;
    std::vector<SocketAddr> external_addrs;
    TransportOptions transport;
    IncomingFilter incoming_filter;
    HookList hooks;
  };

  explicit EndpointState(Setup setup);

  // ---- Calls of the application; they take the lock.

  void connect(std::unique_ptr<Pending<Connection>> operation, EndpointAddr addr, std::string alpn,
               ConnectOptions options, bool is_early);
  void accept(std::unique_ptr<Pending<Incoming>> operation);
  void accept_incoming(std::unique_ptr<Pending<Connection>> operation, const quic::NewIncoming& incoming,
                       AcceptOptions options, bool is_early);
  void offer_incoming(const quic::NewIncoming& incoming);
  /// False, and nothing done, if the client has proven its address.
  bool retry_incoming(const quic::NewIncoming& incoming);
  void refuse_incoming(const quic::NewIncoming& incoming);
  void ignore_incoming(const quic::NewIncoming& incoming);
  Result<void> set_alpns(std::vector<std::string> alpns);
  EndpointAddr addr();
  EndpointMetrics metrics();
  std::optional<RemoteInfo> remote_info(const EndpointId& remote);
  void close(std::unique_ptr<Pending<>> operation);
  void wait_closed(std::unique_ptr<Pending<>> operation);
  void cancel(std::uint64_t operation);
  /// The last handle is gone.
  void drop();

  // ---- Facts; no lock.

  const SecretKey& secret_key() const noexcept { return secret_key_; }
  const EndpointId& id() const noexcept { return secret_key_.public_key(); }
  const std::vector<SocketAddr>& bound_sockets() const noexcept { return bound_; }
  bool is_closing() const noexcept { return is_closing_.load(std::memory_order_relaxed); }
  std::shared_ptr<EndpointState> self() { return std::static_pointer_cast<EndpointState>(shared_from_this()); }

 private:
  void on_incoming(const quic::NewIncoming& incoming) override;
  void on_connection_ready(quic::ConnectionHandle connection) override;
  void on_connection_drained(quic::ConnectionHandle connection) override;
  std::span<const SocketAddr> known_addresses(quic::ConnectionHandle connection) override;
  void on_turn_end() override;
  void on_stopped() override;

  // ConnectionOwner
  void on_connected(ConnectionState& connection) override;
  void on_path_opened(ConnectionState& connection, const SocketAddr& remote) override;
  void on_path_closed(ConnectionState& connection, const SocketAddr& remote) override;
  void on_finished(ConnectionState& connection) override;

  struct Dial {
    EndpointAddr addr;
    std::string alpn;
    ConnectOptions options;
    bool is_early = false;
  };
  void connect_locked(std::unique_ptr<Pending<Connection>> operation, Dial dial);
  static Task<> ask_hooks(std::shared_ptr<EndpointState> self, std::uint64_t operation, Dial dial);
  static Task<> ask_hooks(std::shared_ptr<EndpointState> self, std::shared_ptr<ConnectionHandle> connection);
  void give_out(ConnectionState& connection) override;
  void run_unlocked(Task<> task);
  std::shared_ptr<const HookList> hooks();
  void deliver(const quic::NewIncoming& incoming);
  Result<quic::ConnectRequest> make_request(const EndpointAddr& addr, std::string alpn, ConnectOptions options);
  std::vector<SocketAddr> dialable_addresses(const EndpointId& remote) const;
  void update_direct_addrs();
  ConnectionState& add_connection(quic::ConnectionHandle handle, std::optional<EndpointId> remote,
                                  const TransportOptions& transport);
  void end_accepts();
  void complete(std::unique_ptr<Pending<>> operation);

  const SecretKey secret_key_;
  const std::vector<SocketAddr> external_addrs_;
  const TransportOptions transport_;
  std::shared_ptr<const IncomingFilter> incoming_filter_;  // null: none, or the endpoint is stopped
  std::shared_ptr<const HookList> hooks_;                  // the same
  std::vector<SocketAddr> bound_;
  std::vector<SocketAddr> direct_addrs_;
  std::vector<std::string> alpns_;

  AddressBook book_;
  std::unordered_map<quic::ConnectionHandle, std::shared_ptr<ConnectionState>> connections_;
  std::vector<SocketAddr> targets_;  // what known_addresses() points to

  std::deque<quic::NewIncoming> incoming_;  // not yet given to the application; the core bounds how many
  OperationList<Pending<Incoming>> accepting_;
  OperationList<Pending<Connection>> dialling_;  // while hooks run
  std::unique_ptr<Pending<>> closing_;
  OperationList<Pending<>> waiting_closed_;
  std::atomic<bool> is_closing_ = false;
};

}  // namespace iroh::endpoint
