// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tests/sim/sim_socket.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cstring>
#include <utility>

#include "base/assert.hpp"
#include "net/slab_pool.hpp"
#include "tests/sim/host.hpp"
#include "tests/sim/world.hpp"

namespace iroh::sim {

using net::ReceivedBatch;
using net::SendBatch;
using net::SendStatus;
using net::Wait;

SimSocket::SimSocket(Host& host, boost::asio::any_io_executor executor)
    : host_(host), executor_(std::move(executor)), waits_{std::make_shared<Waiting>(), std::make_shared<Waiting>()} {}

Result<void> SimSocket::bind(const SocketAddr& wanted) {
  const auto bound = host_.bind(*this, wanted);
  if (!bound) return std::unexpected(bound.error());
  local_ = *bound;
  is_open_ = true;
  stats_.receive_buffer_bytes = host_.config().receive_buffer_bytes;
  return {};
}

void SimSocket::close() {
  if (!std::exchange(is_open_, false)) return;
  host_.unbind(*this);
  queue_.clear();
  drop_waiting_handlers();
}

void SimSocket::drop_waiting_handlers() {
  const auto waits = waits_;  // a handler may own this socket
  for (const auto& waiting : waits) waiting->drop();
}

std::size_t SimSocket::max_segments() const {
  return std::clamp<std::size_t>(host_.config().max_segments, 1, net::train_segments_max);
}

SendStatus SimSocket::send(const SendBatch& batch) {
  if (!is_open_ || batch.payload.empty()) return SendStatus::sent;
  if (host_.is_sending_blocked()) return SendStatus::would_block;
  IROH_ASSERT(batch.segment_size > 0);
  ++stats_.send_calls;
  const SocketAddr source(source_for(batch), local_.port());
  const std::uint8_t ecn = host_.config().has_ecn ? batch.ecn : net::ecn_not_ect;
  for (std::size_t at = 0; at < batch.payload.size(); at += batch.segment_size) {
    const auto part = batch.payload.subspan(at, std::min(batch.segment_size, batch.payload.size() - at));
    if (batch.remote.is_v4() != local_.is_v4()) {
      ++stats_.send_errors;
      continue;
    }
    ++stats_.sent_datagrams;
    stats_.sent_bytes += part.size();
    host_.transmit({source, batch.remote, ecn, {part.begin(), part.end()}});
  }
  return SendStatus::sent;
}

// A source address that the host does not have is left out, as the real socket does.
IpAddr SimSocket::source_for(const SendBatch& batch) const {
  return batch.local && host_.accepts(*batch.local) ? *batch.local : local_.ip();
}

bool SimSocket::has_room_for(const Packet& packet) const {
  return queued_bytes_ + packet.payload.size() <= host_.config().receive_buffer_bytes;
}

void SimSocket::deliver(Packet packet) {
  if (!has_room_for(packet)) {
    ++stats_.kernel_drops;
    return;
  }
  if (packet.payload.empty()) return;
  queued_bytes_ += packet.payload.size();
  queue_.push_back(std::move(packet));
  post_if_ready(Wait::readable);
}

std::size_t SimSocket::receive(std::span<ReceivedBatch> out) {
  std::size_t filled = 0;
  while (filled < std::min(out.size(), net::receive_batches_max) && !queue_.empty()) out[filled++] = take_train();
  if (filled > 0) ++stats_.receive_calls;
  return filled;
}

ReceivedBatch SimSocket::take_train() {
  const HostConfig& config = host_.config();
  net::Slab* slab = host_.world().slabs()->take();
  ReceivedBatch batch;
  batch.buffer = SharedBufferRef::adopt(slab);
  const Packet first = take_front();
  batch.remote = first.source;
  if (config.reports_local_address) batch.local = first.destination.ip();
  batch.ecn = config.has_ecn ? first.ecn : net::ecn_not_ect;
  batch.segment_size = first.payload.size();

  std::memcpy(slab->bytes().data(), first.payload.data(), first.payload.size());
  std::size_t bytes = first.payload.size();
  bool is_complete = !config.coalesces;
  while (!is_complete && !queue_.empty() && joins(queue_.front(), first, bytes)) {
    const Packet next = take_front();
    std::memcpy(slab->bytes().data() + bytes, next.payload.data(), next.payload.size());
    bytes += next.payload.size();
    is_complete = next.payload.size() < batch.segment_size;  // a shorter one ends the train
  }
  batch.payload = slab->bytes().first(bytes);
  ++stats_.received_batches;
  return batch;
}

Packet SimSocket::take_front() {
  Packet packet = std::move(queue_.front());
  queue_.pop_front();
  queued_bytes_ -= packet.payload.size();
  ++stats_.received_datagrams;
  stats_.received_bytes += packet.payload.size();
  return packet;
}

// [performance.md §7] Equal addresses and mark, no longer than the first, and within the limits of one train.
bool SimSocket::joins(const Packet& packet, const Packet& first, std::size_t joined_bytes) const {
  const std::size_t size = first.payload.size();
  return packet.source == first.source && packet.destination == first.destination && packet.ecn == first.ecn &&
         packet.payload.size() <= size && joined_bytes + packet.payload.size() <= net::train_bytes_max &&
         joined_bytes / size < net::train_segments_max;
}

bool SimSocket::is_ready(Wait direction) const {
  return direction == Wait::readable ? !queue_.empty() : !host_.is_sending_blocked();
}

void SimSocket::async_wait(Wait direction, std::move_only_function<void()> handler) {
  if (!is_open_) return;
  const auto waiting = waits_[static_cast<std::size_t>(direction)];
  const auto replaced = std::exchange(waiting->handler, std::move(handler));
  post_if_ready(direction);
}

void SimSocket::became_writable() {
  post_if_ready(Wait::writable);
}

void SimSocket::post_if_ready(Wait direction) {
  const auto& waiting = waits_[static_cast<std::size_t>(direction)];
  if (!waiting->handler || waiting->is_posted || !is_ready(direction)) return;
  waiting->is_posted = true;
  boost::asio::post(executor_, [waiting, hold = net::SlotHold(waiting)]() mutable {
    const auto slot = hold.take();
    waiting->is_posted = false;
    slot->call();
  });
}

}  // namespace iroh::sim
