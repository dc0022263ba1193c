// SPDX-License-Identifier: MIT OR Apache-2.0
// A connection as the application sees it: pending operations, streams in use, and what stays when the core has
// forgotten it. All members need the endpoint's lock unless said otherwise; the public functions of the first group
// take it.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "endpoint/driver.hpp"
#include "endpoint/handles.hpp"
#include "endpoint/operation.hpp"
#include "iroh/endpoint/close_reason.hpp"
#include "iroh/endpoint/connection.hpp"
#include "quic/connection/connection.hpp"

namespace iroh::endpoint {

/// A stream on its way to the application. recv: its receiving end, if the connection has ended since it arrived.
struct ReadyStream {
  quic::StreamId id;
  std::shared_ptr<RecvState> recv;
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

class ConnectionState final : public std::enable_shared_from_this<ConnectionState> {
 public:
  struct Setup {
    std::shared_ptr<Driver> driver;
    quic::ConnectionHandle handle;
    quic::Connection* core;
    std::optional<EndpointId> remote;  ///< known from the start only to clients
    bool has_datagrams = true;         ///< they are on in our own options
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
  std::optional<CloseReason> close_reason();
  std::vector<Path> paths();
  std::chrono::nanoseconds rtt();
  ConnectionStats stats();
  Result<std::vector<std::byte>> export_keying_material(std::string_view label, std::span<const std::byte> context,
                                                        std::size_t size);
  void cancel(std::uint64_t operation);
  /// The last handle is gone: closes with code 0, and nobody will ask for what had arrived.
  void drop();

  // ---- Facts; no lock. The first two are final before the application gets the connection.

  const EndpointId& remote_id() const noexcept { return *remote_id_; }
  const std::string& alpn() const noexcept { return alpn_; }
  quic::Side side() const noexcept { return side_; }
  std::uint64_t stable_id() const noexcept { return static_cast<std::uint64_t>(handle_); }

  // ---- From EndpointState, which holds the lock.

  void set_connect_operation(std::unique_ptr<Pending<Connection>> operation) { connect_ = std::move(operation); }
  /// Polls the core's events. True if the handshake has just been completed.
  bool on_ready();
  void close_locked(std::uint64_t code, std::string_view reason);
  /// The end for the application; the core is not used any more. Nothing if that has come before.
  void finish(CloseReason reason);
  bool is_finished() const noexcept { return reason_.has_value(); }
  const std::optional<EndpointId>& known_remote_id() const noexcept { return remote_id_; }
  quic::FourTuple four_tuple() const noexcept { return four_tuple_; }

  // ---- From streams and operations, which hold the lock.

  /// Null once finished.
  quic::Connection* core() const noexcept { return core_; }
  /// Something was queued in the core.
  void touch();
  error_code error() const noexcept { return reason_ ? reason_->error() : error_code(); }
  /// What had arrived may still be read, unless this side closed.
  std::optional<Bytes> next_datagram();
  Result<void> send_datagram(Bytes datagram, quic::DatagramSendMode mode);
  SendStream make_send(std::shared_ptr<ConnectionHandle> handle, quic::StreamId stream);
  RecvStream make_recv(std::shared_ptr<ConnectionHandle> handle, ReadyStream stream);
  void forget_send(quic::StreamId stream) { sends_.erase(stream.value()); }
  void forget_recv(quic::StreamId stream) { recvs_.erase(stream.value()); }

 private:
  void on_connected();
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

  std::shared_ptr<Driver> driver_;
  const quic::ConnectionHandle handle_;
  quic::Connection* core_;
  const quic::Side side_;
  const bool has_datagrams_;
  std::optional<EndpointId> remote_id_;
  std::string alpn_;
  quic::FourTuple four_tuple_;

  std::unique_ptr<Pending<Connection>> connect_;
  std::array<OperationList<StreamOperation>, 2> opening_;  // by Dir
  std::array<OperationList<StreamOperation>, 2> accepting_;
  OperationList<DatagramOperation> reading_datagrams_;
  OperationList<DatagramOperation> sending_datagrams_;
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
