// SPDX-License-Identifier: MIT OR Apache-2.0
// What strangers can do without any key: malformed datagrams, floods of first packets, questions that want answers. An
// honest connection runs meanwhile and must not notice. [C-056] [quic.md 90]
#include <functional>

#include "tests/hostile/heap.hpp"
#include "tests/hostile/hostile_world.hpp"

namespace iroh::hostile {
namespace {

/// A server, an honest client with a connection to it, and datagrams from a third address.
class Strangers : public testing::Test {
 protected:
  explicit Strangers(quic::EndpointConfig config = {})
      : network(1),
        server(network.add_host({ip("10.0.0.1")}, std::move(config))),
        client(network.add_host({ip("10.0.0.2")})),
        link(network.connect(server, client, {.delay = milliseconds(5)})) {}

  void connect() {
    client.dial(server);
    ASSERT_TRUE(network.run_until([&] { return client.connection() != nullptr && client.log().is_confirmed; }));
    network.run_for(milliseconds(200));
    server.datagrams_received = server.datagrams_sent = server.bytes_received = server.bytes_sent = 0;
  }
  void inject(std::vector<std::byte> datagram, std::uint16_t port = 7) {
    server.inject(SocketAddr(ip("10.9.9.9"), port), std::move(datagram));
  }
  /// The honest connection works: a stream there and its acknowledgement back.
  void expect_undisturbed() {
    ASSERT_FALSE(client.log().closed.has_value()) << client.log().closed->to_string();
    ASSERT_FALSE(server.log().closed.has_value()) << server.log().closed->to_string();
    const auto id = client.connection()->open_stream(quic::Dir::uni);
    ASSERT_TRUE(id.has_value());
    ASSERT_TRUE(client.connection()->write(*id, base::as_bytes("still here")).has_value());
    ASSERT_TRUE(client.connection()->finish(*id).has_value());
    client.wake_all();
    EXPECT_TRUE(network.run_until([&] {
      while (server.connection()->accept_stream(quic::Dir::uni)) {
      }
      const auto chunk = server.connection()->read(*id, 100);
      return chunk && chunk->text() == "still here";
    }));
    EXPECT_TRUE(server.faults().empty());
  }
  /// A long header: version, ids of these sizes, then the rest.
  static std::vector<std::byte> long_header(std::uint8_t first, std::uint32_t version, std::uint8_t dcid,
                                            std::uint8_t scid, std::string_view rest_hex = "") {
    std::vector<std::byte> bytes{std::byte{first}};
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::byte>(version >> shift));
    bytes.push_back(std::byte{dcid});
    bytes.insert(bytes.end(), dcid, std::byte{0xdc});
    bytes.push_back(std::byte{scid});
    bytes.insert(bytes.end(), scid, std::byte{0x5c});
    const auto rest = hex(rest_hex);
    bytes.insert(bytes.end(), rest.begin(), rest.end());
    return bytes;
  }

  sim::QuicNetwork network;
  sim::QuicHost& server;
  sim::QuicHost& client;
  sim::Link& link;
};

TEST_F(Strangers, MalformedPacketsOfEverySizeDisturbNobody) {
  // [C-056] Lengths that run past the end, ids of 0 to 255 bytes, huge varints, in datagrams of 18 to 1500 bytes.
  connect();
  const std::size_t before = heap_in_use();
  for (std::size_t size = 18; size <= 1500; size += 38) {
    for (const int size_of_id : {0, 1, 7, 8, 20, 21, 100, 255}) {
      for (const std::string_view rest :
           {"", "c0ffffffffffffff", "ffffffffffffffff", "0000", "00c03fffffffffffff", "4001aa"}) {
        auto datagram = long_header(0xc0, 1, static_cast<std::uint8_t>(size_of_id),
                                    static_cast<std::uint8_t>(size_of_id / 2), rest);
        datagram.resize(size, std::byte{0x5a});
        inject(std::move(datagram));
      }
    }
    network.run_for(milliseconds(1));
  }
  // Those of 1200 bytes and more may look like first packets of clients; they wait and are then found to be none.
  network.run_for(seconds(5));
  EXPECT_LE(server.bytes_sent, 3 * server.bytes_received);
  EXPECT_LE(heap_in_use(), before + (std::size_t{1} << 20));
  expect_undisturbed();
}

TEST_F(Strangers, SmallDatagramsAreNeverAnswered) {
  // [quic.md 32] [C-056]
  connect();
  for (std::size_t size = 1; size < 1200; size += 7) {
    for (const std::uint32_t version : {0u, 1u, 0x1a2a3a4au, 0xff00001du}) {
      auto datagram = long_header(0xc0, version, 8, 8, "0044");
      datagram.resize(size);
      inject(std::move(datagram));
    }
  }
  network.run_for(seconds(1));
  EXPECT_EQ(server.datagrams_sent, 0u);
  expect_undisturbed();
}

TEST_F(Strangers, EachUnknownVersionIsAnsweredAtMostOnceAndBriefly) {
  // [quic.md §11 13] [RFC 9000 §6.1] Version 0 is an answer itself and gets none.
  connect();
  for (int i = 0; i < 20; ++i) {
    auto datagram = long_header(0xc0, i % 2 == 0 ? 0x1a2a3a4au : 0u, 255, 255);
    datagram.resize(1200);
    inject(std::move(datagram));
  }
  network.run_for(seconds(1));
  EXPECT_EQ(server.datagrams_sent, 10u);
  EXPECT_LT(server.bytes_sent, server.bytes_received);
  expect_undisturbed();
}

TEST_F(Strangers, OddDatagramsDisturbNobody) {
  // [C-056] Empty, of the largest size, with a clear fixed bit, ten coalesced packets with ids that differ.
  connect();
  inject({});
  inject(std::vector<std::byte>(65'507, std::byte{0xff}));
  inject(std::vector<std::byte>(65'507, std::byte{0x40}));
  inject(std::vector<std::byte>(1200, std::byte{0x3f}));
  std::vector<std::byte> coalesced;
  for (std::uint8_t i = 0; i < 10; ++i) {
    const auto packet =
        long_header(0xe0, 1, static_cast<std::uint8_t>(8 + i), 8, "4014000102030405060708090a0b0c0d0e0f10111213");
    coalesced.insert(coalesced.end(), packet.begin(), packet.end());
  }
  coalesced.resize(1200);
  inject(std::move(coalesced));
  network.run_for(seconds(1));
  EXPECT_LE(server.bytes_sent, 3 * server.bytes_received);
  expect_undisturbed();
}

TEST_F(Strangers, StatelessResetsAreSpacedAndSmallerThanTheirCause) {
  // [quic.md §6.3] [RFC 9000 §10.3.3] Without the spacing two endpoints could keep each other busy for ever.
  connect();
  std::vector<std::byte> own_id;
  link.from(client).set_filter([&](sim::Packet& packet) {
    if (own_id.empty() && packet.payload.size() > 25) own_id = packet.payload;
    return true;
  });
  expect_undisturbed();
  ASSERT_FALSE(own_id.empty());
  // The connection ends, and its ids are forgotten.
  server.connection()->close(network.now(), 0, "");
  server.wake_all();
  network.run_until([&] { return server.endpoint().connection_count() == 0; }, seconds(30));
  server.datagrams_sent = server.bytes_sent = 0;
  own_id.resize(60);
  for (int i = 0; i < 100; ++i) {
    inject(own_id);
    network.run_for(milliseconds(1));
  }
  EXPECT_GE(server.datagrams_sent, 4u);
  EXPECT_LE(server.datagrams_sent, 6u);
  EXPECT_LT(server.bytes_sent, server.datagrams_sent * 60);
}

// ---- floods

TEST_F(Strangers, AnswersThatCannotLeaveAreBounded) {
  // [quic.md 90] Gain without the bound: a queue that grows as fast as datagrams arrive while the socket is full.
  const std::size_t before = heap_in_use();
  auto datagram = long_header(0xc0, 0x1a2a3a4a, 20, 20);
  datagram.resize(1200);
  for (int i = 0; i < 5000; ++i) {
    quic::ReceivedDatagrams received;
    received.four_tuple = {SocketAddr(ip("10.9.9.9"), static_cast<std::uint16_t>(i)), ip("10.0.0.1")};
    received.payload = datagram;
    received.segment_size = datagram.size();
    server.endpoint().handle_datagrams(network.now(), received);
  }
  EXPECT_LE(heap_in_use(), before + (std::size_t{1} << 20));
  std::vector<std::byte> buffer(1 << 16);
  std::size_t answers = 0;
  while (server.endpoint().poll_transmit(network.now(), buffer)) ++answers;
  EXPECT_LE(answers, 1024u);
}

class StrangersWithLimits : public Strangers {
 protected:
  StrangersWithLimits()
      : Strangers({.max_incoming = 100, .incoming_buffer = 20'000, .incoming_buffer_total = 200'000}) {}
  std::vector<std::byte> initial(std::uint32_t number) {
    const std::array<std::byte, 8> id{static_cast<std::byte>(number >> 24), static_cast<std::byte>(number >> 16),
                                      static_cast<std::byte>(number >> 8), static_cast<std::byte>(number),
                                      std::byte{1}};
    std::vector<std::byte> datagram = hex("c00000000108");
    datagram.insert(datagram.end(), id.begin(), id.end());
    const auto rest = hex("08aaaaaaaaaaaaaaaa0044");
    datagram.insert(datagram.end(), rest.begin(), rest.end());
    datagram.resize(1200, std::byte{0x77});
    return datagram;
  }
};

TEST_F(StrangersWithLimits, UndecidedClientsAreBoundedInNumberAndBytes) {
  // [quic.md 90] [quic.md §1.2] Gain without the bounds: memory for each spoofed first packet, and for what follows it.
  server.policy = sim::QuicHost::Policy::hold;
  const std::size_t before = heap_in_use();
  for (std::uint32_t i = 0; i < 2000; ++i) {
    inject(initial(i), static_cast<std::uint16_t>(i));
    if (i % 100 == 0) network.run_for(milliseconds(1));
  }
  network.run_for(milliseconds(1));
  EXPECT_EQ(server.held.size(), 100u);
  // One of them goes on and on.
  for (int i = 0; i < 500; ++i) inject(initial(3), 3);
  network.run_for(milliseconds(10));
  EXPECT_LE(heap_in_use(), before + 200'000 + 100 * 4'000);
  EXPECT_EQ(server.datagrams_sent, 0u);
  for (const auto& one : server.held) server.endpoint().ignore(one.id);
  server.held.clear();
  EXPECT_LE(heap_in_use(), before + 100'000);
}

TEST_F(StrangersWithLimits, FirstPacketsThatDoNotDecryptLeaveNothingBehind) {
  // [C-060] Gain without it: a connection object for each datagram of garbage.
  const std::size_t before = heap_in_use();
  for (std::uint32_t i = 0; i < 300; ++i) {
    inject(initial(i), static_cast<std::uint16_t>(i));
    network.run_for(milliseconds(1));
  }
  network.run_until_idle(seconds(120));
  EXPECT_EQ(server.endpoint().connection_count(), 0u);
  // A connection takes some 30 KB; 300 of them would be 9 MB. What is left are tables that have grown.
  EXPECT_LE(heap_in_use(), before + 1'000'000);
}

TEST(EarlyPackets, AreKeptInASmallNumber) {
  // [C-060] [quic.md §11 15] Gain without the bound: whoever sees a connection id fills memory before there are keys.
  HostileWorld world;
  world.victim.slab_bytes = 64 * 1024;
  std::vector<std::byte> id;
  world.link.from(world.victim).set_filter([&](sim::Packet& packet) {
    const auto parsed = quic::parse_packet(packet.payload, 8);
    if (parsed && id.empty()) id.assign(parsed->scid.bytes().begin(), parsed->scid.bytes().end());
    return false;  // the handshake stays where it is
  });
  world.peer.start();
  world.network.run_for(milliseconds(20));
  ASSERT_EQ(id.size(), 8u);
  const std::size_t before = heap_in_use();
  for (int i = 0; i < 1000; ++i) {
    std::vector<std::byte> packet{std::byte{0x40}};
    packet.insert(packet.end(), id.begin(), id.end());
    packet.resize(1200, static_cast<std::byte>(i));
    world.victim.inject(world.peer.addr(), std::move(packet));
    if (i % 20 == 0) world.network.run_for(milliseconds(1));
  }
  world.network.run_for(milliseconds(10));
  EXPECT_LE(heap_in_use(), before + 64 * 1024);
}

// ---- the others' share

/// Seconds that an honest client needs for a transfer over a line of 20 Mbit/s while something else happens.
double transfer_seconds(const std::function<void(sim::QuicNetwork&, sim::QuicHost&)>& disturb) {
  sim::QuicNetwork network(1);
  auto& server = network.add_host({ip("10.0.0.1")});
  auto& client = network.add_host({ip("10.0.0.2")});
  network.connect(server, client, {.delay = milliseconds(5), .rate_bits_per_second = 20'000'000});
  ScriptedPeerConfig config;
  config.addr = SocketAddr(ip("10.0.0.66"), 666);
  config.victim = server.addr();
  config.expected = server.id();
  config.records = false;
  ScriptedPeer peer(network, config, 5);
  network.connect(server, peer, {.delay = milliseconds(1)});
  client.dial(server);
  EXPECT_TRUE(network.run_until([&] { return !server.handles().empty() && server.log().is_confirmed; }));
  peer.start();
  EXPECT_TRUE(network.run_until([&] { return peer.is_connected(); }));
  const auto start = network.now();
  const auto id = client.connection()->open_stream(quic::Dir::uni);
  constexpr std::size_t total = 500'000;
  std::size_t written = 0;
  std::size_t read = 0;
  const std::vector<std::byte> data(50'000, std::byte{1});
  auto next_disturbance = network.now();
  EXPECT_TRUE(network.run_until(
      [&] {
        // Woken only for a reason: a turn at every look would keep the clock from moving on.
        const std::size_t written_before = written;
        while (written < total) {
          const auto count = client.connection()->write(*id, data);
          if (!count || *count == 0) break;
          written += *count;
        }
        if (written > written_before) client.wake_all();
        while (server.connection()->accept_stream(quic::Dir::uni)) {
        }
        const std::size_t read_before = read;
        while (const auto chunk = server.connection()->read(*id, 1 << 16)) {
          if (chunk->empty()) break;
          read += chunk->size();
        }
        if (read > read_before) server.wake_all();
        if (network.now() >= next_disturbance) {
          next_disturbance = network.now() + milliseconds(1);
          disturb(network, server);
          for (int i = 0; i < 5; ++i) peer.send(quic::PingFrame{}, quic::ImmediateAckFrame{});
        }
        return read >= total;
      },
      seconds(60)));
  return std::chrono::duration<double>(network.now() - start).count();
}

TEST(OtherConnections, KeepFourFifthsOfTheirRateUnderAFlood) {
  // [issue 4] In virtual time: queues, budgets and turns, not the processor.
  const double alone = transfer_seconds([](sim::QuicNetwork&, sim::QuicHost&) {});
  std::uint16_t round = 0;
  const double flooded = transfer_seconds([&](sim::QuicNetwork&, sim::QuicHost& server) {
    ++round;
    std::vector<std::byte> version = hex("c01a2a3a4a08dcdcdcdcdcdcdcdc08aaaaaaaaaaaaaaaa");
    version.resize(1200);
    std::vector<std::byte> garbage(1200, std::byte{0x55});
    server.inject(SocketAddr(ip("10.9.9.9"), round), std::move(version));
    server.inject(SocketAddr(ip("10.9.9.8"), round), std::move(garbage));
  });
  EXPECT_LE(flooded, alone / 0.8) << alone;
}

}  // namespace
}  // namespace iroh::hostile
