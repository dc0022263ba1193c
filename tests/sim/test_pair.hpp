// SPDX-License-Identifier: MIT OR Apache-2.0
// For the tests of the world itself: two hosts, one link, one socket on each, and a note of what arrives when.
#pragma once

#include <array>
#include <vector>

#include "tests/sim/world.hpp"

namespace iroh::sim {

struct Arrival {
  base::Instant at;
  SocketAddr remote;
  std::optional<IpAddr> local;
  std::uint8_t ecn = 0;
  std::size_t segment_size = 0;
  std::vector<std::byte> bytes;  ///< of the whole batch
};

/// Reads a socket whenever it is readable.
class Reader {
 public:
  Reader(World& world, net::UdpSocket& socket) : world_(world), socket_(socket) { wait(); }

  std::vector<Arrival> arrivals;

  std::size_t datagrams() const {
    std::size_t count = 0;
    for (const Arrival& one : arrivals) count += (one.bytes.size() + one.segment_size - 1) / one.segment_size;
    return count;
  }

 private:
  void wait() {
    socket_.async_wait(net::Wait::readable, [this] { read(); });
  }
  void read() {
    std::array<net::ReceivedBatch, net::receive_batches_max> batches;
    while (const std::size_t count = socket_.receive(batches)) {
      for (const auto& one : std::span(batches).first(count)) {
        arrivals.push_back(
            {world_.now(), one.remote, one.local, one.ecn, one.segment_size, {one.payload.begin(), one.payload.end()}});
      }
    }
    wait();
  }

  World& world_;
  net::UdpSocket& socket_;
};

struct TestPair {
  explicit TestPair(std::uint64_t seed, LinkConfig config = {})
      : world(seed),
        left(world.add_host({*IpAddr::parse("192.0.2.1"), *IpAddr::parse("2001:db8::1")})),
        right(world.add_host({*IpAddr::parse("192.0.2.2"), *IpAddr::parse("2001:db8::2")})),
        link(world.connect(left, right, config)),
        left_platform(world.platform(left)),
        right_platform(world.platform(right)),
        left_socket(*left_platform->bind_udp(*SocketAddr::parse("0.0.0.0:1000"))),
        right_socket(*right_platform->bind_udp(*SocketAddr::parse("0.0.0.0:2000"))),
        reader(world, *right_socket) {}

  net::SendStatus send(std::size_t size, std::size_t segment_size, std::uint8_t ecn = 0) {
    std::vector<std::byte> bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::byte>(next_byte++);
    return left_socket->send({right_address, {}, ecn, bytes, segment_size});
  }
  void send_many(int count, std::size_t size) {
    for (int i = 0; i < count; ++i) send(size, size);
  }
  const LinkStats& stats() { return link.from(left).stats(); }

  World world;
  Host& left;
  Host& right;
  Link& link;
  std::shared_ptr<net::Platform> left_platform;
  std::shared_ptr<net::Platform> right_platform;
  std::unique_ptr<net::UdpSocket> left_socket;
  std::unique_ptr<net::UdpSocket> right_socket;
  SocketAddr right_address = *SocketAddr::parse("192.0.2.2:2000");
  Reader reader;
  std::uint8_t next_byte = 0;
};

}  // namespace iroh::sim
