// SPDX-License-Identifier: MIT OR Apache-2.0
// ConnectionState: datagrams, and what can be asked about a connection.
#include <algorithm>

#include "endpoint/connection_state.hpp"
#include "endpoint/public_types.hpp"

namespace iroh::endpoint {

// ---- Datagrams

Result<void> ConnectionState::send_datagram(Bytes datagram, quic::DatagramSendMode mode) {
  if (is_finished()) return std::unexpected(error());
  if (!has_datagrams_) return std::unexpected(make_error_code(DatagramError::disabled));
  const auto sent = core_->datagrams().send(std::move(datagram), mode);
  if (sent) {
    touch();
    return {};
  }
  switch (sent.error()) {
    case quic::DatagramSendError::unsupported_by_peer:
      return std::unexpected(make_error_code(DatagramError::unsupported_by_peer));
    case quic::DatagramSendError::too_large:
      return std::unexpected(make_error_code(DatagramError::too_large));
    case quic::DatagramSendError::blocked:
      break;
  }
  return std::unexpected(error_code(asio::error::would_block));
}

/// [endpoint.md 65] One that is too large, and nothing is queued.
Result<void> ConnectionState::check_datagrams(std::span<const Bytes> datagrams) const {
  const auto size_max = max_datagram_size_locked();
  if (!size_max) return {};  // the first one says why
  if (std::ranges::all_of(datagrams, [&](const Bytes& datagram) { return datagram.size() <= *size_max; })) return {};
  return std::unexpected(make_error_code(DatagramError::too_large));
}

Result<std::size_t> ConnectionState::send_datagrams(std::span<const Bytes> datagrams) {
  const Driver::Lock lock(*driver_);
  if (const auto checked = check_datagrams(datagrams); !checked) return std::unexpected(checked.error());
  for (const Bytes& datagram : datagrams) {
    const auto sent = send_datagram(datagram, quic::DatagramSendMode::drop_oldest);
    if (!sent) return std::unexpected(sent.error());
  }
  return datagrams.size();
}

std::optional<Bytes> ConnectionState::next_datagram() {
  if (core_ != nullptr) return core_->datagrams().receive();
  if (arrived_datagrams_.empty()) return std::nullopt;
  Bytes datagram = std::move(arrived_datagrams_.front());
  arrived_datagrams_.pop_front();
  return datagram;
}

void ConnectionState::send_datagram_wait(std::unique_ptr<DatagramOperation> operation) {
  const Driver::Lock lock(*driver_);
  sending_datagrams_.push(std::move(operation));
  progress(sending_datagrams_);
}

void ConnectionState::read_datagrams(std::unique_ptr<DatagramOperation> operation) {
  const Driver::Lock lock(*driver_);
  reading_datagrams_.push(std::move(operation));
  progress(reading_datagrams_);
}

void ConnectionState::progress(OperationList<DatagramOperation>& operations) {
  while (!operations.empty()) {
    if (operations.front().progress(*this)) {
      driver_->finish(operations.pop());
    } else if (is_finished()) {
      driver_->fail(operations.pop(), error());
    } else {
      return;
    }
  }
}

std::optional<std::size_t> ConnectionState::max_datagram_size() {
  const Driver::Lock lock(*driver_);
  return max_datagram_size_locked();
}

/// [cases.md C-003] What is announced can be sent: it fits into a packet, and into the buffer.
std::optional<std::size_t> ConnectionState::max_datagram_size_locked() const {
  if (is_finished() || !has_datagrams_) return std::nullopt;
  const auto path_max = core_->max_datagram_size();
  if (!path_max || datagram_send_buffer_ < quic::DatagramQueue::datagram_charge) return std::nullopt;
  return std::min<std::uint64_t>(*path_max, datagram_send_buffer_ - quic::DatagramQueue::datagram_charge);
}

std::size_t ConnectionState::datagram_send_buffer_space() {
  const Driver::Lock lock(*driver_);
  return is_finished() ? 0 : core_->datagrams().send_buffer_space();
}

// ---- Facts

std::optional<CloseReason> ConnectionState::close_reason() {
  const Driver::Lock lock(*driver_);
  return reason_;
}

std::chrono::nanoseconds ConnectionState::rtt() {
  const Driver::Lock lock(*driver_);
  return is_finished() ? final_rtt_ : core_->rtt();
}

ConnectionStats ConnectionState::stats() {
  const Driver::Lock lock(*driver_);
  return is_finished() ? final_stats_ : to_public(core_->stats());
}

Result<std::vector<std::byte>> ConnectionState::export_keying_material(std::string_view label,
                                                                       std::span<const std::byte> context,
                                                                       std::size_t size) {
  const Driver::Lock lock(*driver_);
  if (is_finished()) return std::unexpected(error());
  auto material = core_->export_keying_material(label, context, size);
  if (!material) return std::unexpected(error_code(material.error().description, tls_category()));
  return *std::move(material);
}

}  // namespace iroh::endpoint
