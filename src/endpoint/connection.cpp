// SPDX-License-Identifier: MIT OR Apache-2.0
// The public connection handles.
#include "iroh/endpoint/connection.hpp"

#include "base/assert.hpp"
#include "endpoint/connection_state.hpp"
#include "endpoint/empty_handle.hpp"
#include "endpoint/recv_state.hpp"
#include "endpoint/send_state.hpp"

namespace iroh {

using endpoint::ConnectionHandle;
using endpoint::ConnectionState;
using endpoint::fail_empty;

// ---- Operations. Those that wait for something to come keep the connection open; those that wait for its end do not.

namespace {

constexpr auto empty_handle = ConnectionError::locally_closed;

class GetBi final : public endpoint::PendingOf<endpoint::StreamOperation, BiStream> {
 public:
  GetBi(CompletionHandler<BiStream> handler, std::shared_ptr<ConnectionHandle> handle)
      : PendingOf(std::move(handler)), handle_(std::move(handle)) {}
  void give(ConnectionState& connection, endpoint::ReadyStream stream) override {
    auto send = connection.make_send(handle_, stream.id);
    complete({}, {std::move(send), connection.make_recv(std::move(handle_), std::move(stream))});
  }

 private:
  std::shared_ptr<ConnectionHandle> handle_;
};

class GetSend final : public endpoint::PendingOf<endpoint::StreamOperation, SendStream> {
 public:
  GetSend(CompletionHandler<SendStream> handler, std::shared_ptr<ConnectionHandle> handle)
      : PendingOf(std::move(handler)), handle_(std::move(handle)) {}
  void give(ConnectionState& connection, endpoint::ReadyStream stream) override {
    complete({}, connection.make_send(std::move(handle_), stream.id));
  }

 private:
  std::shared_ptr<ConnectionHandle> handle_;
};

class GetRecv final : public endpoint::PendingOf<endpoint::StreamOperation, RecvStream> {
 public:
  GetRecv(CompletionHandler<RecvStream> handler, std::shared_ptr<ConnectionHandle> handle)
      : PendingOf(std::move(handler)), handle_(std::move(handle)) {}
  void give(ConnectionState& connection, endpoint::ReadyStream stream) override {
    complete({}, connection.make_recv(std::move(handle_), std::move(stream)));
  }

 private:
  std::shared_ptr<ConnectionHandle> handle_;
};

class ReadDatagram final : public endpoint::PendingOf<endpoint::DatagramOperation, Bytes> {
 public:
  using PendingOf::PendingOf;
  bool progress(ConnectionState& connection) override {
    auto datagram = connection.next_datagram();
    if (!datagram) return false;
    complete({}, *std::move(datagram));
    return true;
  }
};

class ReadDatagrams final : public endpoint::PendingOf<endpoint::DatagramOperation, std::vector<Bytes>> {
 public:
  ReadDatagrams(CompletionHandler<std::vector<Bytes>> handler, std::shared_ptr<ConnectionHandle> keep, std::size_t max)
      : PendingOf(std::move(handler), std::move(keep)), max_(max) {}
  bool progress(ConnectionState& connection) override {
    std::vector<Bytes> datagrams;
    while (datagrams.size() < max_) {
      auto datagram = connection.next_datagram();
      if (!datagram) break;
      datagrams.push_back(*std::move(datagram));
    }
    if (datagrams.empty() && max_ > 0) return false;
    complete({}, std::move(datagrams));
    return true;
  }

 private:
  std::size_t max_;
};

class SendDatagramWait final : public endpoint::PendingOf<endpoint::DatagramOperation> {
 public:
  SendDatagramWait(CompletionHandler<> handler, std::shared_ptr<ConnectionHandle> keep, Bytes datagram)
      : PendingOf(std::move(handler), std::move(keep)), datagram_(std::move(datagram)) {}
  bool progress(ConnectionState& connection) override {
    const auto sent = connection.send_datagram(datagram_, quic::DatagramSendMode::wait);
    if (!sent && sent.error() == boost::asio::error::would_block) return false;
    complete(sent ? error_code() : sent.error());
    return true;
  }

 private:
  Bytes datagram_;
};

class SendDatagramsWait final : public endpoint::PendingOf<endpoint::DatagramOperation> {
 public:
  SendDatagramsWait(CompletionHandler<> handler, std::shared_ptr<ConnectionHandle> keep, std::vector<Bytes> datagrams)
      : PendingOf(std::move(handler), std::move(keep)), datagrams_(std::move(datagrams)) {}
  bool progress(ConnectionState& connection) override {
    Result<void> sent;
    if (!std::exchange(is_checked_, true)) sent = connection.check_datagrams(datagrams_);
    while (sent && next_ < datagrams_.size()) {
      sent = connection.send_datagram(datagrams_[next_], quic::DatagramSendMode::wait);
      if (sent) ++next_;
    }
    if (!sent && sent.error() == boost::asio::error::would_block) return false;
    complete(sent ? error_code() : sent.error());
    return true;
  }

 private:
  std::vector<Bytes> datagrams_;
  std::size_t next_ = 0;
  bool is_checked_ = false;
};

/// Makes an operation that can be cancelled and gives it to the connection.
template <class Op, class... T, class Start, class... Args>
void start_operation(CompletionHandler<T...> handler, std::shared_ptr<ConnectionHandle> handle, Start start,
                     Args... args) {
  if (handle == nullptr) return fail_empty(std::move(handler), empty_handle);
  const auto state = handle->state();
  auto operation = std::make_unique<Op>(std::move(handler), std::move(handle), std::move(args)...);
  operation->enable_cancellation(std::weak_ptr(state), state->driver().next_operation_id());
  start(*state, std::move(operation));
}

const auto give_opener = [](quic::Dir dir) {
  return [dir](ConnectionState& state, auto operation) { state.open(dir, std::move(operation)); };
};
const auto give_accepter = [](quic::Dir dir) {
  return [dir](ConnectionState& state, auto operation) { state.accept(dir, std::move(operation)); };
};
const auto give_reader = [](ConnectionState& state, auto operation) { state.read_datagrams(std::move(operation)); };
const auto give_sender = [](ConnectionState& state, auto operation) { state.send_datagram_wait(std::move(operation)); };

const auto give_handshake_waiter = [](ConnectionState& state, auto operation) {
  state.wait_handshake(std::move(operation));
};

template <class Result>
void start_wait_closed(CompletionHandler<Result> handler, const std::shared_ptr<ConnectionState>& state) {
  auto operation = std::make_unique<endpoint::Pending<Result>>(std::move(handler));
  operation->enable_cancellation(std::weak_ptr(state), state->driver().next_operation_id());
  state->wait_closed(std::move(operation));
}

}  // namespace

void Connection::start_open_bi(CompletionHandler<BiStream> handler, Handle handle) {
  start_operation<GetBi>(std::move(handler), std::move(handle), give_opener(quic::Dir::bi));
}

void Connection::start_open_uni(CompletionHandler<SendStream> handler, Handle handle) {
  start_operation<GetSend>(std::move(handler), std::move(handle), give_opener(quic::Dir::uni));
}

void Connection::start_accept_bi(CompletionHandler<BiStream> handler, Handle handle) {
  start_operation<GetBi>(std::move(handler), std::move(handle), give_accepter(quic::Dir::bi));
}

void Connection::start_accept_uni(CompletionHandler<RecvStream> handler, Handle handle) {
  start_operation<GetRecv>(std::move(handler), std::move(handle), give_accepter(quic::Dir::uni));
}

void Connection::start_send_datagram_wait(CompletionHandler<> handler, Handle handle, Bytes datagram) {
  start_operation<SendDatagramWait>(std::move(handler), std::move(handle), give_sender, std::move(datagram));
}

void Connection::start_send_datagrams_wait(CompletionHandler<> handler, Handle handle, std::vector<Bytes> datagrams) {
  start_operation<SendDatagramsWait>(std::move(handler), std::move(handle), give_sender, std::move(datagrams));
}

void Connection::start_read_datagram(CompletionHandler<Bytes> handler, Handle handle) {
  start_operation<ReadDatagram>(std::move(handler), std::move(handle), give_reader);
}

void Connection::start_read_datagrams(CompletionHandler<std::vector<Bytes>> handler, Handle handle, std::size_t max) {
  start_operation<ReadDatagrams>(std::move(handler), std::move(handle), give_reader, max);
}

void Connection::start_handshake_completed(CompletionHandler<EarlyData> handler, Handle handle) {
  start_operation<endpoint::Pending<EarlyData>>(std::move(handler), std::move(handle), give_handshake_waiter);
}

void Connection::start_closed(CompletionHandler<CloseReason> handler, Handle handle) {
  if (handle == nullptr) return fail_empty(std::move(handler), empty_handle);
  start_wait_closed(std::move(handler), handle->state());
}

void WeakConnection::start_closed(CompletionHandler<ClosedConnection> handler, std::shared_ptr<ConnectionState> state) {
  if (state == nullptr) return fail_empty(std::move(handler), empty_handle);
  start_wait_closed(std::move(handler), state);
}

// ---- Calls that answer at once

Result<void> Connection::send_datagram(Bytes datagram) const {
  const auto sent = send_datagrams(std::span(&datagram, 1));
  if (!sent) return std::unexpected(sent.error());
  return {};
}

Result<std::size_t> Connection::send_datagrams(std::span<const Bytes> datagrams) const {
  if (handle_ == nullptr) return std::unexpected(make_error_code(empty_handle));
  return handle_->state()->send_datagrams(datagrams);
}

std::optional<std::size_t> Connection::max_datagram_size() const {
  if (handle_ == nullptr) return std::nullopt;
  return handle_->state()->max_datagram_size();
}

std::size_t Connection::datagram_send_buffer_space() const {
  return handle_ == nullptr ? 0 : handle_->state()->datagram_send_buffer_space();
}

void Connection::close(std::uint64_t code, std::string_view reason) const {
  if (handle_ != nullptr) handle_->state()->close(code, reason);
}

std::optional<CloseReason> Connection::close_reason() const {
  if (handle_ == nullptr) return CloseReason{};
  return handle_->state()->close_reason();
}

const EndpointId& Connection::remote_id() const noexcept {
  IROH_ASSERT(handle_ != nullptr);
  return handle_->state()->remote_id();
}

std::optional<EndpointId> Connection::remote_id_if_known() const noexcept {
  if (handle_ == nullptr) return std::nullopt;
  return handle_->state()->remote_id_if_known();
}

bool Connection::is_handshake_complete() const {
  return handle_ != nullptr && handle_->state()->is_handshake_complete();
}

const std::string& Connection::alpn() const noexcept {
  static const std::string none;
  return handle_ == nullptr ? none : handle_->state()->alpn();
}

Side Connection::side() const noexcept {
  return handle_ != nullptr && handle_->state()->side() == quic::Side::server ? Side::server : Side::client;
}

std::uint64_t Connection::stable_id() const noexcept {
  return handle_ == nullptr ? 0 : handle_->state()->stable_id();
}

std::vector<Path> Connection::paths() const {
  return handle_ == nullptr ? std::vector<Path>() : handle_->state()->paths();
}

PathEvents Connection::path_events() const {
  if (handle_ == nullptr) return {};
  auto queue = std::make_shared<endpoint::PathEventQueue>(handle_->state());
  handle_->state()->subscribe(queue);
  return endpoint::Internals::make(std::move(queue));
}

PathsStream Connection::paths_stream() const {
  if (handle_ == nullptr) return {};
  auto watch = std::make_shared<endpoint::PathListWatch>(handle_->state());
  handle_->state()->subscribe(watch);
  return endpoint::Internals::make(std::move(watch));
}

std::chrono::nanoseconds Connection::rtt() const {
  return handle_ == nullptr ? std::chrono::nanoseconds(0) : handle_->state()->rtt();
}

ConnectionStats Connection::stats() const {
  return handle_ == nullptr ? ConnectionStats() : handle_->state()->stats();
}

Result<std::vector<std::byte>> Connection::export_keying_material(std::string_view label, ByteView context,
                                                                  std::size_t size) const {
  if (handle_ == nullptr) return std::unexpected(make_error_code(empty_handle));
  return handle_->state()->export_keying_material(label, context.span(), size);
}

WeakConnection Connection::weak_handle() const {
  WeakConnection weak;
  if (handle_ == nullptr) return weak;
  weak.handle_ = handle_;
  weak.state_ = handle_->state();
  return weak;
}

}  // namespace iroh
