// SPDX-License-Identifier: MIT OR Apache-2.0
// What the command line of `iroh bench` may ask for. bench/reference takes the same names.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "iroh/base/socket_addr.hpp"

namespace iroh::tools {

/// How an endpoint of the benchmark is made.
struct BenchEndpointOptions {
  SocketAddr bind_addr{IpAddr::v4_loopback(), 0};
  bool no_gso = false;             ///< one system call per datagram sent
  std::string cipher = "default";  ///< or "aes-128-gcm", "aes-256-gcm"
  bool spin = false;  ///< wait for packets by asking again and again, as long as they come within microseconds
};

struct BenchServerOptions {
  BenchEndpointOptions endpoint;
  bool json = false;
};

enum class Direction : std::uint8_t { up, down };

struct BenchClientOptions {
  BenchEndpointOptions endpoint;
  std::string ticket;  ///< or id and addr, for servers that print no ticket
  std::string id;
  std::string addr;
  bool json = false;

  std::uint64_t size = 0;   ///< bytes of a transfer, a message, a datagram; 0: the test's default
  std::uint64_t count = 0;  ///< rounds, datagrams, handshakes, connections, endpoints; 0: the test's default
  Direction direction = Direction::up;
  std::uint64_t streams = 1;
  std::uint64_t concurrency = 32;
  bool fresh_endpoints = false;  ///< each handshake from a new endpoint, which has no ticket to resume with
  std::chrono::duration<double> settle{5};
};

}  // namespace iroh::tools
