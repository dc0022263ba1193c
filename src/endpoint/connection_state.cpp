// SPDX-License-Identifier: MIT OR Apache-2.0
#include "endpoint/connection_state.hpp"

#include <algorithm>
#include <utility>

#include "endpoint/public_types.hpp"
#include "endpoint/recv_state.hpp"
#include "endpoint/send_state.hpp"

namespace iroh::endpoint {

ConnectionState::ConnectionState(Setup setup)
    : driver_(std::move(setup.driver)),
      owner_(*setup.owner),
      handle_(setup.handle),
      core_(setup.core),
      side_(setup.core->side()),
      has_datagrams_(setup.has_datagrams),
      datagram_send_buffer_(setup.datagram_send_buffer),
      remote_id_(setup.remote) {}

void ConnectionState::touch() {
  driver_->core().wake(handle_);
  driver_->request_turn();
}

// ---- Events

void ConnectionState::on_ready() {
  while (core_ != nullptr) {
    auto event = core_->poll_event();
    if (!event) break;
    if (const auto* stream = std::get_if<quic::StreamEvent>(&*event)) {
      on_stream_event(*stream);
    } else if (std::holds_alternative<quic::DatagramReceived>(*event)) {
      progress(reading_datagrams_);
    } else if (std::holds_alternative<quic::DatagramsUnblocked>(*event)) {
      progress(sending_datagrams_);
    } else if (std::holds_alternative<quic::Connected>(*event)) {
      on_connected();
    } else if (const auto* early = std::get_if<quic::EarlyDataDecided>(&*event)) {
      if (!early->is_accepted) on_early_data_rejected();
    } else if (const auto* opened = std::get_if<quic::PathOpened>(&*event)) {
      on_path_opened(opened->path);
    } else if (const auto* gone = std::get_if<quic::PathClosed>(&*event)) {
      on_path_closed(gone->path);
    } else if (std::holds_alternative<quic::PathStatusChanged>(*event)) {
      on_path_list_changed();
    } else if (auto* closed = std::get_if<quic::Closed>(&*event)) {
      finish(to_public(std::move(closed->reason)));
    }
  }
  if (open_paths_.size() > 1) update_selected_path();
}

void ConnectionState::on_connected() {
  if (!remote_id_) remote_id_ = core_->remote_id();
  IROH_ASSERT(remote_id_.has_value());
  alpn_ = core_->alpn();
  is_identified_.store(true, std::memory_order_release);
  was_connected_ = true;
  if (core_->early_data() == quic::EarlyData::accepted) early_data_ = EarlyData::accepted;
  owner_.on_connected(*this);
  // The core does not announce the path of the handshake.
  for (const quic::PathStats& path : core_->paths()) {
    if (!path.is_abandoned && (path.is_validated || path.id == quic::path_zero)) on_path_opened(path.id);
  }
  if (connect_ != nullptr || is_given_out_) owner_.give_out(*this);
}

void ConnectionState::reject(std::uint64_t code, std::string_view reason) {
  if (connect_ != nullptr) driver_->fail(std::move(connect_), EndpointError::locally_rejected);
  while (!handshake_.empty()) driver_->fail(handshake_.pop(), EndpointError::locally_rejected);
  close_locked(code, reason);
}

bool ConnectionState::cancel_connect(std::uint64_t operation) {
  if (connect_ == nullptr || connect_->id() != operation) return false;
  driver_->fail(std::move(connect_), asio::error::operation_aborted);
  close_locked(0, {});
  return true;
}

void ConnectionState::on_stream_event(const quic::StreamEvent& event) {
  using Kind = quic::StreamEvent::Kind;
  switch (event.kind) {
    case Kind::opened:
      return accept_pending(event.dir);
    case Kind::available:
      return open_pending(event.dir);
    case Kind::readable:
      if (const auto found = recvs_.find(event.id.value()); found != recvs_.end()) found->second->on_readable();
      return;
    case Kind::writable:
    case Kind::finished:
    case Kind::stopped:
      break;
  }
  const auto found = sends_.find(event.id.value());
  if (found == sends_.end()) return;
  const auto send = found->second;  // it may remove itself
  if (event.kind == Kind::writable) return send->on_writable();
  if (event.kind == Kind::finished) return send->on_finished();
  send->on_stopped(event.code);
}

void ConnectionState::finish(CloseReason reason) {
  if (reason_) return;
  final_stats_ = to_public(core_->stats());
  final_rtt_ = core_->rtt();
  close_paths();
  // [endpoint.md §3.7] After a close of our own nothing further is delivered.
  if (reason.kind != CloseReason::Kind::locally_closed && was_connected_) keep_arrived();
  core_ = nullptr;
  reason_ = std::move(reason);
  owner_.on_finished(*this);
  if (connect_ != nullptr) driver_->fail(std::move(connect_), error());
  while (!handshake_.empty()) driver_->fail(handshake_.pop(), error());
  for (auto* waiting : {&opening_[0], &opening_[1], &accepting_[0], &accepting_[1]}) {
    while (!waiting->empty()) driver_->fail(waiting->pop(), error());
  }
  progress(reading_datagrams_);
  progress(sending_datagrams_);
  while (!closed_.empty()) wait_closed_locked(closed_.pop());
  while (!weakly_closed_.empty()) wait_closed_locked(weakly_closed_.pop());
  const auto sends = std::exchange(sends_, {});
  for (const auto& [id, send] : sends) send->on_connection_finished();
  const auto recvs = std::exchange(recvs_, {});
  for (const auto& [id, recv] : recvs) recv->on_connection_finished();
}

/// What has arrived stays readable when the core has forgotten the connection. Bounded by the flow control windows.
void ConnectionState::keep_arrived() {
  for (const auto& [id, recv] : recvs_) recv->keep_arrived();
  for (const quic::Dir dir : {quic::Dir::bi, quic::Dir::uni}) {
    for (ReadyStream& stream : arrived_streams_[static_cast<std::size_t>(dir)]) {
      stream.recv = std::make_shared<RecvState>(shared_from_this(), stream.id, stream.is_0rtt);
      stream.recv->keep_arrived();
    }
    while (const auto id = core_->accept_stream(dir)) {
      auto recv = std::make_shared<RecvState>(shared_from_this(), *id, false);
      recv->keep_arrived();
      arrived_streams_[static_cast<std::size_t>(dir)].push_back({*id, std::move(recv), false});
    }
  }
  while (auto datagram = core_->datagrams().receive()) arrived_datagrams_.push_back(*std::move(datagram));
}

// ---- Streams

void ConnectionState::open(quic::Dir dir, std::unique_ptr<StreamOperation> operation) {
  const Driver::Lock lock(*driver_);
  if (is_finished()) return driver_->fail(std::move(operation), error());
  opening(dir).push(std::move(operation));
  open_pending(dir);
}

void ConnectionState::open_pending(quic::Dir dir) {
  bool is_changed = false;
  while (!opening(dir).empty()) {
    const auto id = core_->open_stream(dir);
    is_changed = true;  // a stream, or STREAMS_BLOCKED
    if (!id) break;
    auto operation = opening(dir).pop();
    operation->give(*this, {*id, nullptr, false});
    driver_->finish(std::move(operation));
  }
  if (is_changed) touch();
}

void ConnectionState::accept(quic::Dir dir, std::unique_ptr<StreamOperation> operation) {
  const Driver::Lock lock(*driver_);
  accepting(dir).push(std::move(operation));
  accept_pending(dir);
  if (!is_finished()) return;
  while (!accepting(dir).empty()) driver_->fail(accepting(dir).pop(), error());
}

void ConnectionState::accept_pending(quic::Dir dir) {
  collect_early_streams(dir);
  bool is_changed = false;
  while (!accepting(dir).empty()) {
    auto stream = next_accepted(dir);
    if (!stream) break;
    auto operation = accepting(dir).pop();
    operation->give(*this, *std::move(stream));
    driver_->finish(std::move(operation));
    is_changed = true;
  }
  if (is_changed && !is_finished()) touch();
}

std::optional<ReadyStream> ConnectionState::next_accepted(quic::Dir dir) {
  auto& arrived = arrived_streams_[static_cast<std::size_t>(dir)];
  if (!arrived.empty()) {
    ReadyStream stream = std::move(arrived.front());
    arrived.pop_front();
    return stream;
  }
  if (core_ == nullptr) return std::nullopt;
  const auto id = core_->accept_stream(dir);
  if (!id) return std::nullopt;
  return ReadyStream{*id, nullptr, false};
}

SendStream ConnectionState::make_send(std::shared_ptr<ConnectionHandle> handle, quic::StreamId stream) {
  auto send = std::make_shared<SendState>(shared_from_this(), stream);
  if (!is_finished()) sends_.emplace(stream.value(), send);
  return Internals::make(std::make_shared<SendHandle>(std::move(handle), std::move(send)));
}

RecvStream ConnectionState::make_recv(std::shared_ptr<ConnectionHandle> handle, ReadyStream stream) {
  auto recv = stream.recv != nullptr ? std::move(stream.recv)
                                     : std::make_shared<RecvState>(shared_from_this(), stream.id, stream.is_0rtt);
  if (!is_finished()) recvs_.emplace(stream.id.value(), recv);
  return Internals::make(std::make_shared<RecvHandle>(std::move(handle), std::move(recv)));
}

// ---- Close

void ConnectionState::close(std::uint64_t code, std::string_view reason) {
  const Driver::Lock lock(*driver_);
  close_locked(code, reason);
}

void ConnectionState::drop() {
  // Streams that were never accepted refer to the connection; they must not be what keeps it alive.
  std::array<std::list<ReadyStream>, 2> unaccepted;  // destroyed after the lock is released
  const Driver::Lock lock(*driver_);
  close_locked(0, {});
  unaccepted.swap(arrived_streams_);
}

void ConnectionState::close_locked(std::uint64_t code, std::string_view reason) {
  if (is_finished()) return;
  code = std::min(code, close_code_max);
  core_->close(driver_->now(), code, reason);
  touch();
  finish({.kind = CloseReason::Kind::locally_closed, .code = code, .reason = std::string(reason)});
}

void ConnectionState::wait_closed(std::unique_ptr<Pending<CloseReason>> operation) {
  const Driver::Lock lock(*driver_);
  if (is_finished()) return wait_closed_locked(std::move(operation));
  closed_.push(std::move(operation));
}

void ConnectionState::wait_closed(std::unique_ptr<Pending<ClosedConnection>> operation) {
  const Driver::Lock lock(*driver_);
  if (is_finished()) return wait_closed_locked(std::move(operation));
  weakly_closed_.push(std::move(operation));
}

void ConnectionState::wait_closed_locked(std::unique_ptr<Pending<CloseReason>> operation) {
  operation->complete({}, *reason_);
  driver_->finish(std::move(operation));
}

void ConnectionState::wait_closed_locked(std::unique_ptr<Pending<ClosedConnection>> operation) {
  operation->complete({}, ClosedConnection{*reason_, final_stats_});
  driver_->finish(std::move(operation));
}

void ConnectionState::cancel(std::uint64_t operation) {
  const Driver::Lock lock(*driver_);
  const auto cancel_in = [&](auto& waiting) {
    auto found = waiting.take(operation);
    if (found != nullptr) driver_->fail(std::move(found), asio::error::operation_aborted);
  };
  for (auto* waiting : {&opening_[0], &opening_[1], &accepting_[0], &accepting_[1]}) cancel_in(*waiting);
  cancel_in(reading_datagrams_);
  cancel_in(sending_datagrams_);
  cancel_in(handshake_);
  cancel_in(closed_);
  cancel_in(weakly_closed_);
  cancel_connect(operation);
}

}  // namespace iroh::endpoint
