// SPDX-License-Identifier: MIT OR Apache-2.0
// How DATAGRAM frames share trains.
#include <gtest/gtest.h>

#include "quic/endpoint/endpoint_pair.hpp"

namespace iroh::quic {
namespace {

struct Sent {
  std::size_t arrived = 0;
  std::uint64_t datagrams = 0;
  std::uint64_t trains = 0;
};

/// left sends messages of these sizes over and over, so many in all, at once.
Sent send(std::vector<std::size_t> sizes, std::size_t count) {
  EndpointPair pair(71);
  pair.connect();
  Sent sent;
  if (!pair.run_until_connected()) return sent;
  pair.run_for(base::seconds(5));  // the MTU is found
  const ConnectionStats before = pair.left_connection()->stats();
  auto& queue = pair.left_connection()->datagrams();
  for (std::size_t i = 0; i < count; ++i)
    (void)queue.send(Bytes::from_string(std::string(sizes[i % sizes.size()], 'x')), DatagramSendMode::wait);
  pair.wake_left();
  (void)pair.run_until([&] {
    while (pair.right_connection()->datagrams().receive()) ++sent.arrived;
    return sent.arrived == count;
  });
  const ConnectionStats after = pair.left_connection()->stats();
  sent.datagrams = after.udp_tx_datagrams - before.udp_tx_datagrams;
  sent.trains = after.udp_tx_transmits - before.udp_tx_transmits;
  return sent;
}

TEST(DatagramTrain, MessagesOfOneSizeLeaveTogetherWhateverTheSize) {
  // [performance.md 2.1] The first window is 12 KB: a train of about ten, then as acknowledgements come in.
  for (const std::size_t size : {500u, 750u, 1000u, 1200u, 1400u}) {
    SCOPED_TRACE(size);
    const Sent sent = send({size}, 40);
    EXPECT_EQ(sent.arrived, 40u);
    EXPECT_LE(sent.trains, 15u);
  }
}

TEST(DatagramTrain, UnequalMessagesArriveAndNoneIsPaddedToAnother) {
  const Sent sent = send({1000, 800, 1400, 100}, 40);
  EXPECT_EQ(sent.arrived, 40u);
  EXPECT_GE(sent.datagrams, 30u);
}

}  // namespace
}  // namespace iroh::quic
