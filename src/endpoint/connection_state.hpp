// SPDX-License-Identifier: MIT OR Apache-2.0
// A connection as the application sees it: pending operations, streams in use, and what stays when the core has
// forgotten it. All members need the endpoint's lock unless said otherwise; the public functions of the first group
// take it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "endpoint/driver.hpp"
#include "endpoint/handles.hpp"
#include "endpoint/operation.hpp"
#include "endpoint/path_subscriptions.hpp"
#include "iroh/endpoint/close_reason.hpp"
#include "iroh/endpoint/connection.hpp"
#include "quic/connection/connection.hpp"

namespace iroh::endpoint {

/// A stream on its way to the application. recv: its receiving end, if the connection has ended since it arrived.
struct ReadyStream {
  quic::StreamId id;
  std::shared_ptr<RecvState> recv;
  bool is_0rtt = false;  ///< opened by early data
};

/// Waits for a stream to be opened or accepted.
class StreamOperation : public Operation {
 public:
  virtual void give(ConnectionState& connection, ReadyStream stream) = 0;
};

/// Waits for datagrams, or for room for one.
class DatagramOperation : public Operation {
 public:
  /// True if it is done.
  virtual bool progress(ConnectionState& connection) = 0;
};

/// What a connection tells its endpoint, with the lock held.
class ConnectionOwner {
 public:
  virtual void on_connected(ConnectionState& connection) = 0;
  virtual void on_path_opened(ConnectionState& connection, const SocketAddr& remote) = 0;
  virtual void on_path_closed(ConnectionState& connection, const SocketAddr& remote) = 0;
  virtual void on_finished(ConnectionState& connection) = 0;
  /// Somebody waits for the connection: complete_connect() or reject() follow, now or later.
  virtual void give_out(ConnectionState& connection) = 0;

 protected:
  ~ConnectionOwner() = default;
};

class ConnectionState final : public std::enable_shared_from_this<ConnectionState> {
 public:
  struct Setup {
    std::shared_ptr<Driver> driver;
    ConnectionOwner* owner;  ///< lives as long as the driver
    quic::ConnectionHandle handle;
    quic::Connection* core;
    std::optional<EndpointId> remote;  ///< known from the start only to clients
    bool has_datagrams = true;         ///< they are on in our own options
    std::uint64_t datagram_send_buffer = 0;
  };
  explicit ConnectionState(Setup setup);

  Driver& driver() const noexcept { return *driver_; }

  // ---- Calls of the application; they take the lock.

  void open(quic::Dir dir, std::unique_ptr<StreamOperation> operation);
  void accept(quic::Dir dir, std::unique_ptr<StreamOperation> operation);
  void send_datagram_wait(std::unique_ptr<DatagramOperation> operation);
  void read_datagrams(std::unique_ptr<DatagramOperation> operation);
  Result<std::size_t> send_datagrams(std::span<const Bytes> datagrams);
  std::optional<std::size_t> max_datagram_size();
  std::size_t datagram_send_buffer_space();
  void close(std::uint64_t code, std::string_view reason);
  void wait_closed(std::unique_ptr<Pending<CloseReason>> operation);
  void wait_closed(std::unique_ptr<Pending<ClosedConnection>> operation);
  void wait_handshake(std::unique_ptr<Pending<EarlyData>> operation);
  bool is_handshake_complete();
  std::optional<CloseReason> close_reason();
  std::vector<Path> paths();
  void subscribe(const std::shared_ptr<PathEventQueue>& queue);
  void subscribe(const std::shared_ptr<PathListWatch>& watch);
  std::chrono::nanoseconds rtt();
  ConnectionStats stats();
  Result<std::vector<std::byte>> export_keying_material(std::string_view label, std::span<const std::byte> context,
                                                        std::size_t size);
  void cancel(std::uint64_t operation);
  /// The last handle is gone: closes with code 0, and nobody will ask for what had arrived.
  void drop();

  // ---- Facts; no lock. The first ones are final once the handshake is complete; nobody can have asked before unless
  // the connection was given out early.

  const EndpointId& remote_id() const noexcept;
  std::optional<EndpointId> remote_id_if_known() const noexcept;
  const std::string& alpn() const noexcept;
  bool is_identified() const noexcept { return is_identified_.load(std::memory_order_acquire); }
  quic::Side side() const noexcept { return side_; }
  std::uint64_t stable_id() const noexcept { return static_cast<std::uint64_t>(handle_); }

  // ---- From EndpointState, which holds the lock.

  void set_connect_operation(std::unique_ptr<Pending<Connection>> operation) { connect_ = std::move(operation); }
  /// Polls the core's events.
  void on_ready();
  /// Before the handshake is complete. [endpoint.md §3.6]
  void give_out_early();
  /// The application's handle, made if nobody has got one yet; null if it was dropped.
  std::shared_ptr<ConnectionHandle> handle();
  /// Nothing stands in the way any more.
  void complete_handshake();
  /// Closes; whoever waits for the connection gets EndpointError::locally_rejected.
  void reject(std::uint64_t code, std::string_view reason);
  /// True if that is the operation that waits for the connection.
  bool cancel_connect(std::uint64_t operation);
  void close_locked(std::uint64_t code, std::string_view reason);
  /// The end for the application; the core is not used any more. Nothing if that has come before.
  void finish(CloseReason reason);
  /// True the first time: a connection counts once as a direct one.
  bool count_as_direct() noexcept { return !std::exchange(is_counted_direct_, true); }
  bool is_finished() const noexcept { return reason_.has_value(); }
  /// The handshake was completed, now or before the end.
  bool was_connected() const noexcept { return was_connected_; }
  const std::optional<EndpointId>& known_remote_id() const noexcept { return remote_id_; }

  // ---- From streams and operations, which hold the lock.

  /// Null once finished.
  quic::Connection* core() const noexcept { return core_; }
  /// Something was queued in the core.
  void touch();
  error_code error() const noexcept { return reason_ ? reason_->error() : error_code(); }
  /// What had arrived may still be read, unless this side closed.
  std::optional<Bytes> next_datagram();
  std::vector<Path> paths_locked() const;
  std::optional<std::size_t> max_datagram_size_locked() const;
  /// DatagramError::too_large if one of them is.
  Result<void> check_datagrams(std::span<const Bytes> datagrams) const;
  Result<void> send_datagram(Bytes datagram, quic::DatagramSendMode mode);
  SendStream make_send(std::shared_ptr<ConnectionHandle> handle, quic::StreamId stream);
  RecvStream make_recv(std::shared_ptr<ConnectionHandle> handle, ReadyStream stream);
  void forget_send(quic::StreamId stream) { sends_.erase(stream.value()); }
  void forget_recv(quic::StreamId stream) { recvs_.erase(stream.value()); }

 private:
  void on_connected();
  void on_early_data_rejected();
  EarlyData early_result() const noexcept;
  void collect_early_streams(quic::Dir dir);
  void on_path_opened(quic::PathId path);
  void on_path_closed(quic::PathId path);
  void on_path_list_changed();
  void close_paths();
  void update_selected_path();
  std::optional<Path> find_path(quic::PathId path) const;
  void notify(PathEvent::Kind kind, const Path& path);
  void on_stream_event(const quic::StreamEvent& event);
  void open_pending(quic::Dir dir);
  void accept_pending(quic::Dir dir);
  void progress(OperationList<DatagramOperation>& operations);
  void wait_closed_locked(std::unique_ptr<Pending<CloseReason>> operation);
  void wait_closed_locked(std::unique_ptr<Pending<ClosedConnection>> operation);
  void keep_arrived();
  std::optional<ReadyStream> next_accepted(quic::Dir dir);
  OperationList<StreamOperation>& opening(quic::Dir dir) { return opening_[static_cast<std::size_t>(dir)]; }
  OperationList<StreamOperation>& accepting(quic::Dir dir) { return accepting_[static_cast<std::size_t>(dir)]; }

  /// A path as it was when it was opened: what was counted then is what is given back at the end.
  struct OpenPath {
    quic::PathId id;
    SocketAddr remote;
  };

  std::shared_ptr<Driver> driver_;
  ConnectionOwner& owner_;
  const quic::ConnectionHandle handle_;
  quic::Connection* core_;
  const quic::Side side_;
  const bool has_datagrams_;
  const std::uint64_t datagram_send_buffer_;
  std::optional<EndpointId> remote_id_;
  std::string alpn_;
  std::atomic<bool> is_identified_ = false;  // remote_id_ and alpn_ will not change any more
  bool was_connected_ = false;
  bool is_given_out_ = false;           // early
  bool is_handshake_complete_ = false;  // hooks included
  EarlyData early_data_ = EarlyData::none;
  std::weak_ptr<ConnectionHandle> given_out_;
  bool is_counted_direct_ = false;
  std::vector<OpenPath> open_paths_;  // ascending by id
  std::optional<quic::PathId> selected_path_;
  std::vector<std::weak_ptr<PathEventQueue>> path_events_;
  std::vector<std::weak_ptr<PathListWatch>> path_watches_;

  std::unique_ptr<Pending<Connection>> connect_;
  std::array<OperationList<StreamOperation>, 2> opening_;  // by Dir
  std::array<OperationList<StreamOperation>, 2> accepting_;
  OperationList<DatagramOperation> reading_datagrams_;
  OperationList<DatagramOperation> sending_datagrams_;
  OperationList<Pending<EarlyData>> handshake_;
  OperationList<Pending<CloseReason>> closed_;
  OperationList<Pending<ClosedConnection>> weakly_closed_;
  std::unordered_map<std::uint64_t, std::shared_ptr<SendState>> sends_;  // by stream id; emptied by finish()
  std::unordered_map<std::uint64_t, std::shared_ptr<RecvState>> recvs_;

  // After the end:
  std::optional<CloseReason> reason_;
  ConnectionStats final_stats_;
  std::chrono::nanoseconds final_rtt_{0};
  std::array<std::list<ReadyStream>, 2> arrived_streams_;  // opened by the peer and not accepted
  std::list<Bytes> arrived_datagrams_;
};

}  // namespace iroh::endpoint
