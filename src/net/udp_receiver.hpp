// SPDX-License-Identifier: MIT OR Apache-2.0
// Receives trains of datagrams into pooled slabs, several per system call. [performance.md 2.2]
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "net/slab_pool.hpp"
#include "net/udp_control.hpp"
#include "net/udp_socket.hpp"
#include "net/udp_syscalls.hpp"

namespace iroh::net {

class UdpReceiver {
 public:
  UdpReceiver(const UdpSyscalls& syscalls, std::shared_ptr<SlabPool> pool)
      : syscalls_(syscalls), pool_(std::move(pool)) {}
  UdpReceiver(const UdpReceiver&) = delete;
  UdpReceiver& operator=(const UdpReceiver&) = delete;
  ~UdpReceiver();

  std::size_t receive(int fd, std::span<ReceivedBatch> out);
  bool holds_slabs() const noexcept { return holds_slabs_; }
  /// To the pool; the next receive() takes others.
  void release_slabs() noexcept;

  std::uint64_t calls = 0;
  std::uint64_t batches = 0;
  std::uint64_t datagrams = 0;
  std::uint64_t bytes = 0;
  std::uint64_t errors = 0;
  std::uint64_t kernel_drops = 0;

 private:
  void arm_slots(std::size_t count);
  int read_messages(int fd, std::size_t count);
  int read_messages_singly(int fd, std::size_t count);
  bool take_over(std::size_t slot, ReceivedBatch& out);
  void note_drop_count(std::uint32_t count);

  UdpSyscalls syscalls_;
  std::shared_ptr<SlabPool> pool_;
  bool has_recvmmsg_ = true;
  bool holds_slabs_ = false;
  std::uint32_t drop_count_ = 0;
  // One slab per message of a call; those not used stay armed for the next one.
  std::array<Slab*, receive_batches_max> slabs_{};
  std::array<mmsghdr, receive_batches_max> messages_{};
  std::array<iovec, receive_batches_max> views_{};
  std::array<sockaddr_storage, receive_batches_max> remotes_{};
  struct alignas(cmsghdr) ControlSpace {
    std::byte bytes[ReceiveControl::buffer_bytes];
  };
  std::array<ControlSpace, receive_batches_max> controls_{};
};

}  // namespace iroh::net
