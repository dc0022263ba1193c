// SPDX-License-Identifier: MIT OR Apache-2.0
// The platform that is a host of the simulated world.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <utility>

#include "net/platform.hpp"

namespace iroh::sim {

class Host;

class SimPlatform final : public net::Platform {
 public:
  SimPlatform(Host& host, boost::asio::any_io_executor executor) : host_(host), executor_(std::move(executor)) {}

  base::Instant now() override;
  base::Random& random() override;
  Result<std::unique_ptr<net::UdpSocket>> bind_udp(const SocketAddr& local) override;
  std::unique_ptr<net::Timer> make_timer() override;
  std::vector<net::InterfaceAddr> interface_addresses() override;

 private:
  Host& host_;
  boost::asio::any_io_executor executor_;
};

}  // namespace iroh::sim
