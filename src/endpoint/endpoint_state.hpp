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
#include "endpoint/operation.hpp"
#include "iroh/endpoint/endpoint.hpp"
#include "iroh/identity/endpoint_addr.hpp"

namespace iroh::endpoint {

class EndpointState final : public Driver {
 public:
  struct Setup {
    Driver::Setup driver;
    SecretKey secret_key;
    std::vector<std::string> alpns;
    std::vector<SocketAddr> external_addrs;
    bool has_datagrams = true;  ///< unless the transport options say otherwise
  };

  explicit EndpointState(Setup setup);

  // ---- Calls of the application; they take the lock.

  void connect(std::unique_ptr<Pending<Connection>> operation, const EndpointAddr& addr, std::string alpn,
               ConnectOptions options);
  void accept(std::unique_ptr<Pending<Incoming>> operation);
  void accept_incoming(std::unique_ptr<Pending<Connection>> operation, const quic::NewIncoming& incoming);
  void refuse_incoming(const quic::NewIncoming& incoming);
  void ignore_incoming(const quic::NewIncoming& incoming);
  Result<void> set_alpns(std::vector<std::string> alpns);
  EndpointAddr addr();
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

  Result<quic::ConnectRequest> make_request(const EndpointAddr& addr, std::string alpn, ConnectOptions options);
  std::vector<SocketAddr> dialable_addresses(const EndpointId& remote) const;
  void update_direct_addrs();
  ConnectionState& add_connection(quic::ConnectionHandle handle, std::optional<EndpointId> remote, bool has_datagrams);
  void end_accepts();
  void complete(std::unique_ptr<Pending<>> operation);

  const SecretKey secret_key_;
  const std::vector<SocketAddr> external_addrs_;
  const bool has_datagrams_;
  std::vector<SocketAddr> bound_;
  std::vector<SocketAddr> direct_addrs_;
  std::vector<std::string> alpns_;

  AddressBook book_;
  std::unordered_map<quic::ConnectionHandle, std::shared_ptr<ConnectionState>> connections_;
  std::vector<SocketAddr> targets_;  // what known_addresses() points to

  std::deque<quic::NewIncoming> incoming_;  // not yet given to the application; the core bounds how many
  OperationList<Pending<Incoming>> accepting_;
  std::unique_ptr<Pending<>> closing_;
  OperationList<Pending<>> waiting_closed_;
  std::atomic<bool> is_closing_ = false;
};

}  // namespace iroh::endpoint
