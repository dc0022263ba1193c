// SPDX-License-Identifier: MIT OR Apache-2.0
// Interaction: what operations do to the network, to hosts and to paths.
#include "tests/sim/quic/interaction_impl.hpp"

namespace iroh::sim {

using base::milliseconds;

void Interaction::apply_to_network(const Operation& operation, int side, std::size_t number) {
  QuicHost& host = *hosts_[index(side)];
  Link& link = *links_[operation.a % 2];
  switch (operation.kind) {
    case OperationKind::wait:
      return network_.run_for(milliseconds(operation.a % 200));
    case OperationKind::wait_long:
      return network_.run_for(milliseconds(operation.a % 20'000));
    case OperationKind::set_loss: {
      LinkConfig config = link.from(host).config();
      config.loss = static_cast<double>(operation.b % 300) / 1000.0;
      link.from(host).set_config(config);
      has_outage_ = has_outage_ || config.loss > 0.1;
      return;
    }
    case OperationKind::drop_next:
      drops_[index(side)] += 1 + operation.a % 4;
      return;
    case OperationKind::duplicate_next:
      duplicates_[index(side)] += 1 + operation.a % 4;
      return;
    case OperationKind::delay_next:
      delays_[index(side)] += 1 + operation.a % 4;
      delay_ = milliseconds(operation.b % 500);
      return;
    case OperationKind::block:
      has_outage_ = true;
      return link.from(host).block();
    case OperationKind::unblock:
      return link.from(host).unblock();
    case OperationKind::rebind: {
      // Only a client's address changes behind its back: nobody follows a server that moves.
      const SocketAddr inner = hosts_[0]->addr(operation.a % 2);
      const auto port = static_cast<std::uint16_t>(10'000 + operation.b % 1000);
      has_outage_ = true;
      return hosts_[0]->rewrite(inner, SocketAddr(inner.ip(), port));
    }
    case OperationKind::interface_down:
      has_outage_ = true;
      return hosts_[0]->set_interface_up(hosts_[0]->addr(operation.a % 2).ip(), false);
    case OperationKind::interface_up:
      return hosts_[0]->set_interface_up(hosts_[0]->addr(operation.a % 2).ip(), true);
    case OperationKind::pause:
      has_outage_ = true;
      return host.set_paused(true);
    case OperationKind::resume:
      return host.set_paused(false);
    case OperationKind::set_mtu: {
      LinkConfig config = link.from(host).config();
      config.mtu = 1228 + operation.b % 273;
      return link.set_config(config);
    }
    default:
      return apply_to_paths(operation, side, number);
  }
}

void Interaction::apply_to_paths(const Operation& operation, int side, std::size_t number) {
  Connection* one = connection(side, number);
  if (one == nullptr) return;
  const auto paths = one->paths();
  const std::size_t which = operation.a % std::max<std::size_t>(paths.size(), 1);
  const auto status = (operation.b & 0x100) != 0 ? quic::PathStatus::backup : quic::PathStatus::available;
  switch (operation.kind) {
    case OperationKind::open_path: {
      const quic::FourTuple to{hosts_[index(1 - side)]->addr(operation.a % 2), std::nullopt};
      static_cast<void>(one->open_path(network_.now(), to, status, (operation.b & 0x200) != 0));
      break;
    }
    case OperationKind::close_path:
      if (!paths.empty() && one->close_path(paths[which].id, operation.a)) has_outage_ = true;
      break;
    case OperationKind::set_status:
      if (!paths.empty()) one->set_path_status(paths[which].id, status);
      break;
    case OperationKind::network_change:
      if (operation.a % 3 == 0) {
        one->handle_network_change(network_.now());
      } else {
        one->handle_network_change(network_.now(), [&](const quic::PathStats& stats) {
          return quic::to_u32(stats.id) % 2 == operation.b % 2;
        });
      }
      break;
    case OperationKind::add_candidate:
      static_cast<void>(one->add_candidate(candidate(side, operation.a)));
      break;
    case OperationKind::remove_candidate:
      one->remove_candidate(candidate(side, operation.a));
      break;
    case OperationKind::nat_round:
      static_cast<void>(one->start_nat_round(network_.now()));
      break;
    default:
      break;
  }
  hosts_[index(side)]->wake_all();
  network_.run_for(milliseconds(operation.b % 4));
}

/// One of the host's own addresses, or one where nobody is.
SocketAddr Interaction::candidate(int side, std::uint16_t which) {
  if (which % 3 < 2) return hosts_[index(side)]->addr(which % 3);
  return {addr("10.9.9.9"), static_cast<std::uint16_t>(1 + which % 50)};
}

bool Interaction::let_pass(int side, Packet& packet) {
  std::size_t& delays = delays_[index(side)];
  if (delays > 0) {
    --delays;
    network_.events().schedule(network_.now() + delay_, [this, side, late = packet]() mutable {
      hosts_[index(1 - side)]->receive(std::move(late));
    });
    return false;
  }
  std::size_t& duplicates = duplicates_[index(side)];
  if (duplicates > 0) {
    --duplicates;
    network_.events().schedule(network_.now() + milliseconds(20), [this, side, copy = packet]() mutable {
      hosts_[index(1 - side)]->receive(std::move(copy));
    });
  }
  std::size_t& drops = drops_[index(side)];
  if (drops == 0) return true;
  --drops;
  return false;
}

}  // namespace iroh::sim
