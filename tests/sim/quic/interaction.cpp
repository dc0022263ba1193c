// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tests/sim/quic/interaction_impl.hpp"

namespace iroh::sim {

using base::seconds;

Interaction::Interaction(const Plan& plan)
    : plan_(plan),
      network_(plan.seed),
      hosts_{&network_.add_host({addr("10.0.0.1"), addr("10.1.0.1")}, {.transport = plan.client}),
             &network_.add_host({addr("10.0.0.2"), addr("10.1.0.2")}, {.transport = plan.server})},
      links_{&network_.connect(*hosts_[0], addr("10.0.0.1"), *hosts_[1], addr("10.0.0.2"), plan.link),
             &network_.connect(*hosts_[0], addr("10.1.0.1"), *hosts_[1], addr("10.1.0.2"), plan.second_link)} {
  for (std::size_t i = 0; i < connections_max; ++i) hosts_[1]->alpns.push_back("c" + std::to_string(i));
  for (int side = 0; side < 2; ++side) {
    hosts_[index(side)]->on_event = [this, side](ConnectionHandle handle, const quic::ConnectionEvent& event) {
      on_event(side, handle, event);
    };
    for (Link* link : links_) {
      link->from(*hosts_[index(side)]).set_filter([this, side](Packet& packet) { return let_pass(side, packet); });
    }
  }
}

Failure Interaction::run() {
  dial();
  network_.run_until([&] { return connected(0); }, seconds(20));
  for (const Operation& operation : plan_.operations) {
    apply(operation);
    check_hosts();
    if (failure_) return failure_;
  }
  heal();
  finish_everything();
  if (!failure_) close_everything();
  check_hosts();
  return failure_;
}

void Interaction::fill(InteractionStats& stats) const {
  stats.datagrams = hosts_[0]->datagrams_sent + hosts_[1]->datagrams_sent;
  stats.bytes = hosts_[0]->bytes_sent + hosts_[1]->bytes_sent;
  stats.virtual_time = network_.now().time_since_epoch() - seconds(1000);
  stats.connections = models_.size();
  stats.timed_out = timed_out_;
}

Failure run(const Plan& plan, InteractionStats* stats) {
  Interaction interaction(plan);
  Failure failure = interaction.run();
  if (stats != nullptr) interaction.fill(*stats);
  return failure;
}

}  // namespace iroh::sim
