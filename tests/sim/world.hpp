// SPDX-License-Identifier: MIT OR Apache-2.0
// The simulated world: hosts and links in virtual time, everything drawn from one seed. Code that gets its clock,
// sockets, timers and randomness from platform() runs here unchanged; a day passes in a moment and every run with the
// same seed is the same run.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/time.hpp"
#include "iroh/base/socket_addr.hpp"
#include "net/platform.hpp"
#include "net/slab_pool.hpp"
#include "tests/sim/host.hpp"
#include "tests/sim/link.hpp"
#include "tests/sim/network.hpp"

namespace iroh::sim {

class World final : public Network {
 public:
  explicit World(std::uint64_t seed);
  /// Sockets and timers must be gone by then, or be owned (also by themselves) through handlers that wait here.
  ~World();

  /// Everything asynchronous of the world runs here, driven by run_for() and run_until() alone.
  boost::asio::io_context& context() { return context_; }
  const std::shared_ptr<net::SlabPool>& slabs() const { return slabs_; }

  Host& add_host(std::vector<IpAddr> addresses);
  /// A point-to-point link; packets whose destination the far node accepts take it.
  Link& connect(Node& first, Node& second, LinkConfig config = {});
  /// Handlers of its sockets and timers run through the executor, which must lead to context(); none: context() itself.
  std::shared_ptr<net::Platform> platform(Host& host, boost::asio::any_io_executor executor = {});

  /// Runs until done() holds (looked at whenever all ready handlers have run), or limit has passed. Returns done().
  bool run_until(const std::function<bool()>& done, base::Duration limit);
  void run_for(base::Duration duration);

 private:
  bool run_ready_handlers();

  std::shared_ptr<net::SlabPool> slabs_;
  std::vector<std::unique_ptr<Host>> hosts_;
  std::vector<std::unique_ptr<Link>> links_;
  // Last, so that it goes first: handlers that still wait in it may own sockets and timers of the members above.
  boost::asio::io_context context_{1};
};

}  // namespace iroh::sim
