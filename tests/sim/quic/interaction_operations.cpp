// SPDX-License-Identifier: MIT OR Apache-2.0
// Interaction: what each operation of the application does.
#include "tests/sim/quic/interaction_impl.hpp"

namespace iroh::sim {
namespace {

constexpr std::size_t much = 60'000;

}  // namespace

using base::milliseconds;

void Interaction::apply(const Operation& operation) {
  const int side = operation.side;
  const std::size_t number = operation.b % models_.size();
  Side& own = sides_[index(side)][number];
  switch (operation.kind) {
    case OperationKind::open_bi:
      open(side, number, Dir::bi);
      break;
    case OperationKind::open_uni:
      open(side, number, Dir::uni);
      break;
    case OperationKind::write:
      if (const auto id = pick(own.sending, operation.a)) write(side, number, *id, operation.a % 3000);
      break;
    case OperationKind::write_much:
      if (const auto id = pick(own.sending, operation.a)) write(side, number, *id, much + operation.a);
      break;
    case OperationKind::finish:
      if (const auto id = pick(own.sending, operation.a)) finish(side, number, *id);
      break;
    case OperationKind::reset:
      if (const auto id = pick(own.sending, operation.a)) reset(side, number, *id, operation.a);
      break;
    case OperationKind::read:
      if (const auto id = pick(own.receiving, operation.a)) read(side, number, *id, 1 + operation.a % 5000);
      break;
    case OperationKind::read_all:
      read_all(side, number);
      break;
    case OperationKind::stop:
      if (const auto id = pick(own.receiving, operation.a)) stop(side, number, *id, operation.a);
      break;
    case OperationKind::datagrams:
      send_datagrams(side, number, operation);
      break;
    case OperationKind::dial:
      dial();
      break;
    case OperationKind::close:
      close(side, number, operation.a);
      break;
    default:
      return apply_to_network(operation, side, number);
  }
  hosts_[index(side)]->wake_all();
  network_.run_for(milliseconds(operation.b % 4));
}

void Interaction::read_all(int side, std::size_t number) {
  const auto streams = sides_[index(side)][number].receiving;
  for (const StreamId id : streams) {
    while (read(side, number, id, 1 << 16)) {
    }
  }
  if (Connection* one = connection(side, number)) {
    while (const auto datagram = one->datagrams().receive()) check_datagram(*datagram);
  }
}

void Interaction::send_datagrams(int side, std::size_t number, const Operation& operation) {
  Connection* one = connection(side, number);
  if (one == nullptr) return;
  for (int i = 0; i < 1 + operation.a % 5; ++i) {
    std::vector<std::byte> bytes(operation.a % 1500u);
    for (std::size_t k = 0; k < bytes.size(); ++k) bytes[k] = content(bytes.size(), k);
    const auto mode = operation.b % 2 == 0 ? quic::DatagramSendMode::wait : quic::DatagramSendMode::drop_oldest;
    static_cast<void>(one->datagrams().send(Bytes::copy_of(bytes), mode));
  }
}

void Interaction::check_datagram(const Bytes& datagram) {
  for (std::size_t k = 0; k < datagram.size(); ++k) {
    if (datagram.data()[k] != content(datagram.size(), k)) return fail("a DATAGRAM was changed on its way");
  }
}

void Interaction::close(int side, std::size_t number, std::uint64_t code) {
  Connection* one = connection(side, number);
  if (one == nullptr) return;
  models_[number].is_close_called = true;
  one->close(network_.now(), code, "as planned");
  hosts_[index(side)]->wake_all();
}

}  // namespace iroh::sim
