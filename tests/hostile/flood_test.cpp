// SPDX-License-Identifier: MIT OR Apache-2.0
// Floods from a peer with keys: one connection never costs more than 2 MiB, whatever it is sent. [quic.md 90] [C-060]
#include <functional>

#include "tests/hostile/heap.hpp"
#include "tests/hostile/hostile_world.hpp"

namespace iroh::hostile {
namespace {

using quic::path_zero;

/// [issue 4] Under any flood one connection costs at most this much.
constexpr std::size_t connection_bytes_max = 2 << 20;

constexpr PathId path(std::uint64_t id) {
  return static_cast<PathId>(id);
}

StreamId uni(std::uint64_t index) {
  return {Side::client, quic::Dir::uni, index};
}

const std::vector<std::byte> one_byte(1, std::byte{1});
const std::vector<std::byte> thousand_bytes(1000, std::byte{2});
/// Large enough to be kept in the receive buffer instead of copied.
const std::vector<std::byte> most_of_a_packet(1100, std::byte{3});

struct Flood {
  const char* name;
  const char* gain;  ///< what an attacker would gain if the bound were not there
  std::uint64_t rounds;
  /// One round; whatever it sends arrives before the next one.
  std::function<void(HostileWorld&, std::uint64_t round)> send;
  /// The connection may be closed for it, with this code.
  std::optional<ErrorCode> code = std::nullopt;
  Side attacker = Side::client;
  bool acknowledges = true;
  /// Bytes that may come back for each byte sent.
  std::size_t factor = 3;
};

std::ostream& operator<<(std::ostream& out, const Flood& flood) {
  return out << flood.name << " (without the bound: " << flood.gain << ")";
}

class Floods : public testing::TestWithParam<Flood> {};

TEST_P(Floods, CostAtMostTwoMebibytes) {
  const Flood& flood = GetParam();
  HostileConfig config{.attacker = flood.attacker, .delay = base::microseconds(100)};
  config.peer.parameters.nat_traversal_limit = 32;
  HostileWorld world(config);
  // As real sockets do: what a slice pins is a slab of 64 KiB.
  world.victim.slab_bytes = 64 * 1024;
  ASSERT_TRUE(world.connect());
  world.victim.keeps_events = false;
  world.peer.received.clear();
  world.peer.set_records(false);
  world.peer.set_acknowledges(flood.acknowledges);
  const std::size_t before = heap_in_use();
  std::size_t most = before;
  const std::size_t answers_before = world.victim.bytes_sent;
  for (std::uint64_t round = 0; round < flood.rounds && !world.victim_closed(); ++round) {
    flood.send(world, round);
    world.settle(milliseconds(1));
    most = std::max(most, heap_in_use());
  }
  world.settle();
  EXPECT_LE(most - before, connection_bytes_max) << flood.gain;
  ASSERT_TRUE(world.victim.faults().empty()) << world.victim.faults().front();
  // No amplification worth the name, but for what the handshake leaves behind.
  EXPECT_LE(world.victim.bytes_sent - answers_before, flood.factor * world.victim.bytes_received + 20'000);
  const auto closed = world.victim_closed();
  if (flood.code) {
    ASSERT_TRUE(closed.has_value());
    EXPECT_EQ(closed->code, static_cast<std::uint64_t>(*flood.code)) << closed->to_string();
  } else if (flood.acknowledges) {
    EXPECT_FALSE(closed.has_value()) << closed->to_string();
  }
  // All of it comes back: the connection leaves nothing.
  if (world.connection() != nullptr) world.connection()->close(world.network.now(), 0, "");
  world.victim.wake_all();
  EXPECT_TRUE(world.network.run_until([&] { return world.victim.endpoint().connection_count() == 0; }, seconds(60)));
}

quic::NewConnectionIdFrame cid_frame(HostileWorld& world, PathId id, std::uint64_t sequence, std::uint64_t retire) {
  return {.path = id, .sequence = sequence, .retire_prior_to = retire, .cid = world.peer.make_cid(id)};
}

/// Packets of 50 frames each.
void to_hundred_streams(HostileWorld& world, std::uint64_t offset, base::ByteSpan data) {
  for (std::uint64_t first = 0; first < 100; first += 50) {
    std::vector<Frame> frames;
    for (std::uint64_t k = first; k < first + 50; ++k) {
      frames.emplace_back(quic::StreamFrame{uni(k), offset, false, data});
    }
    world.peer.send_frames(frames);
  }
}

const Flood floods[] = {
    {"challenges_from_everywhere", "a response is kept for each of a million spoofed addresses", 150,
     [](HostileWorld& world, std::uint64_t round) {
       for (std::uint16_t k = 0; k < 4; ++k) {
         const SocketAddr from(
             IpAddr(IpAddr::V4{10, 9, static_cast<std::uint8_t>(round), static_cast<std::uint8_t>(k)}),
             static_cast<std::uint16_t>(round));
         world.peer.send_frames({quic::PathChallengeFrame{}}, {.from = from});
       }
     }},
    {"many_challenges_in_one_packet", "a response is kept for each challenge", 100,
     [](HostileWorld& world, std::uint64_t round) {
       std::vector<Frame> frames;
       for (std::uint8_t k = 0; k < 100; ++k) {
         frames.emplace_back(quic::PathChallengeFrame{{std::byte{k}, static_cast<std::byte>(round)}});
       }
       world.peer.send_frames(frames);
     }},
    {"connection_ids_replaced_for_ever", "retirements pile up, and reset tokens are watched for ever", 300,
     [](HostileWorld& world, std::uint64_t round) {
       std::vector<Frame> frames;
       for (std::uint64_t k = 0; k < 4; ++k) {
         frames.emplace_back(cid_frame(world, path(1), 4 * round + k, 4 * round + k));
       }
       world.peer.send_frames(frames);
     }},
    {"retirements_that_are_never_acknowledged", "each lost retirement is remembered", 400,
     [](HostileWorld& world, std::uint64_t round) {
       world.peer.send(cid_frame(world, path(2), 2 * round, 2 * round),
                       cid_frame(world, path(2), 2 * round + 1, 2 * round));
     },
     std::nullopt, Side::client, false},
    {"our_ids_retired_for_ever", "each retired id stays routed, or is replaced by more than one", 250,
     [](HostileWorld& world, std::uint64_t round) {
       world.peer.send(quic::RetireConnectionIdFrame{path(3), round}, quic::PingFrame{});
       world.peer.drop_remote_cid(path(3), round);
     }},
    {"every_second_packet_number", "16 bytes are kept per packet, for ever", 600,
     [](HostileWorld& world, std::uint64_t) {
       const PacketNumber number = world.peer.next_number(path_zero);
       world.peer.send_frames({quic::PingFrame{}}, {.number = number + 1});
     },
     // 64 ranges in each acknowledgement, to an address that is proven.
     std::nullopt, Side::client, true, 8},
    {"crypto_data_with_gaps", "handshake bytes are buffered without flow control", 50,
     [](HostileWorld& world, std::uint64_t round) {
       world.peer.send(quic::CryptoFrame{1 + 1000 * round, thousand_bytes});
     },
     ErrorCode::crypto_buffer_exceeded},
    {"a_byte_per_stream_frame", "a byte that is sent pins a slab of 64 KiB", 60,
     [](HostileWorld& world, std::uint64_t round) {
       std::vector<Frame> frames;
       for (std::uint64_t k = 0; k < 100; ++k)
         frames.emplace_back(quic::StreamFrame{uni(0), 100 * round + k, false, one_byte});
       world.peer.send_frames(frames);
     }},
    {"every_second_byte_of_many_streams", "bookkeeping for each single byte of a hundred streams", 1000,
     [](HostileWorld& world, std::uint64_t round) { to_hundred_streams(world, 1 + 2 * round, one_byte); },
     ErrorCode::internal_error},
    {"single_bytes_after_a_gap_in_many_streams", "the same, although there is only one gap in each", 1000,
     [](HostileWorld& world, std::uint64_t round) { to_hundred_streams(world, 1 + round, one_byte); }},
    {"little_in_many_streams", "a chunk of 4096 bytes for two bytes of each stream", 3,
     [](HostileWorld& world, std::uint64_t round) { to_hundred_streams(world, round, one_byte); }},
    {"tiny_packets_that_pin_slabs", "each packet's slab of 64 KiB stays while its byte is unread", 250,
     [](HostileWorld& world, std::uint64_t round) {
       world.peer.send(quic::StreamFrame{uni(0), 2 * round + 1, false, one_byte});
     }},
    {"large_slices_that_pin_slabs", "64 KiB for each 1100 bytes of credit", 1000,
     [](HostileWorld& world, std::uint64_t round) {
       world.peer.send(quic::StreamFrame{uni(0), 1100 * round, false, most_of_a_packet});
     }},
    {"large_slices_with_gaps_that_pin_slabs", "64 KiB for each 1100 bytes of credit", 500,
     [](HostileWorld& world, std::uint64_t round) {
       world.peer.send(quic::StreamFrame{uni(0), 1 + 1101 * round, false, most_of_a_packet});
     }},
    {"datagrams_without_content", "an empty datagram costs nothing to send and a queue entry to keep", 150,
     [](HostileWorld& world, std::uint64_t) {
       world.peer.send_frames(std::vector<Frame>(300, quic::DatagramFrame{}));
     }},
    {"datagrams_nobody_reads", "the receive buffer grows with what is sent", 1400,
     [](HostileWorld& world, std::uint64_t) { world.peer.send(quic::DatagramFrame{most_of_a_packet}); }},
    {"streams_opened_and_reset", "a stream's state stays although it is over", 80,
     [](HostileWorld& world, std::uint64_t round) {
       std::vector<Frame> frames;
       for (std::uint64_t k = 0; k < 50; ++k) {
         frames.emplace_back(quic::ResetStreamFrame{uni(50 * round + k), 0, 0});
       }
       world.peer.send_frames(frames);
       world.settle(milliseconds(1));
       if (world.connection() == nullptr) return;
       while (world.connection()->accept_stream(quic::Dir::uni)) {
       }
       for (std::uint64_t k = 0; k < 50; ++k) static_cast<void>(world.connection()->read(uni(50 * round + k), 1));
       world.victim.wake_all();
     }},
    {"paths_blocked_and_ids_blocked", "each complaint is answered or remembered", 100,
     [](HostileWorld& world, std::uint64_t) {
       std::vector<Frame> frames;
       for (int k = 0; k < 100; ++k) {
         frames.emplace_back(quic::PathsBlockedFrame{path(7)});
         frames.emplace_back(quic::PathCidsBlockedFrame{path(7), 0});
       }
       world.peer.send_frames(frames);
     }},
    {"pings", "each packet is worth an acknowledgement of its own", 600,
     [](HostileWorld& world, std::uint64_t) { world.peer.send(quic::PingFrame{}); }},
    {"pings_that_want_an_answer_at_once", "acknowledgements grow with what is unacknowledged", 400,
     [](HostileWorld& world, std::uint64_t) { world.peer.send(quic::PingFrame{}, quic::ImmediateAckFrame{}); },
     std::nullopt, Side::client, false},
    {"acknowledgements", "old acknowledgements make us search and remember", 400,
     [](HostileWorld& world, std::uint64_t) {
       world.peer.send_frames(std::vector<Frame>(20, quic::AckFrame{.path = path_zero, .largest = 0}));
     }},
    {"path_statuses", "each status makes an event that nobody reads", 100,
     [](HostileWorld& world, std::uint64_t round) {
       std::vector<Frame> frames;
       for (std::uint64_t k = 0; k < 100; ++k) {
         frames.emplace_back(quic::PathStatusFrame{path(k % 8), k % 2 == 0, 100 * round + k});
       }
       world.peer.send_frames(frames);
     }},
    {"max_path_ids", "ids are issued for each of four billion paths", 60,
     [](HostileWorld& world, std::uint64_t round) {
       world.peer.send(quic::MaxPathIdFrame{path(8 + 20'000'000 * round)});
     }},
    {"abandoned_paths_that_were_never_opened", "each abandon is answered and consumes state", 400,
     [](HostileWorld& world, std::uint64_t round) { world.peer.send(quic::PathAbandonFrame{path(round), round}); }},
    {"every_second_path_abandoned", "a set of ids with a gap for each", 100,
     [](HostileWorld& world, std::uint64_t round) {
       std::vector<Frame> frames;
       for (std::uint64_t k = 0; k < 100; ++k)
         frames.emplace_back(quic::PathAbandonFrame{path(3 + 2 * (100 * round + k)), 1});
       world.peer.send_frames(frames);
     }},
    {"paths_opened_and_abandoned", "an abandoned path's state stays until an answer that never comes", 100,
     [](HostileWorld& world, std::uint64_t round) {
       // The lowest id that the victim has given ids for, and that has not been used.
       std::uint64_t next = 1;
       while (next < 8 + round && world.peer.remote_cids(path(next)).empty()) ++next;
       const PathId id = path(next);
       if (world.peer.remote_cids(id).empty()) return world.settle(milliseconds(100));
       world.peer.offer_cids(id, 0, 2);
       world.peer.send_frames({quic::PathChallengeFrame{}}, {.path = id, .datagram_size = 1200});
       world.peer.send(quic::PathAbandonFrame{id, 7});
       for (std::uint64_t sequence = 0; sequence < 12; ++sequence) world.peer.drop_remote_cid(id, sequence);
     }},
    {"moves_with_every_packet", "each move makes a new path state and a fallback", 300,
     [](HostileWorld& world, std::uint64_t round) {
       world.peer.send_frames({quic::PingFrame{}},
                              {.from = SocketAddr(world.peer.addr().ip(), static_cast<std::uint16_t>(1000 + round))});
     },
     std::nullopt, Side::client, false},
    {"key_updates", "old keys are kept for each update", 100,
     [](HostileWorld& world, std::uint64_t) {
       world.peer.update_keys();
       world.peer.send(quic::PingFrame{}, quic::ImmediateAckFrame{});
     }},
    {"stop_sendings", "each stop makes a reset that is kept", 100,
     [](HostileWorld& world, std::uint64_t round) {
       std::vector<Frame> frames;
       for (std::uint64_t k = 0; k < 100; ++k) {
         frames.emplace_back(quic::StopSendingFrame{StreamId(Side::client, quic::Dir::bi, k), round});
       }
       world.peer.send_frames(frames);
     }},
    {"blocked_frames_of_streams", "each complaint is remembered", 100,
     [](HostileWorld& world, std::uint64_t round) {
       std::vector<Frame> frames;
       for (std::uint64_t k = 0; k < 100; ++k) {
         frames.emplace_back(quic::StreamDataBlockedFrame{uni(k), round});
         frames.emplace_back(quic::DataBlockedFrame{round});
         frames.emplace_back(quic::StreamsBlockedFrame{quic::Dir::uni, round});
       }
       world.peer.send_frames(frames);
     }},
    {"add_addresses", "every address is remembered, and probed", 200,
     [](HostileWorld& world, std::uint64_t round) {
       std::vector<Frame> frames;
       for (std::uint64_t k = 0; k < 50; ++k) {
         const IpAddr address(IpAddr::V4{10, 7, static_cast<std::uint8_t>(round), static_cast<std::uint8_t>(k)});
         frames.emplace_back(quic::AddAddressFrame{50 * round + k, SocketAddr(address, 9)});
       }
       world.peer.send_frames(frames);
     },
     std::nullopt, Side::server},
    {"addresses_added_and_removed", "each withdrawal is remembered", 200,
     [](HostileWorld& world, std::uint64_t round) {
       std::vector<Frame> frames;
       for (std::uint64_t k = 0; k < 50; ++k) {
         frames.emplace_back(quic::AddAddressFrame{50 * round + k, SocketAddr(IpAddr(IpAddr::V4{10, 7, 0, 1}), 9)});
         frames.emplace_back(quic::RemoveAddressFrame{50 * round + k});
       }
       world.peer.send_frames(frames);
     },
     std::nullopt, Side::server},
    {"reach_outs", "we probe whomever we are told to, at a packet each, and remember it", 200,
     [](HostileWorld& world, std::uint64_t round) {
       std::vector<Frame> frames;
       for (std::uint64_t k = 0; k < 20; ++k) {
         const IpAddr address(IpAddr::V4{10, 7, static_cast<std::uint8_t>(round), static_cast<std::uint8_t>(k)});
         frames.emplace_back(quic::ReachOutFrame{round + 1, SocketAddr(address, 9)});
       }
       world.peer.send_frames(frames);
     }},
    {"ack_frequencies", "each one changes timers", 250,
     [](HostileWorld& world, std::uint64_t round) {
       world.peer.send(quic::AckFrequencyFrame{round, round % 100, 1000 + round, round % 5});
     }},
    {"new_tokens", "tokens are stored without end", 250,
     [](HostileWorld& world, std::uint64_t) { world.peer.send(quic::NewTokenFrame{thousand_bytes}); }, std::nullopt,
     Side::server},
    {"several_at_once", "each stays below its own bound, all together do not", 200,
     [](HostileWorld& world, std::uint64_t round) {
       // 4,800 single bytes that wait, datagrams without content, packets that pin slabs.
       if (round < 48) to_hundred_streams(world, 1 + 2 * round, one_byte);
       world.peer.send_frames(std::vector<Frame>(50, quic::DatagramFrame{}));
       if (round < 100)
         world.peer.send(quic::StreamFrame{StreamId(Side::client, quic::Dir::bi, round), 0, false, most_of_a_packet});
       world.peer.send_frames({quic::PingFrame{}}, {.number = world.peer.next_number(path_zero) + 1});
     },
     std::nullopt, Side::client, true, 8},
    {"handshake_messages_after_the_handshake", "post-handshake messages are buffered", 100,
     [](HostileWorld& world, std::uint64_t round) { world.peer.send(quic::CryptoFrame{20'000 + round, one_byte}); },
     ErrorCode::crypto_buffer_exceeded},
};
INSTANTIATE_TEST_SUITE_P(OfOneConnection, Floods, testing::ValuesIn(floods),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace iroh::hostile
