// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tests/sim/world.hpp"

#include <algorithm>
#include <utility>

#include "tests/sim/sim_platform.hpp"

namespace iroh::sim {
namespace {

// Handlers that run at one instant before time creeps on. Code that re-posts itself while it waits for the clock (a
// short spin instead of a sleep) would otherwise stop the world.
constexpr int handlers_per_instant_max = 2'000;

}  // namespace

World::World(std::uint64_t seed) : Network(seed), slabs_(net::SlabPool::create()) {}

World::~World() {
  events().clear();
  for (const auto& host : hosts_) host->drop_waiting_handlers();
}

Host& World::add_host(std::vector<IpAddr> addresses) {
  // A stream of numbers of its own: another host more does not change what this one draws.
  const std::uint64_t host_seed = seed() * 0x9e3779b97f4a7c15u + hosts_.size() + 1;
  return *hosts_.emplace_back(std::make_unique<Host>(*this, std::move(addresses), host_seed));
}

Link& World::connect(Node& first, Node& second, LinkConfig config) {
  Link& link = *links_.emplace_back(std::make_unique<Link>(*this, first, second, config));
  first.plug_in(link);
  second.plug_in(link);
  return link;
}

std::shared_ptr<net::Platform> World::platform(Host& host, boost::asio::any_io_executor executor) {
  if (!executor) executor = context_.get_executor();
  return std::make_shared<SimPlatform>(host, std::move(executor));
}

// Returns true if all handlers that were ready have run.
bool World::run_ready_handlers() {
  for (int i = 0; i < handlers_per_instant_max; ++i) {
    if (context_.stopped()) context_.restart();
    if (context_.poll_one() == 0) return true;
  }
  return false;
}

bool World::run_until(const std::function<bool()>& done, base::Duration limit) {
  const base::Instant end = now() + limit;
  for (;;) {
    const bool is_quiet = run_ready_handlers();
    if (done()) return true;
    if (is_quiet) {
      if (!advance(end)) return false;
    } else {
      if (now() >= end) return false;
      creep(end);
    }
  }
}

void World::run_for(base::Duration duration) {
  run_until([] { return false; }, duration);
}

}  // namespace iroh::sim
