// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tests/sim/quic/quic_network.hpp"

#include "base/assert.hpp"

namespace iroh::sim {

QuicNetwork::QuicNetwork(std::uint64_t seed) : Network(seed) {
  advance(base::Instant(base::seconds(1000)));  // cores must not care, but zero would hide mistakes
}

// Events refer to hosts and links.
QuicNetwork::~QuicNetwork() {
  events().clear();
}

QuicHost& QuicNetwork::add_host(std::vector<IpAddr> addresses, quic::EndpointConfig config) {
  // A stream of numbers of its own: another host more does not change what this one draws.
  const std::uint64_t host_seed = seed() * 0x9e3779b97f4a7c15u + hosts_.size() + 1;
  return *hosts_.emplace_back(std::make_unique<QuicHost>(*this, std::move(addresses), host_seed, std::move(config)));
}

Link& QuicNetwork::connect(Node& first, Node& second, LinkConfig config) {
  Link& link = *links_.emplace_back(std::make_unique<Link>(*this, first, second, config));
  first.plug_in(link);
  second.plug_in(link);
  return link;
}

Link& QuicNetwork::connect(QuicHost& first, const IpAddr& of_first, QuicHost& second, const IpAddr& of_second,
                           LinkConfig config) {
  Link& link = connect(first, second, config);
  link.carry_only(of_first, of_second);
  return link;
}

bool QuicNetwork::run_until(const std::function<bool()>& done, base::Duration limit) {
  const base::Instant end = now() + limit;
  while (!done()) {
    if (!advance(end)) return done();
  }
  return true;
}

void QuicNetwork::run_for(base::Duration duration) {
  const base::Instant end = now() + duration;
  while (advance(end)) {
  }
}

bool QuicNetwork::run_until_idle(base::Duration limit) {
  const base::Instant end = now() + limit;
  while (events().size() > 0) {
    if (!advance(end)) return false;
  }
  return true;
}

}  // namespace iroh::sim
