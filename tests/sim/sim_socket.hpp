// SPDX-License-Identifier: MIT OR Apache-2.0
// A UDP socket of a simulated host: cuts trains into packets, and joins packets that wait side by side into trains, as
// the kernel's offloads do.
#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <deque>
#include <memory>

#include "iroh/base/result.hpp"
#include "net/handler_slot.hpp"
#include "net/udp_socket.hpp"
#include "tests/sim/packet.hpp"

namespace iroh::sim {

class Host;

class SimSocket final : public net::UdpSocket {
 public:
  SimSocket(Host& host, boost::asio::any_io_executor executor);
  ~SimSocket() override { SimSocket::close(); }

  /// Once, before anything else.
  Result<void> bind(const SocketAddr& wanted);

  SocketAddr local_addr() const override { return local_; }
  std::size_t receive(std::span<net::ReceivedBatch> out) override;
  net::SendStatus send(const net::SendBatch& batch) override;
  void async_wait(net::Wait direction, std::move_only_function<void()> handler) override;
  std::size_t max_segments() const override;
  bool may_fragment() const override { return false; }
  net::UdpSocketStats stats() const override { return stats_; }
  void close() override;

  // For Host:
  bool has_room_for(const Packet& packet) const;
  /// A packet arrives; without room it is counted as dropped.
  void deliver(Packet packet);
  void became_writable();
  void drop_waiting_handlers();

 private:
  struct Waiting : net::HandlerSlot {
    bool is_posted = false;
  };

  bool is_ready(net::Wait direction) const;
  void post_if_ready(net::Wait direction);
  IpAddr source_for(const net::SendBatch& batch) const;
  net::ReceivedBatch take_train();
  Packet take_front();
  bool joins(const Packet& packet, const Packet& first, std::size_t joined_bytes) const;

  Host& host_;
  boost::asio::any_io_executor executor_;
  SocketAddr local_;
  bool is_open_ = false;
  std::deque<Packet> queue_;
  std::size_t queued_bytes_ = 0;
  std::array<std::shared_ptr<Waiting>, 2> waits_;  // by net::Wait
  net::UdpSocketStats stats_;
};

}  // namespace iroh::sim
