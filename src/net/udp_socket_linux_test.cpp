// SPDX-License-Identifier: MIT OR Apache-2.0
// The real socket on loopback, in both families. What a test waits for is an event, never a span of time; the limit
// only ends a broken run.
#include "net/udp_socket_linux.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <chrono>
#include <vector>

#include "net/system_address.hpp"
#include "net/udp_options.hpp"

namespace iroh::net {
namespace {

constexpr auto limit = std::chrono::seconds(20);

struct ReceivedDatagram {
  SocketAddr remote;
  std::optional<IpAddr> local;
  std::uint8_t ecn;
  std::vector<std::byte> bytes;
  friend bool operator==(const ReceivedDatagram&, const ReceivedDatagram&) = default;
};

std::vector<std::byte> numbered(std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 7 + i / 256);
  return bytes;
}

class UdpSocketTest : public testing::TestWithParam<IpAddr> {
 protected:
  std::unique_ptr<UdpSocket> bind(const UdpSocketOptions& options = {}, const UdpSyscalls& syscalls = {}) {
    auto socket = make_linux_udp_socket(context_.get_executor(), SocketAddr(GetParam(), 0), pool_, options, syscalls);
    if (!socket) {
      ADD_FAILURE() << "cannot bind to " << GetParam() << ": " << socket.error().message()
                    << (GetParam().is_v6() ? " (these tests need IPv6 on loopback)" : "");
      std::abort();
    }
    return std::move(*socket);
  }

  /// Runs the loop until done; false if the limit passed first.
  bool run_until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!done()) {
      if (std::chrono::steady_clock::now() > end) return false;
      if (context_.stopped()) context_.restart();
      context_.run_one_until(end);
    }
    return true;
  }

  void wait_readable(UdpSocket& socket) {
    bool is_readable = false;
    socket.async_wait(Wait::readable, [&] { is_readable = true; });
    ASSERT_TRUE(run_until([&] { return is_readable; }));
  }

  /// Receives until count datagrams are there; also notes how many batches they came in.
  std::vector<ReceivedDatagram> receive(UdpSocket& socket, std::size_t count) {
    std::vector<ReceivedDatagram> datagrams;
    std::array<ReceivedBatch, receive_batches_max> batches;
    while (datagrams.size() < count && !HasFatalFailure()) {
      const std::size_t received = socket.receive(batches);
      for (const ReceivedBatch& batch : std::span(batches).first(received)) cut(batch, datagrams);
      batches_ += received;
      if (received == 0) wait_readable(socket);
    }
    return datagrams;
  }

  static void cut(const ReceivedBatch& batch, std::vector<ReceivedDatagram>& out) {
    ASSERT_GT(batch.segment_size, 0u);
    EXPECT_TRUE(batch.buffer.get()->is_unique());
    for (std::size_t at = 0; at < batch.payload.size(); at += batch.segment_size) {
      const auto part = batch.payload.subspan(at, std::min(batch.segment_size, batch.payload.size() - at));
      out.push_back({batch.remote, batch.local, batch.ecn, {part.begin(), part.end()}});
    }
  }

  void expect_train(const std::vector<ReceivedDatagram>& got, std::span<const std::byte> sent, std::size_t segment) {
    std::vector<std::byte> joined;
    for (std::size_t i = 0; i < got.size(); ++i) {
      EXPECT_TRUE(i + 1 == got.size() || got[i].bytes.size() == segment) << "datagram " << i;
      joined.insert(joined.end(), got[i].bytes.begin(), got[i].bytes.end());
    }
    EXPECT_TRUE(std::ranges::equal(joined, sent));
  }

  boost::asio::io_context context_{1};
  std::shared_ptr<SlabPool> pool_ = SlabPool::create();
  std::size_t batches_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Loopback, UdpSocketTest, testing::Values(IpAddr::v4_loopback(), IpAddr::v6_loopback()),
                         [](const auto& param) { return param.param.is_v4() ? "V4" : "V6"; });

TEST_P(UdpSocketTest, CarriesOneDatagramWithAddressesAndMark) {
  const auto left = bind();
  const auto right = bind();
  const auto bytes = numbered(1200);
  for (const std::uint8_t mark : {ecn_not_ect, ecn_ect1, ecn_ect0, ecn_ce}) {
    EXPECT_EQ(left->send({right->local_addr(), {}, mark, bytes, bytes.size()}), SendStatus::sent);
    const ReceivedDatagram expected{left->local_addr(), GetParam(), mark, bytes};
    EXPECT_EQ(receive(*right, 1), std::vector{expected}) << "mark " << int{mark};
  }
  EXPECT_FALSE(right->may_fragment());
  EXPECT_EQ(right->stats().received_datagrams, 4u);
  EXPECT_EQ(right->stats().received_bytes, 4800u);
  EXPECT_EQ(left->stats().sent_datagrams, 4u);
  EXPECT_GT(left->stats().receive_buffer_bytes, 0u);
}

TEST_P(UdpSocketTest, GivesItsSlabsBackAndTakesOthers) {  // [performance.md §4]
  const auto left = bind();
  const auto right = bind();
  EXPECT_FALSE(right->can_trim());
  const auto bytes = numbered(100);
  for (int round = 0; round < 2; ++round) {
    left->send({right->local_addr(), {}, ecn_not_ect, bytes, bytes.size()});
    EXPECT_EQ(receive(*right, 1).size(), 1u);
    EXPECT_TRUE(right->can_trim());
    right->trim();
    EXPECT_FALSE(right->can_trim());
    EXPECT_EQ(pool_->free_slabs(), receive_batches_max);
  }
}

TEST_P(UdpSocketTest, ReceivesATrainAsOneBatch) {
  const auto left = bind();
  const auto right = bind();
  ASSERT_EQ(left->max_segments(), train_segments_max) << "this kernel has no UDP_SEGMENT (Linux 4.18)";
  const auto bytes = numbered(44 * 1452 + 99);
  EXPECT_EQ(left->send({right->local_addr(), {}, ecn_ect0, bytes, 1452}), SendStatus::sent);
  const auto got = receive(*right, 45);
  expect_train(got, bytes, 1452);
  EXPECT_EQ(got.size(), 45u);
  EXPECT_EQ(got[44].ecn, ecn_ect0);
  EXPECT_EQ(batches_, 1u);
  EXPECT_EQ(left->stats().send_calls, 1u);
  EXPECT_EQ(right->stats().receive_calls, 1u);
}

TEST_P(UdpSocketTest, CarriesTheSameTrainWithoutAnyOffload) {
  const UdpSocketOptions nothing{.gso = false, .gro = false, .ecn = false, .pktinfo = false};
  const auto left = bind(nothing);
  const auto right = bind(nothing);
  const auto bytes = numbered(19 * 1300 + 5);
  EXPECT_EQ(left->send({right->local_addr(), GetParam(), ecn_ect0, bytes, 1300}), SendStatus::sent);
  const auto got = receive(*right, 20);
  expect_train(got, bytes, 1300);
  EXPECT_EQ(got[0].ecn, ecn_not_ect);
  EXPECT_EQ(got[0].local, std::nullopt);
  EXPECT_EQ(left->max_segments(), 1u);
  EXPECT_EQ(batches_, 20u);
}

TEST_P(UdpSocketTest, CarriesTheSameTrainWithoutRecvmmsg) {
  UdpSyscalls old_kernel;
  old_kernel.recvmmsg = [](int, mmsghdr*, unsigned, int, timespec*) {
    errno = ENOSYS;
    return -1;
  };
  const auto left = bind();
  const auto right = bind({}, old_kernel);
  const auto bytes = numbered(10 * 1300);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(left->send({right->local_addr(), {}, ecn_ect0, bytes, 1300}), SendStatus::sent);
  const auto got = receive(*right, 30);
  EXPECT_EQ(got.size(), 30u);
  EXPECT_EQ(got[0].local, GetParam());
  EXPECT_EQ(got[0].ecn, ecn_ect0);
}

TEST_P(UdpSocketTest, LosesNothingWhenTheDriverRefusesSegments) {
  UdpSyscalls driver;
  driver.sendmsg = [](int fd, const msghdr* message, int flags) -> ssize_t {
    if (message->msg_iov->iov_len <= 1452) return ::sendmsg(fd, message, flags);
    errno = EIO;
    return -1;
  };
  const auto left = bind({}, driver);
  const auto right = bind();
  const auto bytes = numbered(100 * 1024);  // [cases.md C-004] the first 100 KiB
  EXPECT_EQ(left->send({right->local_addr(), {}, ecn_ect0, bytes, 1452}), SendStatus::sent);
  expect_train(receive(*right, 71), bytes, 1452);
  EXPECT_EQ(left->max_segments(), 1u);
  EXPECT_EQ(left->stats().send_errors, 0u);
}

TEST_P(UdpSocketTest, SendsFromTheChosenAddress) {
  const bool is_v4 = GetParam().is_v4();
  auto wildcard =
      make_linux_udp_socket(context_.get_executor(), SocketAddr(is_v4 ? IpAddr() : IpAddr::v6_any(), 0), pool_);
  ASSERT_TRUE(wildcard) << wildcard.error().message();
  const auto right = bind();
  const auto bytes = numbered(100);
  const auto source = is_v4 ? *IpAddr::parse("127.0.0.9") : IpAddr::v6_loopback();  // ::1 is the only one of its net
  EXPECT_EQ((*wildcard)->send({right->local_addr(), source, 0, bytes, 100}), SendStatus::sent);
  const auto got = receive(*right, 1);
  EXPECT_EQ(got[0].remote, SocketAddr(source, (*wildcard)->local_addr().port()));

  // The answer shows which of its addresses the wildcard socket was reached at.
  EXPECT_EQ(right->send({got[0].remote, {}, 0, bytes, 100}), SendStatus::sent);
  EXPECT_EQ(receive(**wildcard, 1)[0].local, source);
}

TEST_P(UdpSocketTest, SendsWithoutASourceAddressThatThisMachineDoesNotHave) {
  const auto left = bind();
  const auto right = bind();
  const auto foreign = *IpAddr::parse(GetParam().is_v4() ? "192.0.2.77" : "2001:db8::77");
  const auto bytes = numbered(5 * 1200);
  EXPECT_EQ(left->send({right->local_addr(), foreign, ecn_ect0, bytes, 1200}), SendStatus::sent);
  expect_train(receive(*right, 5), bytes, 1200);
  EXPECT_EQ(left->max_segments(), train_segments_max);
}

TEST_P(UdpSocketTest, SaysWouldBlockAndThenWritable) {
  UdpSyscalls full_once;
  static bool is_full;
  is_full = true;
  full_once.sendmsg = [](int fd, const msghdr* message, int flags) -> ssize_t {
    if (!is_full) return ::sendmsg(fd, message, flags);
    errno = EAGAIN;
    return -1;
  };
  const auto left = bind({}, full_once);
  const auto right = bind();
  const auto bytes = numbered(300);
  const SendBatch batch{right->local_addr(), {}, 0, bytes, 300};
  EXPECT_EQ(left->send(batch), SendStatus::would_block);
  bool is_writable = false;
  left->async_wait(Wait::writable, [&] { is_writable = true; });
  is_full = false;
  ASSERT_TRUE(run_until([&] { return is_writable; }));
  EXPECT_EQ(left->send(batch), SendStatus::sent);
  EXPECT_EQ(receive(*right, 1)[0].bytes, bytes);
}

TEST_P(UdpSocketTest, FlushesTheRestOfABatchByItself) {
  static int room;
  room = 3;
  UdpSyscalls narrow;  // no segmentation, and room for three datagrams until the loop has run
  narrow.sendmmsg = [](int fd, mmsghdr* messages, unsigned count, int flags) -> int {
    errno = EAGAIN;
    return room == 0 ? -1
                     : ::sendmmsg(fd, messages, std::min(count, static_cast<unsigned>(std::exchange(room, 0))), flags);
  };
  narrow.sendmsg = [](int, const msghdr*, int) -> ssize_t {
    errno = EAGAIN;
    return -1;
  };
  const auto left = bind({.gso = false}, narrow);
  const auto right = bind();
  const auto bytes = numbered(10 * 500);
  EXPECT_EQ(left->send({right->local_addr(), {}, 0, bytes, 500}), SendStatus::sent);
  room = 100;
  expect_train(receive(*right, 10), bytes, 500);
}

TEST_P(UdpSocketTest, FindsNothingWhenNothingHasArrived) {
  const auto socket = bind();
  std::array<ReceivedBatch, receive_batches_max> batches;
  EXPECT_EQ(socket->receive(batches), 0u);
  EXPECT_EQ(socket->receive({}), 0u);
}

TEST_P(UdpSocketTest, SkipsEmptyDatagrams) {
  const auto left = bind();
  const auto right = bind();
  const auto port = right->local_addr();
  const auto bytes = numbered(10);
  msghdr empty{};
  // Our own send() has no empty datagrams; a plain socket of the system has.
  const FileDescriptor fd(::socket(port.is_v4() ? AF_INET : AF_INET6, SOCK_DGRAM, 0));
  SystemAddress to(port);
  empty.msg_name = &to.storage;
  empty.msg_namelen = to.size;
  EXPECT_EQ(::sendmsg(fd.get(), &empty, 0), 0);
  EXPECT_EQ(left->send({port, {}, 0, bytes, 10}), SendStatus::sent);
  const auto got = receive(*right, 1);
  EXPECT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].bytes, bytes);
}

TEST_P(UdpSocketTest, SurvivesAPortWhereNobodyListens) {
  const auto left = bind();
  auto gone = bind();
  const auto nowhere = gone->local_addr();
  gone->close();
  const auto bytes = numbered(50);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(left->send({nowhere, {}, 0, bytes, 50}), SendStatus::sent);
  std::array<ReceivedBatch, receive_batches_max> batches;
  EXPECT_EQ(left->receive(batches), 0u);
  EXPECT_EQ(left->stats().receive_errors, 0u);
  const auto right = bind();
  EXPECT_EQ(left->send({right->local_addr(), {}, 0, bytes, 50}), SendStatus::sent);
  EXPECT_EQ(receive(*right, 1)[0].bytes, bytes);
}

TEST_P(UdpSocketTest, IgnoresErrorsOfTheNetworkOnReceive) {
  static int errors_left;
  errors_left = 3;
  UdpSyscalls icmp;
  icmp.recvmmsg = [](int fd, mmsghdr* messages, unsigned count, int flags, timespec* timeout) {
    if (errors_left-- <= 0) return ::recvmmsg(fd, messages, count, flags, timeout);
    errno = errors_left == 1 ? ECONNRESET : ECONNREFUSED;
    return -1;
  };
  const auto left = bind();
  const auto right = bind({}, icmp);
  const auto bytes = numbered(50);
  EXPECT_EQ(left->send({right->local_addr(), {}, 0, bytes, 50}), SendStatus::sent);
  EXPECT_EQ(receive(*right, 1)[0].bytes, bytes);
  EXPECT_EQ(right->stats().receive_errors, 0u);
}

TEST_P(UdpSocketTest, GivesUpItsTurnUnderAFloodOfErrors) {
  static int calls;
  calls = 0;
  UdpSyscalls flood;
  flood.recvmmsg = [](int, mmsghdr*, unsigned, int, timespec*) {
    ++calls;
    errno = ECONNREFUSED;
    return -1;
  };
  const auto socket = bind({}, flood);
  std::array<ReceivedBatch, receive_batches_max> batches;
  EXPECT_EQ(socket->receive(batches), 0u);
  EXPECT_LE(calls, 16);
}

TEST_P(UdpSocketTest, CountsWhatTheKernelDropped) {
  const auto left = bind();
  const auto right = bind({.buffer_bytes = 4096});
  const auto bytes = numbered(1200);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(left->send({right->local_addr(), {}, 0, bytes, 1200}), SendStatus::sent);
  std::array<ReceivedBatch, receive_batches_max> batches;
  std::size_t received = 0;
  while (const std::size_t now = right->receive(batches)) received += now;
  EXPECT_LT(received, 50u);
  // The counter rides on the next datagram that finds room.
  EXPECT_EQ(left->send({right->local_addr(), {}, 0, bytes, 1200}), SendStatus::sent);
  receive(*right, 1);
  EXPECT_EQ(right->stats().kernel_drops, 50u - received);  // [performance.md §7]
}

TEST_P(UdpSocketTest, DropsTheHandlersWhenItCloses) {
  const auto left = bind();
  auto right = bind();
  auto token = std::make_shared<int>(1);
  bool is_called = false;
  right->async_wait(Wait::readable, [token, &is_called] { is_called = true; });
  right->async_wait(Wait::writable, [token, &is_called] { is_called = true; });
  const auto bytes = numbered(10);
  EXPECT_EQ(left->send({right->local_addr(), {}, 0, bytes, 10}), SendStatus::sent);
  right->close();
  EXPECT_EQ(token.use_count(), 1);
  context_.restart();
  context_.run_for(limit);  // ends when nothing is left to wait for
  EXPECT_FALSE(is_called);

  std::array<ReceivedBatch, receive_batches_max> batches;
  EXPECT_EQ(right->receive(batches), 0u);
  EXPECT_EQ(right->send({left->local_addr(), {}, 0, bytes, 10}), SendStatus::sent);
  right->async_wait(Wait::readable, [] {});
  right->close();
}

TEST_P(UdpSocketTest, MayBeClosedAndDestroyedFromItsOwnHandler) {
  const auto left = bind();
  auto right = bind();
  bool is_called = false;
  right->async_wait(Wait::readable, [&] {
    is_called = true;
    right.reset();
  });
  const auto bytes = numbered(10);
  EXPECT_EQ(left->send({right->local_addr(), {}, 0, bytes, 10}), SendStatus::sent);
  EXPECT_TRUE(run_until([&] { return is_called; }));
}

TEST_P(UdpSocketTest, DiesWithTheLoopEvenIfItsHandlersOwnIt) {
  auto context = std::make_unique<boost::asio::io_context>(1);
  auto made = make_linux_udp_socket(context->get_executor(), SocketAddr(GetParam(), 0), pool_);
  ASSERT_TRUE(made) << made.error().message();
  std::shared_ptr<UdpSocket> socket = *std::move(made);
  const std::weak_ptr<UdpSocket> observer = socket;
  socket->async_wait(Wait::readable, [owner = socket] { FAIL(); });
  socket->async_wait(Wait::writable, [owner = socket] { FAIL(); });
  socket.reset();
  EXPECT_FALSE(observer.expired());
  context.reset();
  EXPECT_TRUE(observer.expired());
}

TEST_P(UdpSocketTest, CallsOnlyTheLatestHandlerOfADirection) {
  const auto socket = bind();
  std::vector<int> calls;
  socket->async_wait(Wait::writable, [&] { calls.push_back(1); });
  socket->async_wait(Wait::writable, [&] { calls.push_back(2); });
  ASSERT_TRUE(run_until([&] { return !calls.empty(); }));
  context_.poll();
  EXPECT_EQ(calls, std::vector{2});
}

TEST_P(UdpSocketTest, RefusesAPortInUse) {
  const auto first = bind();
  const auto second = make_linux_udp_socket(context_.get_executor(), first->local_addr(), pool_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(), boost::system::errc::address_in_use);
}

TEST_P(UdpSocketTest, KeepsTheFamiliesApart) {
  const auto any = GetParam().is_v4() ? SocketAddr(IpAddr(), 0) : SocketAddr(IpAddr::v6_any(), 0);
  const auto first = make_linux_udp_socket(context_.get_executor(), any, pool_);
  ASSERT_TRUE(first);
  const auto port = (*first)->local_addr().port();
  const auto other = GetParam().is_v4() ? SocketAddr(IpAddr::v6_any(), port) : SocketAddr(IpAddr(), port);
  const auto second = make_linux_udp_socket(context_.get_executor(), other, pool_);
  EXPECT_TRUE(second) << second.error().message();  // [endpoint.md §4.6]
}

}  // namespace
}  // namespace iroh::net
