// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tests/sim/sim_socket.hpp"

#include <gtest/gtest.h>

#include "tests/sim/test_pair.hpp"

namespace iroh::sim {
namespace {

using base::seconds;

TEST(SimSocket, CarriesATrainAsSeparateDatagramsThatArriveAsOneBatch) {
  TestPair pair(1);
  EXPECT_EQ(pair.send(9 * 1200 + 77, 1200, net::ecn_ect0), net::SendStatus::sent);
  pair.world.run_for(seconds(1));
  EXPECT_EQ(pair.stats().sent, 10u);
  ASSERT_EQ(pair.reader.arrivals.size(), 1u);
  const Arrival& got = pair.reader.arrivals[0];
  EXPECT_EQ(got.segment_size, 1200u);
  EXPECT_EQ(got.bytes.size(), 9u * 1200 + 77);
  EXPECT_EQ(got.remote, *SocketAddr::parse("192.0.2.1:1000"));
  EXPECT_EQ(got.local, *IpAddr::parse("192.0.2.2"));
  EXPECT_EQ(got.ecn, net::ecn_ect0);
  for (std::size_t i = 0; i < got.bytes.size(); ++i) ASSERT_EQ(got.bytes[i], static_cast<std::byte>(i));
}

TEST(SimSocket, JoinsOnlyWhatReceiveOffloadWouldJoin) {
  TestPair pair(2);
  pair.send(100, 100);
  pair.send(100, 100);
  pair.send(60, 60);                   // shorter: ends the train
  pair.send(60, 60);                   // a new one
  pair.send(60, 60, net::ecn_ect0);    // another mark
  pair.send(100, 100, net::ecn_ect0);  // longer
  pair.world.run_for(seconds(1));
  std::vector<std::pair<std::size_t, std::size_t>> got;
  for (const Arrival& one : pair.reader.arrivals) got.emplace_back(one.bytes.size(), one.segment_size);
  const std::vector<std::pair<std::size_t, std::size_t>> expected{{260, 100}, {60, 60}, {60, 60}, {100, 100}};
  EXPECT_EQ(got, expected);

  pair.reader.arrivals.clear();
  pair.send_many(200, 1);
  pair.send_many(50, 1400);
  pair.world.run_for(seconds(1));
  EXPECT_EQ(pair.reader.datagrams(), 250u);
  for (const Arrival& one : pair.reader.arrivals) {
    EXPECT_LE(one.bytes.size(), net::train_bytes_max);
    EXPECT_LE(one.bytes.size() / one.segment_size, net::train_segments_max);
  }
}

TEST(SimSocket, KnowsHostsWithoutOffloads) {
  TestPair pair(3);
  pair.left.config().max_segments = 1;
  pair.left.config().has_ecn = false;
  pair.right.config().coalesces = false;
  pair.right.config().reports_local_address = false;
  EXPECT_EQ(pair.left_socket->max_segments(), 1u);
  pair.send(2400, 1200, net::ecn_ect0);
  pair.world.run_for(seconds(1));
  ASSERT_EQ(pair.reader.arrivals.size(), 2u);
  EXPECT_EQ(pair.reader.arrivals[0].local, std::nullopt);
  EXPECT_EQ(pair.reader.arrivals[0].ecn, net::ecn_not_ect);
}

TEST(SimSocket, DropsWhatItsBufferCannotHold) {
  TestPair pair(4);
  pair.right.config().receive_buffer_bytes = 5000;
  pair.send_many(10, 1000);
  pair.world.run_for(seconds(1));
  EXPECT_EQ(pair.reader.datagrams(), 5u);
  EXPECT_EQ(pair.right_socket->stats().kernel_drops, 5u);
  EXPECT_EQ(pair.world.trace().count(Fate::dropped_buffer), 5u);
}

TEST(SimSocket, SaysWouldBlockUntilTheHostMaySendAgain) {
  TestPair pair(5);
  pair.left.set_sending_blocked(true);
  EXPECT_EQ(pair.send(100, 100), net::SendStatus::would_block);
  bool is_writable = false;
  pair.left_socket->async_wait(net::Wait::writable, [&] { is_writable = true; });
  pair.world.run_for(seconds(1));
  EXPECT_FALSE(is_writable);
  pair.left.set_sending_blocked(false);
  EXPECT_TRUE(pair.world.run_until([&] { return is_writable; }, seconds(1)));
  EXPECT_EQ(pair.send(100, 100), net::SendStatus::sent);
}

TEST(SimSocket, LetsPacketsWithoutALinkOrAReaderVanish) {
  TestPair pair(6);
  const std::vector<std::byte> bytes(10);
  pair.left_socket->send({*SocketAddr::parse("198.51.100.1:1"), {}, 0, bytes, 10});
  pair.left_socket->send({*SocketAddr::parse("192.0.2.2:9"), {}, 0, bytes, 10});
  pair.left_socket->send({*SocketAddr::parse("[2001:db8::2]:2000"), {}, 0, bytes, 10});  // the wrong family
  pair.world.run_for(seconds(1));
  EXPECT_EQ(pair.world.trace().count(Fate::dropped_no_route), 1u);
  EXPECT_EQ(pair.world.trace().count(Fate::dropped_no_socket), 1u);
  EXPECT_EQ(pair.left_socket->stats().send_errors, 1u);
  EXPECT_EQ(pair.reader.datagrams(), 0u);
}

TEST(SimSocket, ReachesItsOwnHostWithoutALink) {
  TestPair pair(7);
  const auto other = pair.right_platform->bind_udp(*SocketAddr::parse("127.0.0.1:0"));
  const std::vector<std::byte> bytes(10);
  (*other)->send({*SocketAddr::parse("127.0.0.1:2000"), {}, 0, bytes, 10});
  pair.world.run_for(seconds(0));
  ASSERT_EQ(pair.reader.arrivals.size(), 1u);
  EXPECT_EQ(pair.reader.arrivals[0].remote, (*other)->local_addr());
}

TEST(SimSocket, BindsAsTheSystemDoes) {
  TestPair pair(8);
  const auto bind = [&](const char* text) { return pair.left_platform->bind_udp(*SocketAddr::parse(text)); };
  EXPECT_EQ(bind("0.0.0.0:1000").error(), boost::system::errc::address_in_use);
  EXPECT_EQ(bind("192.0.2.1:1000").error(), boost::system::errc::address_in_use);
  EXPECT_EQ(bind("192.0.2.9:0").error(), boost::system::errc::address_not_available);
  EXPECT_TRUE(bind("[::]:1000"));
  const auto first = bind("0.0.0.0:0");
  const auto second = bind("0.0.0.0:0");
  EXPECT_NE((*first)->local_addr().port(), (*second)->local_addr().port());
  pair.left_socket->close();
  EXPECT_TRUE(bind("0.0.0.0:1000"));
}

TEST(SimSocket, DropsItsHandlersWhenItCloses) {
  TestPair pair(9);
  const auto token = std::make_shared<int>();
  pair.left_socket->async_wait(net::Wait::readable, [token] { FAIL(); });
  pair.left_socket->async_wait(net::Wait::writable, [token] { FAIL(); });  // posted already
  pair.left_socket->close();
  EXPECT_EQ(token.use_count(), 1);
  pair.world.run_for(seconds(1));
  EXPECT_EQ(pair.send(100, 100), net::SendStatus::sent);  // swallowed
  EXPECT_EQ(pair.world.trace().count(Fate::sent), 0u);
}

TEST(SimSocket, ListsTheAddressesOfItsHost) {
  TestPair pair(10);
  const auto before = pair.left_platform->interface_addresses();
  EXPECT_EQ(before.size(), 4u);
  EXPECT_EQ(before[2].ip, *IpAddr::parse("192.0.2.1"));
  pair.left.set_addresses({*IpAddr::parse("198.51.100.7")});
  EXPECT_EQ(pair.left_platform->interface_addresses().size(), 3u);
  pair.send(10, 10);
  pair.world.run_for(seconds(1));
  ASSERT_EQ(pair.reader.arrivals.size(), 1u);
  EXPECT_EQ(pair.reader.arrivals[0].remote.ip(), *IpAddr::parse("198.51.100.7"));
}

}  // namespace
}  // namespace iroh::sim
