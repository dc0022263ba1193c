// SPDX-License-Identifier: MIT OR Apache-2.0
// Two StreamSets joined by a pipe that loses, delays and reorders packets, driven by random applications: everything
// must arrive, nothing may block for ever, and every byte of credit must come back.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "base/random.hpp"
#include "quic/stream/stream_set.hpp"
#include "quic/stream/test_packet.hpp"

namespace iroh::quic {
namespace {

using test::is_pattern;
using test::pattern_bytes;
using test::TestPacket;
using test::WrittenFrames;
using Kind = StreamEvent::Kind;

struct Packet {
  Bytes payload;
  std::vector<SentFrame> frames;
};

/// How an end of a stream went, as its application saw it.
enum class End : std::uint8_t { open, finished, reset, stopped };

struct SendSide {
  std::uint64_t size = 0;     // wanted
  std::uint64_t written = 0;  // accepted
  bool can_write = true;      // false after blocked, until writable
  bool is_told = false;       // finish() or reset() was called, or stopped was seen
  End end = End::open;
};
struct RecvSide {
  std::uint64_t read = 0;
  bool can_read = true;  // false after blocked, until readable
  End end = End::open;
  std::uint64_t code = 0;
};

class Host {
 public:
  Host(Side side, const StreamConfig& config, base::Random& random) : streams(side, config), random_(random) {}

  /// One turn of the application, reacting to events only: what it is not told it does not try.
  void run(bool may_start) {
    while (const auto event = streams.poll_event()) handle(*event);
    if (may_start && random_.chance(1, 3)) start();
    for (auto& [id, side] : sends) write(id, side);
    for (auto& [id, side] : recvs) read(id, side);
  }

  std::vector<Packet> produce() {
    std::vector<Packet> result;
    while (streams.can_send_control() || streams.can_send_data()) {
      TestPacket packet(40 + random_.below(400));
      if (streams.can_send_control()) streams.write_control(packet.writer);
      streams.write_data(packet.writer);
      if (packet.writer.empty()) break;
      EXPECT_TRUE(packet.writer.is_ack_eliciting());
      result.push_back({packet.seal(), packet.sent()});
      if (result.size() == 5) break;
    }
    return result;
  }

  void receive(const Bytes& payload) {
    const WrittenFrames packet(payload);
    for (const Frame& frame : packet.frames) {
      const auto result = dispatch(packet, frame);
      ASSERT_TRUE(result) << (result ? "" : result.error().reason);
    }
  }

  bool is_idle() const {
    const auto is_over = [](const auto& entry) { return entry.second.end != End::open; };
    return std::ranges::all_of(sends, is_over) && std::ranges::all_of(recvs, is_over) && streams.stream_count() == 0;
  }

  StreamSet streams;
  std::map<StreamId, SendSide> sends;
  std::map<StreamId, RecvSide> recvs;

 private:
  TransportResult<void> dispatch(const WrittenFrames& packet, const Frame& frame) {
    if (const auto* f = std::get_if<StreamFrame>(&frame)) return streams.on_stream(*f, packet.slice(f->data));
    if (const auto* f = std::get_if<ResetStreamFrame>(&frame)) return streams.on_reset_stream(*f);
    if (const auto* f = std::get_if<StopSendingFrame>(&frame)) return streams.on_stop_sending(*f);
    if (const auto* f = std::get_if<MaxDataFrame>(&frame)) return streams.on_max_data(*f);
    if (const auto* f = std::get_if<MaxStreamDataFrame>(&frame)) return streams.on_max_stream_data(*f);
    if (const auto* f = std::get_if<MaxStreamsFrame>(&frame)) return streams.on_max_streams(*f);
    if (const auto* f = std::get_if<StreamsBlockedFrame>(&frame)) return streams.on_streams_blocked(*f);
    if (const auto* f = std::get_if<DataBlockedFrame>(&frame)) return streams.on_data_blocked(*f);
    if (const auto* f = std::get_if<StreamDataBlockedFrame>(&frame)) return streams.on_stream_data_blocked(*f);
    return transport_error(ErrorCode::internal_error, "unexpected frame");
  }

  void handle(const StreamEvent& event) {
    switch (event.kind) {
      case Kind::opened:
        while (const auto id = streams.accept(event.dir)) adopt(*id);
        break;
      case Kind::available:
        can_open_[static_cast<std::size_t>(event.dir)] = true;
        break;
      case Kind::readable:
        recvs.at(event.id).can_read = true;
        break;
      case Kind::writable:
        sends.at(event.id).can_write = true;
        break;
      case Kind::finished:
        EXPECT_EQ(sends.at(event.id).written, sends.at(event.id).size);
        sends.at(event.id).end = End::finished;
        break;
      case Kind::stopped:
        sends.at(event.id).end = End::stopped;
        EXPECT_EQ(event.code, 1000 + event.id.value());
        break;
    }
  }

  void start() {
    const Dir dir = random_.chance(1, 2) ? Dir::bi : Dir::uni;
    bool& can_open = can_open_[static_cast<std::size_t>(dir)];
    if (!can_open) return;
    const auto id = streams.open(dir);
    can_open = id.has_value();
    if (!id) return;
    sends[*id].size = random_.below(6000);
    if (dir == Dir::bi) recvs[*id];
  }

  void adopt(StreamId id) {
    recvs[id];
    if (id.dir() == Dir::bi) sends[id].size = random_.below(6000);
  }

  void write(StreamId id, SendSide& side) {
    if (side.is_told || side.end != End::open) return;
    if (random_.chance(1, 60)) {
      side.is_told = true;
      if (streams.reset(id, 2000 + id.value())) side.end = End::reset;
      return;
    }
    if (!side.can_write) return;
    while (side.written < side.size) {
      const std::size_t wanted = std::min<std::uint64_t>(side.size - side.written, 1 + random_.below(1500));
      Bytes data = pattern_bytes(side.written + id.value(), wanted);
      const auto count = random_.chance(1, 2) ? streams.write(id, data) : streams.write_bytes(id, data);
      if (!count) {
        side.is_told = count.error().kind == WriteError::Kind::stopped;
        side.can_write = side.is_told;
        EXPECT_NE(count.error().kind, WriteError::Kind::closed);
        return;
      }
      EXPECT_GT(*count, 0u);
      side.written += *count;
    }
    side.is_told = true;
    static_cast<void>(streams.finish(id));
  }

  void read(StreamId id, RecvSide& side) {
    if (side.end != End::open) return;
    if (random_.chance(1, 60)) {
      streams.stop(id, 1000 + id.value());
      side.end = End::stopped;
      return;
    }
    if (!side.can_read || random_.chance(1, 4)) return;
    for (int i = 0; i < 3; ++i) {
      const auto data = streams.read(id, 1 + random_.below(2000));
      if (data) {
        EXPECT_TRUE(is_pattern(side.read + id.value(), *data));
        side.read += data->size();
        continue;
      }
      side.code = data.error().code;
      EXPECT_NE(data.error().kind, ReadError::Kind::closed);
      if (data.error().kind == ReadError::Kind::finished) side.end = End::finished;
      if (data.error().kind == ReadError::Kind::reset) side.end = End::reset;
      side.can_read = data.error().kind != ReadError::Kind::blocked;
      return;
    }
  }

  base::Random& random_;
  bool can_open_[2] = {true, true};
};

class Pipe {
 public:
  Pipe(base::Random& random, Host& from, Host& to) : random_(random), from_(from), to_(to) {}

  void step() {
    for (Packet& packet : from_.produce()) flying_.push_back(std::move(packet));
    // Some arrive, in any order; of these some acknowledgements are lost, which makes the loss spurious.
    for (std::size_t n = random_.below(flying_.size() + 1); n > 0; --n) {
      const auto at = flying_.begin() + static_cast<std::ptrdiff_t>(random_.below(flying_.size()));
      Packet packet = std::move(*at);
      flying_.erase(at);
      const bool is_delivered = !random_.chance(1, 5);
      if (is_delivered) to_.receive(packet.payload);
      if (is_delivered && random_.chance(1, 10)) to_.receive(packet.payload);  // a copy
      const bool is_acked = is_delivered && !random_.chance(1, 10);
      for (const SentFrame& frame : packet.frames)
        is_acked ? from_.streams.on_acked(frame) : from_.streams.on_lost(frame);
    }
  }
  bool is_empty() const { return flying_.empty(); }

 private:
  base::Random& random_;
  Host& from_;
  Host& to_;
  std::vector<Packet> flying_;
};

PeerStreamLimits limits_of(const StreamConfig& config) {
  return {.initial_max_data = config.connection_window,
          .initial_max_stream_data_bidi_local = config.stream_window,
          .initial_max_stream_data_bidi_remote = config.stream_window,
          .initial_max_stream_data_uni = config.stream_window,
          .initial_max_streams_bidi = config.max_bi,
          .initial_max_streams_uni = config.max_uni};
}

/// What both ends of one direction of a stream saw must fit together.
void compare(const Host& sender, const Host& receiver) {
  for (const auto& [id, send] : sender.sends) {
    const auto found = receiver.recvs.find(id);
    ASSERT_NE(found, receiver.recvs.end());
    const RecvSide& recv = found->second;
    if (recv.end == End::finished) {
      EXPECT_EQ(send.end, End::finished);
      EXPECT_EQ(recv.read, send.size);
    }
    if (recv.end == End::reset) {
      EXPECT_TRUE(send.end == End::reset || send.end == End::stopped);
      EXPECT_EQ(recv.code, 2000 + id.value());
    }
    EXPECT_LE(recv.read, send.written);
  }
}

TEST(StreamSetPair, DeliversEverythingOverALossyReorderingPipe) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    base::SeededRandom random(seed);
    const auto config = [&random] {
      return StreamConfig{.max_bi = 1 + random.below(8),
                          .max_uni = 1 + random.below(8),
                          .stream_window = 50 + random.below(4000),
                          .connection_window = random.chance(1, 3) ? base::varint_max : 100 + random.below(8000),
                          .send_window = 50 + random.below(10'000)};
    };
    const StreamConfig client_config = config();
    const StreamConfig server_config = config();
    Host client(Side::client, client_config, random);
    Host server(Side::server, server_config, random);
    client.streams.set_peer_limits(limits_of(server_config));
    server.streams.set_peer_limits(limits_of(client_config));
    Pipe up(random, client, server);
    Pipe down(random, server, client);
    int turn = 0;
    const auto is_idle = [&] {
      return turn > 100 && client.is_idle() && server.is_idle() && up.is_empty() && down.is_empty();
    };
    for (; turn < 50'000 && !is_idle(); ++turn) {
      client.run(turn < 100);
      server.run(turn < 100);
      up.step();
      down.step();
      if (HasFatalFailure()) return;
    }
    ASSERT_TRUE(is_idle()) << "something waits for ever";
    compare(client, server);
    compare(server, client);
    for (const Host* host : {&client, &server}) {
      EXPECT_EQ(host->streams.unacked(), 0u);
      EXPECT_EQ(host->streams.connection_flow().consumed(), host->streams.connection_flow().received());
    }
    // [quic.md 93] Both sides agree on every byte of connection credit.
    EXPECT_EQ(client.streams.connection_credit().used(), server.streams.connection_flow().received());
    EXPECT_EQ(server.streams.connection_credit().used(), client.streams.connection_flow().received());
  }
}

}  // namespace
}  // namespace iroh::quic
