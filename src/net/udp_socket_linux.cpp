// SPDX-License-Identifier: MIT OR Apache-2.0
#include "net/udp_socket_linux.hpp"

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <utility>

#include "net/handler_slot.hpp"
#include "net/udp_options.hpp"
#include "net/udp_receiver.hpp"
#include "net/udp_sender.hpp"

namespace iroh::net {
namespace {

using boost::asio::posix::stream_descriptor;

/// What waits in the event loop refers to, so that it may outlive the socket.
struct SocketState {
  SocketState(const boost::asio::any_io_executor& executor, OpenUdpSocket opened, std::shared_ptr<SlabPool> pool,
              const UdpSyscalls& syscalls)
      : fd(opened.fd.release()),
        descriptor(executor, fd),
        receiver(syscalls, std::move(pool)),
        sender(syscalls, opened.options) {}

  bool is_open() const { return fd >= 0; }

  int fd;
  stream_descriptor descriptor;  // owns fd
  UdpReceiver receiver;
  UdpSender sender;
  struct Waiting {
    HandlerSlot slot;
    bool is_pending = false;
  };
  std::array<Waiting, 2> waits;  // by Wait
  bool is_flush_pending = false;
};

stream_descriptor::wait_type wait_type_of(Wait direction) {
  return direction == Wait::readable ? stream_descriptor::wait_read : stream_descriptor::wait_write;
}

// A pending wait serves whichever handler is there when it ends; close() has emptied the place by then.
void start_wait(const std::shared_ptr<SocketState>& state, Wait direction) {
  auto& waiting = state->waits[static_cast<std::size_t>(direction)];
  if (std::exchange(waiting.is_pending, true)) return;
  SlotHold hold(std::shared_ptr<HandlerSlot>(state, &waiting.slot));
  state->descriptor.async_wait(wait_type_of(direction),
                               [&waiting, hold = std::move(hold)](const error_code& error) mutable {
                                 const auto slot = hold.take();  // keeps the state alive as well
                                 waiting.is_pending = false;
                                 if (!error) slot->call();
                               });
}

// The rest of a batch goes out as soon as there is room, whether or not the owner sends again.
void start_flush(const std::shared_ptr<SocketState>& state) {
  if (!state->sender.has_backlog() || std::exchange(state->is_flush_pending, true)) return;
  state->descriptor.async_wait(stream_descriptor::wait_write, [state](const error_code& error) {
    state->is_flush_pending = false;
    if (error || !state->is_open()) return;
    if (!state->sender.flush(state->fd)) start_flush(state);
  });
}

class LinuxUdpSocket final : public UdpSocket {
 public:
  LinuxUdpSocket(const boost::asio::any_io_executor& executor, OpenUdpSocket opened, std::shared_ptr<SlabPool> pool,
                 const UdpSyscalls& syscalls)
      : local_(opened.local),
        may_fragment_(opened.may_fragment),
        receive_buffer_bytes_(opened.receive_buffer_bytes),
        send_buffer_bytes_(opened.send_buffer_bytes),
        state_(std::make_shared<SocketState>(executor, std::move(opened), std::move(pool), syscalls)) {}
  ~LinuxUdpSocket() override { LinuxUdpSocket::close(); }

  SocketAddr local_addr() const override { return local_; }

  std::size_t receive(std::span<ReceivedBatch> out) override {
    return state_->is_open() ? state_->receiver.receive(state_->fd, out) : 0;
  }

  SendStatus send(const SendBatch& batch) override {
    if (!state_->is_open()) return SendStatus::sent;
    const SendStatus status = state_->sender.send(state_->fd, batch);
    start_flush(state_);
    return status;
  }

  void async_wait(Wait direction, std::move_only_function<void()> handler) override {
    if (!state_->is_open()) return;
    const auto state = state_;  // a replaced handler may own this socket
    const auto replaced =
        std::exchange(state->waits[static_cast<std::size_t>(direction)].slot.handler, std::move(handler));
    start_wait(state, direction);
  }

  std::size_t max_segments() const override { return state_->sender.max_segments(); }
  bool may_fragment() const override { return may_fragment_; }
  UdpSocketStats stats() const override;
  bool can_trim() const override { return state_->receiver.holds_slabs(); }
  void trim() override { state_->receiver.release_slabs(); }

  void close() override {
    if (!state_->is_open()) return;
    const auto state = state_;  // a dropped handler may own this socket
    state->fd = -1;
    error_code ignored;
    state->descriptor.close(ignored);
    for (auto& waiting : state->waits) waiting.slot.drop();
  }

 private:
  SocketAddr local_;
  bool may_fragment_;
  std::size_t receive_buffer_bytes_;
  std::size_t send_buffer_bytes_;
  std::shared_ptr<SocketState> state_;
};

UdpSocketStats LinuxUdpSocket::stats() const {
  const UdpReceiver& in = state_->receiver;
  const UdpSender& out = state_->sender;
  return {.receive_calls = in.calls,
          .received_batches = in.batches,
          .received_datagrams = in.datagrams,
          .received_bytes = in.bytes,
          .receive_errors = in.errors,
          .kernel_drops = in.kernel_drops,
          .send_calls = out.calls,
          .sent_datagrams = out.sent_datagrams,
          .sent_bytes = out.sent_bytes,
          .send_errors = out.errors,
          .receive_buffer_bytes = receive_buffer_bytes_,
          .send_buffer_bytes = send_buffer_bytes_};
}

}  // namespace

Result<std::unique_ptr<UdpSocket>> make_linux_udp_socket(const boost::asio::any_io_executor& executor,
                                                         const SocketAddr& local, std::shared_ptr<SlabPool> pool,
                                                         const UdpSocketOptions& options, const UdpSyscalls& syscalls) {
  auto opened = open_udp_socket(local, options);
  if (!opened) return std::unexpected(opened.error());
  return std::make_unique<LinuxUdpSocket>(executor, *std::move(opened), std::move(pool), syscalls);
}

}  // namespace iroh::net
