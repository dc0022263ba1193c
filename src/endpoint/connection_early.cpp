// SPDX-License-Identifier: MIT OR Apache-2.0
// ConnectionState: who the peer is, and what can be done before that is known. [endpoint.md §3.6]
#include <utility>

#include "base/assert.hpp"
#include "endpoint/connection_state.hpp"
#include "endpoint/recv_state.hpp"
#include "endpoint/send_state.hpp"

namespace iroh::endpoint {

// ---- Identity

const EndpointId& ConnectionState::remote_id() const noexcept {
  IROH_ASSERT(side_ == quic::Side::client || is_identified());
  return *remote_id_;
}

std::optional<EndpointId> ConnectionState::remote_id_if_known() const noexcept {
  // A client has known it from the start.
  if (side_ == quic::Side::client || is_identified()) return remote_id_;
  return std::nullopt;
}

const std::string& ConnectionState::alpn() const noexcept {
  static const std::string unknown;
  return is_identified() ? alpn_ : unknown;
}

// ---- To the application

void ConnectionState::give_out_early() {
  is_given_out_ = true;
  auto handle = std::make_shared<ConnectionHandle>(shared_from_this());
  given_out_ = handle;
  connect_->complete({}, Internals::make(std::move(handle)));
  driver_->finish(std::move(connect_));
}

std::shared_ptr<ConnectionHandle> ConnectionState::handle() {
  if (is_given_out_) return given_out_.lock();
  auto handle = std::make_shared<ConnectionHandle>(shared_from_this());
  given_out_ = handle;
  return handle;
}

void ConnectionState::complete_handshake() {
  is_handshake_complete_ = true;
  if (connect_ != nullptr) {
    auto handle = given_out_.lock();
    if (handle == nullptr) handle = std::make_shared<ConnectionHandle>(shared_from_this());
    connect_->complete({}, Internals::make(std::move(handle)));
    driver_->finish(std::move(connect_));
  }
  while (!handshake_.empty()) {
    auto operation = handshake_.pop();
    operation->complete({}, early_result());
    driver_->finish(std::move(operation));
  }
}

/// The core offers early data with every ticket; without an early connection there was none.
EarlyData ConnectionState::early_result() const noexcept {
  return side_ == quic::Side::client && !is_given_out_ ? EarlyData::none : early_data_;
}

void ConnectionState::wait_handshake(std::unique_ptr<Pending<EarlyData>> operation) {
  const Driver::Lock lock(*driver_);
  if (is_handshake_complete_) {
    operation->complete({}, early_result());
    return driver_->finish(std::move(operation));
  }
  if (is_finished()) return driver_->fail(std::move(operation), error());
  handshake_.push(std::move(operation));
}

bool ConnectionState::is_handshake_complete() {
  const Driver::Lock lock(*driver_);
  return is_handshake_complete_;
}

// ---- Early data

/// [endpoint.md §3.6], [cases.md C-005] The core has forgotten the streams, and will use their ids again.
void ConnectionState::on_early_data_rejected() {
  early_data_ = EarlyData::rejected;
  const auto sends = std::exchange(sends_, {});
  for (const auto& [id, send] : sends) send->on_early_data_rejected();
  const auto recvs = std::exchange(recvs_, {});
  for (const auto& [id, recv] : recvs) recv->on_early_data_rejected();
}

/// What a client opens before its handshake is complete came in early data; later nobody could tell. Bounded by the
/// number of streams that it may have open.
void ConnectionState::collect_early_streams(quic::Dir dir) {
  if (was_connected_ || core_ == nullptr || core_->early_data() != quic::EarlyData::accepted ||
      side_ == quic::Side::client)
    return;
  while (const auto id = core_->accept_stream(dir)) {
    arrived_streams_[static_cast<std::size_t>(dir)].push_back({*id, nullptr, true});
  }
}

}  // namespace iroh::endpoint
