// SPDX-License-Identifier: MIT OR Apache-2.0
#include "net/os_platform.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>

namespace iroh::net {
namespace {

TEST(OsPlatform, ListsTheLoopbackInterface) {
  boost::asio::io_context context;
  const auto platform = make_os_platform(context.get_executor());
  const auto all = platform->interface_addresses();
  const auto loopback = std::ranges::find(all, IpAddr::v4_loopback(), &InterfaceAddr::ip);
  ASSERT_NE(loopback, all.end());
  EXPECT_TRUE(loopback->is_loopback);
  EXPECT_TRUE(loopback->is_up);
  EXPECT_EQ(loopback->name, "lo");
  for (const InterfaceAddr& one : all) {
    const bool needs_scope = one.ip.is_v6() && one.ip.is_link_local();
    EXPECT_EQ(one.scope_id != 0, needs_scope) << one.ip;
  }
}

TEST(OsPlatform, PassesItsOptionsToTheSockets) {
  boost::asio::io_context context;
  const auto plain = make_os_platform(context.get_executor(), {.udp = {.gso = false}});
  const auto socket = plain->bind_udp(SocketAddr(IpAddr::v4_loopback(), 0));
  ASSERT_TRUE(socket);
  EXPECT_EQ((*socket)->max_segments(), 1u);
  EXPECT_NE((*socket)->local_addr().port(), 0);
}

TEST(OsPlatform, ReportsAnAddressThatIsNotOurs) {
  boost::asio::io_context context;
  const auto platform = make_os_platform(context.get_executor());
  const auto socket = platform->bind_udp(*SocketAddr::parse("192.0.2.1:0"));
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error(), boost::system::errc::address_not_available);
}

TEST(OsPlatform, HasAClockTimersAndRandomness) {
  boost::asio::io_context context;
  const auto platform = make_os_platform(context.get_executor());
  EXPECT_NE(platform->random().next_u64(), platform->random().next_u64());
  bool is_called = false;
  const auto timer = platform->make_timer();
  timer->arm(platform->now(), [&] { is_called = true; });
  context.run();
  EXPECT_TRUE(is_called);
}

}  // namespace
}  // namespace iroh::net
