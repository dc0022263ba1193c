// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/datagram/datagram_queue.hpp"

#include <algorithm>
#include <utility>

#include "base/byte_writer.hpp"
#include "quic/frame/datagram_frame.hpp"
#include "quic/frame/frame_type.hpp"
#include "quic/stream/chunk.hpp"

namespace iroh::quic {

void DatagramQueue::Fifo::push(Item item) {
  charge += charge_of(item.data.size());
  items.push_back(std::move(item));
}

DatagramQueue::Item DatagramQueue::Fifo::pop() {
  Item item = std::move(items[head++]);
  charge -= charge_of(item.data.size());
  if (is_empty()) {
    items.clear();
    head = 0;
  } else if (head >= 32 && 2 * head >= items.size()) {
    items.erase(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(head));
    head = 0;
  }
  return item;
}

Bytes DatagramQueue::pop_incoming() {
  Item item = incoming_.pop();
  if (item.is_counted) budget_->release(item.data.owner().get(), item.data.size());
  return std::move(item.data);
}

std::uint64_t DatagramQueue::max_frame_size_to_advertise() const noexcept {
  return std::min<std::uint64_t>(config_.receive_buffer, 65535);
}

std::size_t DatagramQueue::payload_size_max(std::size_t frame_size) noexcept {
  // The length takes 1 to 4 bytes; the largest payload may leave one byte unused.
  for (const std::size_t overhead : {2u, 3u, 5u}) {
    if (frame_size < overhead) return 0;
    const std::size_t payload = frame_size - overhead;
    if (datagram_header_size(payload) <= overhead) return payload;
    // Between two sizes of the length field: the largest payload with the shorter one.
    const std::size_t shorter_max = overhead == 2 ? 63 : 16383;
    if (datagram_header_size(shorter_max + 1) + shorter_max + 1 > frame_size) return shorter_max;
  }
  return frame_size - 5;
}

void DatagramQueue::set_max_size(std::optional<std::size_t> max_size) {
  if (max_size == max_size_) return;
  const bool has_shrunk = max_size.value_or(0) < max_size_.value_or(0);
  max_size_ = max_size;
  if (!has_shrunk || outgoing_.is_empty()) return;
  Fifo kept;
  while (!outgoing_.is_empty()) {
    Item item = outgoing_.pop();
    if (max_size && item.data.size() <= *max_size) kept.push(std::move(item));
  }
  outgoing_ = std::move(kept);
  unblock();
}

std::expected<void, DatagramSendError> DatagramQueue::send(Bytes data, DatagramSendMode mode) {
  release_written();
  if (!max_size_) return std::unexpected(DatagramSendError::unsupported_by_peer);
  const std::size_t charge = charge_of(data.size());
  if (data.size() > *max_size_ || charge > config_.send_buffer) return std::unexpected(DatagramSendError::too_large);
  if (mode == DatagramSendMode::wait && outgoing_.charge + charge > config_.send_buffer) {
    is_blocked_ = true;
    return std::unexpected(DatagramSendError::blocked);
  }
  while (outgoing_.charge + charge > config_.send_buffer) outgoing_.pop();
  outgoing_.push({std::move(data)});
  return {};
}

std::size_t DatagramQueue::send_many(std::span<Bytes> datagrams, DatagramSendMode mode) {
  std::size_t count = 0;
  for (Bytes& data : datagrams) {
    Bytes kept = data;  // a refused one stays with the caller
    if (!send(std::move(kept), mode)) break;
    data = Bytes();
    ++count;
  }
  return count;
}

std::size_t DatagramQueue::receive_many(std::vector<Bytes>& out, std::size_t max) {
  std::size_t count = 0;
  for (; count < max && !incoming_.is_empty(); ++count) out.push_back(pop_incoming());
  return count;
}

std::optional<Bytes> DatagramQueue::receive() {
  if (incoming_.is_empty()) return std::nullopt;
  return pop_incoming();
}

std::size_t DatagramQueue::send_buffer_space() const noexcept {
  const std::size_t used = outgoing_.charge + datagram_charge;
  return used < config_.send_buffer ? config_.send_buffer - used : 0;
}

std::optional<DatagramEvent> DatagramQueue::poll_event() noexcept {
  if (std::exchange(is_readable_pending_, false)) return DatagramEvent::readable;
  if (std::exchange(is_unblocked_pending_, false)) return DatagramEvent::unblocked;
  return std::nullopt;
}

TransportResult<void> DatagramQueue::on_datagram(Bytes data) {
  const std::size_t charge = charge_of(data.size());
  // [RFC 9221 §3], [quic.md §3.5]
  if (charge > config_.receive_buffer) {
    return transport_error(ErrorCode::protocol_violation, "DATAGRAM not accepted, or not that large",
                           to_u64(FrameType::datagram));
  }
  // [quic.md 19] The newest are worth most.
  while (incoming_.charge + charge > config_.receive_buffer || incoming_.count() >= incoming_max) {
    static_cast<void>(pop_incoming());
    ++received_dropped_;
  }
  const bool is_kept = data.size() >= pinning_slice_size_min && (budget_ == nullptr || budget_->keep(data));
  if (!is_kept) data = Bytes::copy_of(data.span());
  incoming_.push({std::move(data), is_kept && budget_ != nullptr});
  is_readable_pending_ = true;
  return {};
}

std::size_t DatagramQueue::next_frame_size() const noexcept {
  if (!can_send()) return 0;
  const std::size_t size = outgoing_.items[outgoing_.head].data.size();
  return datagram_header_size(size) + size;
}

void DatagramQueue::write(PacketWriter& packet) {
  while (can_send() && next_frame_size() <= packet.remaining()) {
    Bytes data = outgoing_.pop().data;
    base::ByteWriter writer(packet.reserve(datagram_header_size(data.size())));
    encode_datagram_header(writer, data.size());
    packet.append_external(data.span());
    packet.record({.kind = SentFrame::Kind::datagram, .offset = data.size()});
    packet.set_ack_eliciting();
    packet.set_non_probing();
    if (!data.empty()) written_.push_back(std::move(data));
    unblock();
  }
}

void DatagramQueue::unblock() noexcept {
  if (std::exchange(is_blocked_, false)) is_unblocked_pending_ = true;
}

}  // namespace iroh::quic
