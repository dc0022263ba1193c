// SPDX-License-Identifier: MIT OR Apache-2.0
// Two bare QUIC endpoints hand each other trains as they are. After a warm-up, moving data must not allocate.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>

#include "base/heap_buffer.hpp"
#include "iroh/identity/secret_key.hpp"
#include "quic/endpoint/endpoint.hpp"
#include "tests/steady_state/allocation_counter.hpp"

namespace iroh::quic {
namespace {

using test::Counted;

/// One side with what it lends to its endpoint.
struct Node {
  Node(std::uint8_t seed, std::uint16_t port)
      : random(seed), addr(IpAddr(IpAddr::V4{10, 0, 0, seed}), port), key(make_key(seed)) {
    endpoint = std::make_unique<Endpoint>(EndpointConfig{.transport = {.send_window = 128 << 10}},
                                          *tls::make_identity(key), random);
  }
  static SecretKey make_key(std::uint8_t seed) {
    std::array<std::byte, 32> secret{};
    secret.fill(std::byte{seed});
    return SecretKey::from_bytes(secret);
  }
  Connection& connection() { return *endpoint->connection(*handle); }

  base::SeededRandom random;
  SocketAddr addr;
  SecretKey key;
  std::unique_ptr<Endpoint> endpoint;
  std::optional<ConnectionHandle> handle;
};

class SteadyState : public testing::Test {
 protected:
  /// One train at a time from one to the other; only the endpoints' own work is counted.
  std::uint64_t flush(Node& from, Node& to) {
    std::uint64_t packets = 0;
    for (;;) {
      std::optional<Transmit> transmit;
      {
        Counted counted;
        transmit = from.endpoint->poll_transmit(now, buffer);
      }
      if (!transmit) return packets;
      const std::size_t count = (transmit->size + transmit->segment_size - 1) / transmit->segment_size;
      packets += count;
      if (drop_every > 0 && ++trains % drop_every == 0) continue;
      ReceivedDatagrams train{.four_tuple = {from.addr, to.addr.ip()}, .ecn = transmit->ecn};
      auto* slab = base::HeapBuffer::copy_of(ByteSpan(buffer).first(transmit->size));
      train.payload = slab->bytes();
      train.segment_size = transmit->segment_size;
      train.buffer = SharedBufferRef::adopt(slab);
      Counted counted;
      to.endpoint->handle_datagrams(now, train);
    }
  }

  void turn(Node& node) {
    for (;;) {
      std::optional<EndpointEvent> event;
      {
        Counted counted;
        event = node.endpoint->poll_event();
      }
      if (!event) return;
      if (const auto* incoming = std::get_if<NewIncoming>(&*event)) {
        node.handle = *node.endpoint->accept(now, incoming->id, {"test"});
      } else if (const auto* ready = std::get_if<ConnectionReady>(&*event)) {
        Counted counted;
        while (auto occurred = node.endpoint->connection(ready->connection)->poll_event()) {
          if (std::holds_alternative<Connected>(*occurred)) ++connected;
        }
      }
    }
  }

  std::uint64_t round() {
    const std::uint64_t packets = flush(left, right) + flush(right, left);
    turn(left);
    turn(right);
    now += base::milliseconds(1);
    Counted counted;
    left.endpoint->handle_timeout(now);
    right.endpoint->handle_timeout(now);
    return packets;
  }

  void connect() {
    left.handle = *left.endpoint->connect(
        now, {.remote = right.key.public_key(), .first = {right.addr, std::nullopt}, .alpns = {"test"}});
    for (int i = 0; i < 1000 && connected < 2; ++i) round();
    ASSERT_EQ(connected, 2);
    for (int i = 0; i < 200; ++i) round();
  }

  /// Moves data for so many rounds; packets sent meanwhile.
  template <class Step>
  std::uint64_t run(int rounds, Step&& step) {
    std::uint64_t packets = 0;
    for (int i = 0; i < rounds; ++i) {
      step();
      packets += round();
    }
    return packets;
  }

  template <class Step>
  void expect_free(Step&& step) {
    constexpr int rounds = 100;
    run(150, step);  // buffers, rings and tables grow to their size
    const std::uint64_t before = Counted::total();
    const std::uint64_t packets = run(rounds, step);
    const std::uint64_t allocations = Counted::total() - before;
    EXPECT_GT(packets, 20u * rounds);
    // What is left belongs to turns, not to packets: queues of events that move on to their next block.
    EXPECT_LT(allocations, 2u * rounds) << allocations << " allocations for " << packets << " packets";
  }

  /// left writes slices of memory that exists, right reads and drops them.
  void move_stream_data() {
    Counted counted;
    for (;;) {
      Bytes rest = source;
      const auto written = left.connection().write_bytes(*stream, rest);
      if (!written || *written == 0) break;
    }
    left.endpoint->wake(*left.handle);
    right.connection().accept_stream(Dir::uni);
    while (auto chunk = right.connection().read(*stream, 1 << 20)) {
      if (chunk->empty()) break;
    }
    right.endpoint->wake(*right.handle);
  }

  Node left{1, 1000};
  Node right{2, 2000};
  Instant now{base::seconds(1000)};
  std::vector<std::byte> buffer = std::vector<std::byte>(65536);
  Bytes source = Bytes::from_string(std::string(1 << 16, 'x'));
  std::optional<StreamId> stream;
  int connected = 0;
  std::uint64_t drop_every = 0;
  std::uint64_t trains = 0;
};

TEST_F(SteadyState, AStreamAllocatesNothingPerPacket) {
  // [performance.md §1] ARCHITECTURE.md, "no allocation per packet in the steady state".
  connect();
  stream = left.connection().open_stream(Dir::uni);
  ASSERT_TRUE(stream);
  expect_free([this] { move_stream_data(); });
}

TEST_F(SteadyState, AStreamOverALossyPathAllocatesLittle) {
  connect();
  stream = left.connection().open_stream(Dir::uni);
  ASSERT_TRUE(stream);
  drop_every = 97;
  expect_free([this] { move_stream_data(); });
}

TEST_F(SteadyState, DatagramsAllocateNothingPerPacket) {
  connect();
  const Bytes datagram = source.slice(0, 1100);
  expect_free([&] {
    Counted counted;
    for (int i = 0; i < 20; ++i) (void)left.connection().datagrams().send(datagram, DatagramSendMode::drop_oldest);
    left.endpoint->wake(*left.handle);
    while (right.connection().datagrams().receive()) {
    }
  });
}

}  // namespace
}  // namespace iroh::quic
