// SPDX-License-Identifier: MIT OR Apache-2.0
// Everything an endpoint asks of its surroundings, as narrow interfaces. One place injects the implementation: the
// operating system (os_platform.hpp) or the simulated world (tests/sim/world.hpp).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/time.hpp"
#include "iroh/base/result.hpp"
#include "iroh/base/socket_addr.hpp"
#include "net/udp_socket.hpp"

namespace iroh::net {

/// One deadline. Belongs to one executor, as UdpSocket does.
class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  /// Cancels.
  virtual ~Timer() = default;

  /// Calls handler once, through the executor, at or after deadline. Arming again replaces deadline and handler.
  virtual void arm(base::Instant deadline, std::move_only_function<void()> handler) = 0;
  /// The handler is destroyed and will not be called, even if the deadline has passed already.
  virtual void cancel() = 0;
};

/// One address of one network interface.
struct InterfaceAddr {
  std::string name;
  IpAddr ip;
  std::uint32_t scope_id = 0;  ///< the interface's index for a link-local IPv6 address, otherwise 0
  bool is_loopback = false;
  bool is_up = false;

  friend bool operator==(const InterfaceAddr&, const InterfaceAddr&) = default;
};

class Platform {
 public:
  Platform() = default;
  Platform(const Platform&) = delete;
  Platform& operator=(const Platform&) = delete;
  virtual ~Platform() = default;

  virtual base::Instant now() = 0;
  virtual base::Random& random() = 0;
  /// Port 0 lets the system choose. IPv6 sockets carry IPv6 only. [endpoint.md §4.6]
  virtual Result<std::unique_ptr<UdpSocket>> bind_udp(const SocketAddr& local) = 0;
  virtual std::unique_ptr<Timer> make_timer() = 0;
  virtual std::vector<InterfaceAddr> interface_addresses() = 0;
};

}  // namespace iroh::net
