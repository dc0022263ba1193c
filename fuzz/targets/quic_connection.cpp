// SPDX-License-Identifier: MIT OR Apache-2.0
#include "fuzz/targets/quic_connection.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string_view>

#include "base/assert.hpp"
#include "tests/hostile/scripted_peer.hpp"
#include "tests/sim/quic/interaction.hpp"
#include "tests/sim/quic/quic_network.hpp"

namespace iroh::fuzz {
namespace {

using base::milliseconds;
using base::seconds;
using hostile::PacketOptions;
using hostile::ScriptedPeer;
using hostile::ScriptedPeerConfig;
using quic::Side;

IpAddr ip(std::string_view text) {
  return *IpAddr::parse(text);
}

/// Takes the input apart from the front; an empty rest gives zeros.
class Script {
 public:
  explicit Script(std::span<const std::uint8_t> input) : rest_(input) {}
  bool is_empty() const { return rest_.empty(); }
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const std::uint8_t first = rest_.front();
    rest_ = rest_.subspan(1);
    return first;
  }
  std::uint32_t number() { return static_cast<std::uint32_t>(byte() << 8 | byte()); }
  base::ByteSpan bytes(std::size_t count) {
    const auto taken = rest_.first(std::min(count, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return std::as_bytes(taken);
  }

 private:
  std::span<const std::uint8_t> rest_;
};

void check(const sim::QuicHost& host) {
  for (const std::string& fault : host.faults()) std::fprintf(stderr, "fault: %s\n", fault.c_str());
  IROH_ASSERT(host.faults().empty());
}

/// Whatever the peer did: at the end nothing is left, and no timer runs for ever. [quic.md §9.1-36]
void check_end(sim::QuicNetwork& network, sim::QuicHost& host) {
  check(host);
  constexpr std::size_t datagrams_max = 50'000;
  IROH_ASSERT(host.datagrams_sent < datagrams_max);
  for (const auto handle : host.handles()) {
    if (auto* connection = host.connection(handle)) connection->close(network.now(), 0, "");
    host.wake(handle);
  }
  IROH_ASSERT(network.run_until_idle(seconds(120)));
  IROH_ASSERT(host.endpoint().connection_count() == 0);
  check(host);
}

/// An application that answers everything: it accepts, reads, echoes and closes streams as the script says.
void act(sim::QuicHost& host, Script& script) {
  quic::Connection* connection = host.connection();
  if (connection == nullptr) return;
  const std::uint8_t what = script.byte();
  const auto dir = (what & 0x80) != 0 ? quic::Dir::uni : quic::Dir::bi;
  const quic::StreamId id(script.byte() % 32u);
  static const std::vector<std::byte> data(3000, std::byte{7});
  switch (what % 9) {
    case 0:
      while (connection->accept_stream(dir)) {
      }
      break;
    case 1:
      static_cast<void>(connection->open_stream(dir));
      break;
    case 2:
      while (const auto chunk = connection->read(id, 1 + script.number())) {
        if (chunk->empty()) break;
      }
      break;
    case 3:
      static_cast<void>(connection->write(id, base::ByteSpan(data).first(script.number() % data.size())));
      break;
    case 4:
      static_cast<void>(connection->finish(id));
      break;
    case 5:
      static_cast<void>(connection->reset(id, script.byte()));
      break;
    case 6:
      connection->stop(id, script.byte());
      break;
    case 7:
      static_cast<void>(connection->datagrams().send(Bytes::copy_of(base::ByteSpan(data).first(script.number() % 1300)),
                                                     quic::DatagramSendMode::drop_oldest));
      break;
    default:
      while (connection->datagrams().receive()) {
      }
      break;
  }
  host.wake_all();
}

ScriptedPeerConfig peer_config(std::uint8_t flags, const sim::QuicHost& victim) {
  ScriptedPeerConfig config;
  config.side = (flags & 1) != 0 ? Side::server : Side::client;
  config.addr = SocketAddr(ip("10.0.0.66"), 666);
  config.victim = victim.addr();
  config.expected = victim.id();
  config.records = false;
  config.acknowledges = (flags & 2) == 0;
  if ((flags & 4) != 0) config.parameters.initial_max_path_id.reset();
  if ((flags & 8) == 0) config.parameters.nat_traversal_limit = 32;
  if ((flags & 16) != 0) config.parameters.address_discovery_role = quic::AddressDiscoveryRole::both;
  return config;
}

void send(ScriptedPeer& peer, std::uint8_t head, Script& script) {
  PacketOptions options;
  options.path = static_cast<quic::PathId>(head >> 5);
  if (peer.remote_cids(options.path).empty()) options.path = quic::path_zero;
  if ((head & 0x10) != 0) options.datagram_size = 1200;
  peer.send_payload(script.bytes(script.number() % 1300), options);
}

}  // namespace

void fuzz_quic_datagrams(std::span<const std::uint8_t> input) {
  sim::QuicNetwork network(1);
  auto& left = network.add_host({ip("10.0.0.1")});
  auto& right = network.add_host({ip("10.0.0.2")});
  network.connect(left, right, {.delay = milliseconds(1)});
  left.dial(right);
  Script script(input);
  if ((script.byte() & 1) != 0) network.run_until([&] { return !right.handles().empty() && right.log().is_confirmed; });
  while (!script.is_empty()) {
    const std::uint8_t head = script.byte();
    const SocketAddr from((head & 1) != 0 ? ip("10.0.0.1") : ip("10.0.0.9"), (head & 2) != 0 ? 4433 : 9);
    const auto bytes = script.bytes(script.number() % 1600);
    std::vector<std::byte> datagram(bytes.begin(), bytes.end());
    if ((head & 4) != 0 && datagram.size() < 1200) datagram.resize(1200);
    ((head & 8) != 0 ? left : right).inject(from, std::move(datagram));
    network.run_for(milliseconds(head >> 4));
  }
  network.run_for(seconds(1));
  check(left);
  check(right);
  // Nothing that is not authenticated may end a connection once its handshake is confirmed. [RFC 9000 §21]
  if (!right.handles().empty() && right.log().is_confirmed) IROH_ASSERT(!right.log().closed);
  check_end(network, left);
}

void fuzz_quic_peer(std::span<const std::uint8_t> input) {
  Script script(input);
  const std::uint8_t flags = script.byte();
  sim::QuicNetwork network(1);
  auto& victim = network.add_host({ip("10.0.0.1")});
  ScriptedPeer peer(network, peer_config(flags, victim), 7);
  network.connect(victim, peer, {.delay = milliseconds(1)});
  if ((flags & 1) != 0) {
    victim.dial(peer.id(), peer.addr());
  } else {
    peer.start();
  }
  // Half of the scripts may disturb the handshake, too.
  if ((flags & 32) == 0) network.run_until([&] { return !victim.handles().empty() && victim.log().is_confirmed; });
  while (!script.is_empty()) {
    const std::uint8_t head = script.byte();
    switch (head & 7) {
      case 0:
        act(victim, script);
        break;
      case 1:
        network.run_for(milliseconds(1 + script.number() % 5000));
        break;
      case 2:
        peer.offer_cids(static_cast<quic::PathId>(head >> 5), script.byte() % 8u, 1 + script.byte() % 5u);
        break;
      case 3:
        peer.send_payload(script.bytes(script.number() % 1200),
                          {.level = (head & 8) != 0 ? quic::EncryptionLevel::handshake : quic::EncryptionLevel::initial,
                           .datagram_size = 1200});
        break;
      case 4:
        if (peer.is_connected() && (head & 0xf8) == 0) peer.update_keys();
        break;
      default:
        if (peer.is_connected()) send(peer, head, script);
        break;
    }
    network.run_for(milliseconds((head & 8) != 0 ? 3 : 0));
    check(victim);
  }
  network.run_for(seconds(2));
  check_end(network, victim);
}

void fuzz_quic_interaction(std::span<const std::uint8_t> input) {
  const sim::Plan plan = sim::Plan::from_bytes(input);
  const sim::Failure failure = sim::run(plan);
  if (failure) std::fprintf(stderr, "%s\n%s", failure->c_str(), sim::describe(plan).c_str());
  IROH_ASSERT(!failure);
}

}  // namespace iroh::fuzz
