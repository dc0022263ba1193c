// SPDX-License-Identifier: MIT OR Apache-2.0
// The sender against a kernel of our own that refuses what a test tells it to.
#include "net/udp_sender.hpp"

#include <gtest/gtest.h>
#include <netinet/udp.h>

#include <cerrno>
#include <cstring>
#include <numeric>
#include <string>

#include "net/system_address.hpp"

namespace iroh::net {
namespace {

struct SentDatagram {
  std::vector<std::byte> bytes;
  std::uint8_t ecn = 0;
  std::optional<IpAddr> local;
};

/// Cuts trains as the kernel does and remembers every datagram.
struct FakeKernel {
  int segments_error = 0;  ///< errno for every message with a segment size
  int ecn_error = 0;       ///< for every message with a mark
  int local_error = 0;     ///< for every message with a source address
  int any_error = 0;       ///< for everything
  bool has_sendmmsg = true;
  std::size_t room = 1'000'000;  ///< datagrams until EAGAIN
  int interruptions = 0;

  int sendmsg_calls = 0;
  int sendmmsg_calls = 0;
  std::vector<SentDatagram> sent;

  int deliver(const msghdr& message);
};

FakeKernel* kernel = nullptr;

struct SeenControl {
  SentDatagram datagram;
  std::size_t segment_size = 0;
};

SeenControl read_control(const msghdr& message) {
  SeenControl seen;
  auto* header = const_cast<msghdr*>(&message);
  for (cmsghdr* at = CMSG_FIRSTHDR(header); at != nullptr; at = CMSG_NXTHDR(header, at)) {
    if (at->cmsg_level == SOL_UDP && at->cmsg_type == UDP_SEGMENT) {
      std::uint16_t size = 0;
      std::memcpy(&size, CMSG_DATA(at), sizeof size);
      seen.segment_size = size;
    } else if (at->cmsg_type == IP_TOS || at->cmsg_type == IPV6_TCLASS) {
      int mark = 0;
      std::memcpy(&mark, CMSG_DATA(at), sizeof mark);
      seen.datagram.ecn = static_cast<std::uint8_t>(mark);
    } else if (at->cmsg_level == IPPROTO_IP && at->cmsg_type == IP_PKTINFO) {
      in_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(at), sizeof info);
      seen.datagram.local = from_system(info.ipi_spec_dst);
    } else if (at->cmsg_level == IPPROTO_IPV6 && at->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(at), sizeof info);
      seen.datagram.local = from_system(info.ipi6_addr);
    } else {
      ADD_FAILURE() << "unknown control message " << at->cmsg_level << "/" << at->cmsg_type;
    }
  }
  return seen;
}

int FakeKernel::deliver(const msghdr& message) {
  SeenControl seen = read_control(message);
  const std::span bytes(static_cast<const std::byte*>(message.msg_iov->iov_base), message.msg_iov->iov_len);
  if (interruptions > 0) {
    --interruptions;
    return EINTR;
  }
  if (any_error != 0) return any_error;
  if (seen.segment_size != 0 && segments_error != 0) return segments_error;
  if (seen.datagram.ecn != 0 && ecn_error != 0) return ecn_error;
  if (seen.datagram.local && local_error != 0) return local_error;
  const std::size_t step = seen.segment_size != 0 ? seen.segment_size : bytes.size();
  const std::size_t count = (bytes.size() + step - 1) / step;
  if (count > 64 || bytes.size() > 65'507) return EMSGSIZE;
  if (count > room) return EAGAIN;
  room -= count;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    const auto part = bytes.subspan(at, std::min(step, bytes.size() - at));
    SentDatagram datagram = seen.datagram;
    datagram.bytes.assign(part.begin(), part.end());
    sent.push_back(std::move(datagram));
  }
  return 0;
}

ssize_t fake_sendmsg(int, const msghdr* message, int) {
  ++kernel->sendmsg_calls;
  errno = kernel->deliver(*message);
  return errno == 0 ? static_cast<ssize_t>(message->msg_iov->iov_len) : -1;
}

int fake_sendmmsg(int, mmsghdr* messages, unsigned count, int) {
  ++kernel->sendmmsg_calls;
  errno = ENOSYS;
  if (!kernel->has_sendmmsg) return -1;
  for (unsigned i = 0; i < count; ++i) {
    errno = kernel->deliver(messages[i].msg_hdr);
    if (errno != 0) return i == 0 ? -1 : static_cast<int>(i);
  }
  return static_cast<int>(count);
}

class UdpSenderTest : public testing::Test {
 protected:
  UdpSenderTest() { kernel = &kernel_; }
  ~UdpSenderTest() override { kernel = nullptr; }

  /// Every datagram has contents of its own, so that the test sees losses, copies and wrong cuts.
  std::vector<std::byte> train(std::size_t segments, std::size_t segment_size, std::size_t last_size) {
    std::vector<std::byte> bytes((segments - 1) * segment_size + last_size);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i / segment_size + i % 251);
    return bytes;
  }

  SendBatch batch(const std::vector<std::byte>& bytes, std::size_t segment_size) {
    return {*SocketAddr::parse("192.0.2.1:4433"), local_, ecn_ect0, bytes, segment_size};
  }

  void expect_everything_once(const std::vector<std::byte>& bytes, std::size_t segment_size) {
    std::vector<std::byte> joined;
    for (std::size_t i = 0; i < kernel_.sent.size(); ++i) {
      const auto& one = kernel_.sent[i].bytes;
      const bool is_last = i + 1 == kernel_.sent.size();
      EXPECT_TRUE(is_last || one.size() == segment_size) << "datagram " << i;
      joined.insert(joined.end(), one.begin(), one.end());
    }
    EXPECT_EQ(joined, bytes);
    EXPECT_EQ(sender_.errors, 0u);
    EXPECT_EQ(sender_.sent_datagrams, kernel_.sent.size());
    EXPECT_EQ(sender_.sent_bytes, bytes.size());
  }

  static constexpr int fd = 99;
  FakeKernel kernel_;
  std::optional<IpAddr> local_ = *IpAddr::parse("192.0.2.7");
  UdpSender sender_{UdpSyscalls{.sendmsg = fake_sendmsg, .sendmmsg = fake_sendmmsg}, UdpSocketOptions{}};
};

TEST_F(UdpSenderTest, SendsATrainInOneCallWithMarkAndSource) {
  const auto bytes = train(45, 1452, 700);
  EXPECT_EQ(sender_.send(fd, batch(bytes, 1452)), SendStatus::sent);
  EXPECT_EQ(kernel_.sendmsg_calls, 1);
  EXPECT_EQ(kernel_.sendmmsg_calls, 0);
  expect_everything_once(bytes, 1452);
  EXPECT_EQ(kernel_.sent.size(), 45u);
  EXPECT_EQ(kernel_.sent[44].ecn, ecn_ect0);
  EXPECT_EQ(kernel_.sent[44].local, local_);
}

TEST_F(UdpSenderTest, SplitsABatchThatIsLargerThanOneCallTakes) {
  const auto bytes = train(150, 1200, 1200);
  EXPECT_EQ(sender_.send(fd, batch(bytes, 1200)), SendStatus::sent);
  EXPECT_EQ(kernel_.sendmsg_calls, 3);  // 54 segments of 1200 bytes fill a call
  expect_everything_once(bytes, 1200);
}

TEST_F(UdpSenderTest, SendsTheSameDatagramsOneByOneWhenSegmentationIsRefused) {
  for (const int refusal : {EIO, EINVAL}) {  // [cases.md C-004]
    kernel_ = FakeKernel{.segments_error = refusal};
    sender_ = UdpSender(UdpSyscalls{.sendmsg = fake_sendmsg, .sendmmsg = fake_sendmmsg}, {});
    const auto bytes = train(70, 900, 33);
    EXPECT_EQ(sender_.max_segments(), train_segments_max);
    EXPECT_EQ(sender_.send(fd, batch(bytes, 900)), SendStatus::sent);
    expect_everything_once(bytes, 900);
    EXPECT_EQ(sender_.max_segments(), 1u);
    EXPECT_EQ(kernel_.sendmsg_calls, 2);   // the train, then its first datagram
    EXPECT_EQ(kernel_.sendmmsg_calls, 2);  // the other 69
    EXPECT_EQ(kernel_.sent.back().ecn, ecn_ect0);
    EXPECT_EQ(kernel_.sent.back().local, local_);

    // Off for this socket from now on.
    EXPECT_EQ(sender_.send(fd, batch(bytes, 900)), SendStatus::sent);
    EXPECT_EQ(kernel_.sendmsg_calls, 2);
    EXPECT_EQ(kernel_.sent.size(), 140u);
  }
}

TEST_F(UdpSenderTest, SendsWithoutTheMarkWhenTheMarkIsRefused) {
  kernel_.ecn_error = EINVAL;  // [cases.md C-004]
  const auto bytes = train(10, 1200, 1200);
  EXPECT_EQ(sender_.send(fd, batch(bytes, 1200)), SendStatus::sent);
  expect_everything_once(bytes, 1200);
  EXPECT_FALSE(sender_.has_ecn());
  EXPECT_EQ(sender_.max_segments(), train_segments_max);  // segmentation was not at fault
  EXPECT_EQ(kernel_.sent.back().ecn, 0);
  EXPECT_EQ(kernel_.sent.back().local, local_);

  const int calls = kernel_.sendmsg_calls;
  const auto one = train(1, 300, 300);
  EXPECT_EQ(sender_.send(fd, batch(one, 300)), SendStatus::sent);
  EXPECT_EQ(kernel_.sendmsg_calls, calls + 1);  // remembered
}

TEST_F(UdpSenderTest, CopesWithAKernelThatRefusesMarksAndSegmentation) {
  kernel_.ecn_error = EINVAL;
  kernel_.segments_error = EIO;
  const auto bytes = train(64, 1000, 1);
  EXPECT_EQ(sender_.send(fd, batch(bytes, 1000)), SendStatus::sent);
  expect_everything_once(bytes, 1000);
  EXPECT_FALSE(sender_.has_ecn());
  EXPECT_EQ(sender_.max_segments(), 1u);
}

TEST_F(UdpSenderTest, LeavesOutASourceAddressThatHasGoneButUsesOthers) {
  kernel_.local_error = EINVAL;
  const auto bytes = train(5, 1200, 1200);
  EXPECT_EQ(sender_.send(fd, batch(bytes, 1200)), SendStatus::sent);
  expect_everything_once(bytes, 1200);
  EXPECT_TRUE(sender_.has_ecn());
  EXPECT_EQ(sender_.max_segments(), train_segments_max);
  EXPECT_EQ(kernel_.sent.back().local, std::nullopt);
  EXPECT_EQ(kernel_.sent.back().ecn, ecn_ect0);

  kernel_.local_error = 0;
  local_ = *IpAddr::parse("192.0.2.8");
  EXPECT_EQ(sender_.send(fd, batch(bytes, 1200)), SendStatus::sent);
  EXPECT_EQ(kernel_.sent.back().local, local_);
}

TEST_F(UdpSenderTest, SwallowsOtherErrorsAsLosses) {
  kernel_.any_error = EPERM;  // [endpoint.md §4.3]
  const auto bytes = train(5, 1200, 1200);
  EXPECT_EQ(sender_.send(fd, batch(bytes, 1200)), SendStatus::sent);
  EXPECT_EQ(sender_.errors, 5u);
  EXPECT_EQ(sender_.sent_datagrams, 0u);
  EXPECT_EQ(sender_.max_segments(), train_segments_max);
  const auto one = train(1, 1200, 1200);
  EXPECT_EQ(sender_.send(fd, batch(one, 1200)), SendStatus::sent);
  EXPECT_EQ(sender_.errors, 6u);
}

TEST_F(UdpSenderTest, CountsATrainWithoutARouteOnceAndKeepsSegmentation) {
  kernel_.any_error = ENETUNREACH;
  const auto bytes = train(45, 1200, 1200);
  EXPECT_EQ(sender_.send(fd, batch(bytes, 1200)), SendStatus::sent);
  EXPECT_EQ(sender_.errors, 45u);
  EXPECT_LE(kernel_.sendmsg_calls, 5);  // not one per datagram
  EXPECT_EQ(sender_.max_segments(), train_segments_max);
}

TEST_F(UdpSenderTest, TakesNothingWhileTheSystemHasNoRoom) {
  kernel_.room = 0;
  const auto bytes = train(5, 1200, 1200);
  EXPECT_EQ(sender_.send(fd, batch(bytes, 1200)), SendStatus::would_block);
  EXPECT_FALSE(sender_.has_backlog());
  kernel_.room = 5;
  EXPECT_EQ(sender_.send(fd, batch(bytes, 1200)), SendStatus::sent);
  expect_everything_once(bytes, 1200);
}

TEST_F(UdpSenderTest, KeepsTheRestOfABatchWhenTheRoomEndsInTheMiddle) {
  kernel_.segments_error = EIO;
  kernel_.room = 20;
  const auto bytes = train(45, 1200, 7);
  EXPECT_EQ(sender_.send(fd, batch(bytes, 1200)), SendStatus::sent);
  EXPECT_TRUE(sender_.has_backlog());
  EXPECT_EQ(kernel_.sent.size(), 20u);
  EXPECT_EQ(sender_.send(fd, batch(bytes, 1200)), SendStatus::would_block);  // one backlog, not a queue
  kernel_.room = 10;
  EXPECT_FALSE(sender_.flush(fd));
  kernel_.room = 1000;
  EXPECT_TRUE(sender_.flush(fd));
  expect_everything_once(bytes, 1200);
}

TEST_F(UdpSenderTest, WorksWithoutSendmmsg) {
  kernel_.has_sendmmsg = false;
  kernel_.segments_error = EINVAL;
  const auto bytes = train(12, 1200, 50);
  EXPECT_EQ(sender_.send(fd, batch(bytes, 1200)), SendStatus::sent);
  expect_everything_once(bytes, 1200);
}

TEST_F(UdpSenderTest, RepeatsAnInterruptedCall) {
  kernel_.interruptions = 3;
  const auto bytes = train(4, 1200, 1200);
  EXPECT_EQ(sender_.send(fd, batch(bytes, 1200)), SendStatus::sent);
  expect_everything_once(bytes, 1200);
  EXPECT_EQ(sender_.max_segments(), train_segments_max);
}

TEST_F(UdpSenderTest, ObeysItsOptions) {
  sender_ = UdpSender(UdpSyscalls{.sendmsg = fake_sendmsg, .sendmmsg = fake_sendmmsg},
                      {.gso = false, .ecn = false, .pktinfo = false});
  const auto bytes = train(4, 1200, 1200);
  EXPECT_EQ(sender_.send(fd, batch(bytes, 1200)), SendStatus::sent);
  expect_everything_once(bytes, 1200);
  EXPECT_EQ(sender_.max_segments(), 1u);
  EXPECT_EQ(kernel_.sendmsg_calls, 0);
  EXPECT_EQ(kernel_.sent[0].ecn, 0);
  EXPECT_EQ(kernel_.sent[0].local, std::nullopt);
}

TEST_F(UdpSenderTest, MarksIpv6ByTrafficClassAndChoosesItsSource) {
  const auto bytes = train(3, 1200, 1200);
  const auto source = *IpAddr::parse("2001:db8::7");
  EXPECT_EQ(sender_.send(fd, {*SocketAddr::parse("[2001:db8::1]:1"), source, ecn_ect0, bytes, 1200}), SendStatus::sent);
  expect_everything_once(bytes, 1200);
  EXPECT_EQ(kernel_.sent[2].ecn, ecn_ect0);
  EXPECT_EQ(kernel_.sent[2].local, source);
}

}  // namespace
}  // namespace iroh::net
