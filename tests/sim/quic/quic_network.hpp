// SPDX-License-Identifier: MIT OR Apache-2.0
// Hosts with bare QUIC endpoints and the links between them, in virtual time from one seed.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "tests/sim/link.hpp"
#include "tests/sim/network.hpp"
#include "tests/sim/quic/quic_host.hpp"

namespace iroh::sim {

class QuicNetwork final : public Network {
 public:
  explicit QuicNetwork(std::uint64_t seed);
  ~QuicNetwork();

  QuicHost& add_host(std::vector<IpAddr> addresses, quic::EndpointConfig config = {});
  Link& connect(Node& first, Node& second, LinkConfig config = {});
  /// A link of its own for one pair of addresses; it goes before the link for all.
  Link& connect(QuicHost& first, const IpAddr& of_first, QuicHost& second, const IpAddr& of_second,
                LinkConfig config = {});
  const std::vector<std::unique_ptr<QuicHost>>& hosts() const { return hosts_; }
  const std::vector<std::unique_ptr<Link>>& links() const { return links_; }

  /// Runs until done() holds, looked at after each instant, or limit has passed. Returns done().
  bool run_until(const std::function<bool()>& done, base::Duration limit = base::seconds(60));
  void run_for(base::Duration duration);
  /// Runs until nothing will ever happen any more; false if that is not so after limit.
  bool run_until_idle(base::Duration limit);

 private:
  std::vector<std::unique_ptr<QuicHost>> hosts_;
  std::vector<std::unique_ptr<Link>> links_;
};

}  // namespace iroh::sim
