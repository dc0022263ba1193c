// SPDX-License-Identifier: MIT OR Apache-2.0
#include "net/udp_sender.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/assert.hpp"
#include "net/system_address.hpp"

namespace iroh::net {
namespace {

bool is_would_block(int error) {
  return error == EAGAIN || error == EWOULDBLOCK;
}

// What drivers and kernels answer to a control message they cannot follow: EIO for segmentation without checksum
// offload, EINVAL for anything, the others for a source address that has gone.
bool is_refusal(int error) {
  return error == EIO || error == EINVAL || error == EADDRNOTAVAIL || error == ENETUNREACH;
}

SendBatch part_of(const SendBatch& batch, std::size_t offset, std::size_t size) {
  SendBatch part = batch;
  part.payload = batch.payload.subspan(offset, size);
  return part;
}

std::size_t segments_in(const SendBatch& batch) {
  return (batch.payload.size() + batch.segment_size - 1) / batch.segment_size;
}

// The system's interface takes pointers to non-const data that it only reads.
iovec view_of(std::span<const std::byte> bytes) {
  return {const_cast<std::byte*>(bytes.data()), bytes.size()};
}

}  // namespace

SendStatus UdpSender::send(int fd, const SendBatch& batch) {
  if (batch.payload.empty()) return SendStatus::sent;
  IROH_ASSERT(batch.segment_size > 0);
  if (!flush(fd)) return SendStatus::would_block;
  const std::size_t done = send_until_blocked(fd, batch);
  if (done == 0) return SendStatus::would_block;
  if (done < batch.payload.size()) keep(batch, done);
  return SendStatus::sent;
}

bool UdpSender::flush(int fd) {
  if (!has_backlog()) return true;
  const SendBatch rest{backlog_.remote, backlog_.local, backlog_.ecn,
                       std::span<const std::byte>(backlog_.bytes).subspan(backlog_.done), backlog_.segment_size};
  backlog_.done += send_until_blocked(fd, rest);
  if (backlog_.done < backlog_.bytes.size()) return false;
  backlog_.bytes.clear();
  return true;
}

void UdpSender::keep(const SendBatch& batch, std::size_t done) {
  backlog_.remote = batch.remote;
  backlog_.local = batch.local;
  backlog_.ecn = batch.ecn;
  backlog_.segment_size = batch.segment_size;
  backlog_.bytes.assign(batch.payload.begin() + static_cast<std::ptrdiff_t>(done), batch.payload.end());
  backlog_.done = 0;
}

// Returns the bytes that are dealt with: sent, or swallowed as a loss.
std::size_t UdpSender::send_until_blocked(int fd, const SendBatch& batch) {
  std::size_t done = 0;
  while (done < batch.payload.size()) {
    const auto step = send_some(fd, part_of(batch, done, batch.payload.size() - done));
    if (!step) break;
    done += *step;
  }
  return done;
}

std::optional<std::size_t> UdpSender::send_some(int fd, const SendBatch& batch) {
  if (batch.payload.size() > batch.segment_size) {
    return has_gso_ ? send_train(fd, batch) : send_one_by_one(fd, batch);
  }
  return settle_single(fd, batch);
}

std::optional<std::size_t> UdpSender::send_train(int fd, const SendBatch& batch) {
  const std::size_t segments = std::clamp<std::size_t>(train_bytes_max / batch.segment_size, 1, train_segments_max);
  const auto train = part_of(batch, 0, std::min(batch.payload.size(), segments * batch.segment_size));
  SendControl control = control_for(batch);
  if (train.payload.size() > batch.segment_size) control.segment_size = batch.segment_size;
  const int error = transmit(fd, train, control);
  if (error == 0) {
    count_sent(segments_in(train), train.payload.size());
    return train.payload.size();
  }
  if (is_would_block(error)) return std::nullopt;
  return after_refused_train(fd, train, error);
}

// [cases.md C-004] Which part of the message was refused? The first datagram, sent alone, tells: if it goes out with
// the same mark and source address, then it was segmentation. The caller goes on with the rest in the way that is left.
std::optional<std::size_t> UdpSender::after_refused_train(int fd, const SendBatch& train, int error) {
  const auto first = part_of(train, 0, std::min(train.segment_size, train.payload.size()));
  if (is_refusal(error)) {
    switch (send_single(fd, first)) {
      case Single::sent_as_asked:
        if (error == EIO || error == EINVAL) has_gso_ = false;
        return first.payload.size();
      case Single::sent_with_less:
        return first.payload.size();
      case Single::would_block:
        return std::nullopt;
      case Single::failed:
        break;  // then the others of its train would fail as well
    }
  }
  errors += segments_in(train);
  return train.payload.size();
}

std::optional<std::size_t> UdpSender::send_one_by_one(int fd, const SendBatch& batch) {
  const std::size_t count = std::min(segments_in(batch), train_segments_max);
  SystemAddress remote(batch.remote);
  SendControlBuffer control(control_for(batch), batch.remote.is_v6());
  std::array<iovec, train_segments_max> views;
  std::array<mmsghdr, train_segments_max> messages;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t offset = i * batch.segment_size;
    views[i] = view_of(batch.payload.subspan(offset, std::min(batch.segment_size, batch.payload.size() - offset)));
    messages[i] = {};
    messages[i].msg_hdr.msg_name = &remote.storage;
    messages[i].msg_hdr.msg_namelen = remote.size;
    messages[i].msg_hdr.msg_iov = &views[i];
    messages[i].msg_hdr.msg_iovlen = 1;
    control.attach_to(messages[i].msg_hdr);
  }
  ++calls;
  const int sent = syscalls_.sendmmsg(fd, messages.data(), static_cast<unsigned>(count), MSG_DONTWAIT);
  if (sent > 0) {
    const std::size_t bytes = std::min(static_cast<std::size_t>(sent) * batch.segment_size, batch.payload.size());
    count_sent(static_cast<std::size_t>(sent), bytes);
    return bytes;
  }
  // An error belongs to the first datagram; sent alone it finds out what is wrong. A kernel without sendmmsg comes here
  // for every datagram.
  return settle_single(fd, part_of(batch, 0, views[0].iov_len));
}

std::optional<std::size_t> UdpSender::settle_single(int fd, const SendBatch& datagram) {
  const Single outcome = send_single(fd, datagram);
  if (outcome == Single::would_block) return std::nullopt;
  if (outcome == Single::failed) ++errors;
  return datagram.payload.size();
}

UdpSender::Single UdpSender::send_single(int fd, const SendBatch& datagram) {
  const SendControl asked = control_for(datagram);
  const int error = transmit(fd, datagram, asked);
  if (error == 0) {
    count_sent(1, datagram.payload.size());
    return Single::sent_as_asked;
  }
  if (is_would_block(error)) return Single::would_block;
  return send_with_less(fd, datagram, asked, error);
}

// Leaves out the mark, then the source address, then both. Only what is proven guilty by a success is remembered.
UdpSender::Single UdpSender::send_with_less(int fd, const SendBatch& datagram, const SendControl& asked, int error) {
  SendControl without_ecn = asked;
  without_ecn.ecn = 0;
  SendControl without_local = asked;
  without_local.local.reset();
  for (const SendControl& less : {without_ecn, without_local, SendControl{}}) {
    if (!is_refusal(error)) break;
    if (less == asked) continue;
    error = transmit(fd, datagram, less);
    if (is_would_block(error)) return Single::would_block;
    if (error != 0) continue;
    if (less.ecn != asked.ecn) has_ecn_ = false;
    if (less.local != asked.local) refused_local_ = asked.local;
    count_sent(1, datagram.payload.size());
    return Single::sent_with_less;
  }
  return Single::failed;
}

SendControl UdpSender::control_for(const SendBatch& batch) const {
  SendControl control;
  if (has_ecn_) control.ecn = batch.ecn;
  if (has_pktinfo_ && batch.local != refused_local_) control.local = batch.local;
  return control;
}

int UdpSender::transmit(int fd, const SendBatch& batch, const SendControl& control) {
  SystemAddress remote(batch.remote);
  SendControlBuffer encoded(control, batch.remote.is_v6());
  iovec view = view_of(batch.payload);
  msghdr message{};
  message.msg_name = &remote.storage;
  message.msg_namelen = remote.size;
  message.msg_iov = &view;
  message.msg_iovlen = 1;
  encoded.attach_to(message);
  for (;;) {
    ++calls;
    if (syscalls_.sendmsg(fd, &message, MSG_DONTWAIT) >= 0) return 0;
    if (errno != EINTR) return errno;
  }
}

void UdpSender::count_sent(std::size_t datagrams, std::size_t bytes) {
  sent_datagrams += datagrams;
  sent_bytes += bytes;
}

}  // namespace iroh::net
