// SPDX-License-Identifier: MIT OR Apache-2.0
#include "net/udp_receiver.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "net/system_address.hpp"

namespace iroh::net {
namespace {

// Calls per receive() that may bring nothing usable. Each clears one pending ICMP error or eats empty datagrams, both
// of which anybody can send: without the bound a flood would hold the executor's turn.
constexpr int fruitless_calls_max = 8;

// Errors that an ICMP message from anywhere can cause; they say nothing about this socket.
bool is_of_the_network(int error) {
  return error == ECONNREFUSED || error == ECONNRESET || error == EHOSTUNREACH || error == ENETUNREACH ||
         error == EMSGSIZE || error == EPROTO;
}

}  // namespace

UdpReceiver::~UdpReceiver() {
  release_slabs();
}

void UdpReceiver::release_slabs() noexcept {
  for (Slab*& slab : slabs_) {
    if (slab != nullptr) std::exchange(slab, nullptr)->release();
  }
  holds_slabs_ = false;
}

std::size_t UdpReceiver::receive(int fd, std::span<ReceivedBatch> out) {
  const std::size_t wanted = std::min(out.size(), receive_batches_max);
  if (wanted == 0) return 0;
  for (int attempt = 0; attempt < fruitless_calls_max; ++attempt) {
    arm_slots(wanted);
    const int received = read_messages(fd, wanted);
    if (received < 0) {
      if (errno == EINTR || is_of_the_network(errno)) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) ++errors;
      return 0;
    }
    ++calls;
    std::size_t filled = 0;
    for (std::size_t slot = 0; slot < static_cast<std::size_t>(received); ++slot) {
      if (take_over(slot, out[filled])) ++filled;
    }
    if (filled > 0) return filled;
  }
  return 0;
}

void UdpReceiver::arm_slots(std::size_t count) {
  holds_slabs_ = true;
  for (std::size_t i = 0; i < count; ++i) {
    if (slabs_[i] == nullptr) slabs_[i] = pool_->take();
    views_[i] = {slabs_[i]->bytes().data(), slab_bytes};
    messages_[i].msg_len = 0;
    msghdr& header = messages_[i].msg_hdr;
    header.msg_name = &remotes_[i];
    header.msg_namelen = sizeof remotes_[i];
    header.msg_iov = &views_[i];
    header.msg_iovlen = 1;
    header.msg_control = controls_[i].bytes;
    header.msg_controllen = sizeof controls_[i].bytes;
    header.msg_flags = 0;
  }
}

int UdpReceiver::read_messages(int fd, std::size_t count) {
  if (has_recvmmsg_) {
    const int received = syscalls_.recvmmsg(fd, messages_.data(), static_cast<unsigned>(count), MSG_DONTWAIT, nullptr);
    if (received >= 0 || errno != ENOSYS) return received;
    has_recvmmsg_ = false;
  }
  return read_messages_singly(fd, count);
}

int UdpReceiver::read_messages_singly(int fd, std::size_t count) {
  int received = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const ssize_t size = syscalls_.recvmsg(fd, &messages_[i].msg_hdr, MSG_DONTWAIT);
    if (size < 0) return received > 0 ? received : -1;
    messages_[i].msg_len = static_cast<unsigned>(size);
    ++received;
  }
  return received;
}

// Moves one message out of its slot. False for what QUIC has no use for: then the slot stays armed.
bool UdpReceiver::take_over(std::size_t slot, ReceivedBatch& out) {
  const msghdr& header = messages_[slot].msg_hdr;
  const std::size_t size = messages_[slot].msg_len;
  const ReceiveControl control = parse_control(header);
  if (control.drop_count) note_drop_count(*control.drop_count);
  const auto remote = from_system(remotes_[slot]);
  if (size == 0 || (header.msg_flags & MSG_TRUNC) != 0 || !remote) return false;

  const bool is_train = control.segment_size > 0 && control.segment_size < size;
  out.remote = *remote;
  out.local = control.local;
  out.ecn = control.ecn;
  out.payload = slabs_[slot]->bytes().first(size);
  out.segment_size = is_train ? control.segment_size : size;
  out.buffer = SharedBufferRef::adopt(std::exchange(slabs_[slot], nullptr));
  ++batches;
  datagrams += (size + out.segment_size - 1) / out.segment_size;
  bytes += size;
  return true;
}

// The kernel's counter is 32 bits wide and wraps.
void UdpReceiver::note_drop_count(std::uint32_t count) {
  kernel_drops += static_cast<std::uint32_t>(count - drop_count_);
  drop_count_ = count;
}

}  // namespace iroh::net
