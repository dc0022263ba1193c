// SPDX-License-Identifier: MIT OR Apache-2.0
// 0-RTT and resumption between two endpoint cores. [quic.md §6.6], [cases.md C-005]
#include <gtest/gtest.h>

#include <map>

#include "quic/endpoint/endpoint_pair.hpp"
#include "quic/wire/packet_header.hpp"

namespace iroh::quic {
namespace {

/// A first connection, closed again: afterwards left has a ticket of right's.
void visit(EndpointPair& pair) {
  pair.connect();
  ASSERT_TRUE(pair.run_until([&] { return pair.left_connected() && pair.right_connected(); }));
  pair.run_for(base::milliseconds(200));
  EXPECT_FALSE(pair.left_connection()->is_resumed());
  EXPECT_EQ(pair.left_connection()->early_data(), EarlyData::none);
  pair.left_connection()->close(pair.now(), 0, "");
  pair.wake_left();
  pair.run_for(base::seconds(2));
  pair.forget_connections();
}

StreamId send_request(EndpointPair& pair, std::string_view text) {
  const auto id = pair.left_connection()->open_stream(Dir::uni);
  EXPECT_TRUE(id.has_value());
  EXPECT_EQ(pair.left_connection()->write(*id, base::as_bytes(text)), text.size());
  EXPECT_TRUE(pair.left_connection()->finish(*id).has_value());
  pair.wake_left();
  return *id;
}

/// What right's application has read so far, by stream.
class Handler {
 public:
  explicit Handler(EndpointPair& pair) : pair_(pair) {}
  std::size_t finished() {
    Connection* right = pair_.right_connection();
    if (right == nullptr) return finished_;
    while (const auto id = right->accept_stream(Dir::uni)) texts_.emplace(id->value(), "");
    for (auto& [id, text] : texts_) {
      while (auto bytes = right->read(StreamId(id), 1 << 20)) {
        if (bytes->empty()) break;
        text += base::as_text(bytes->span());
      }
    }
    finished_ = 0;
    for (const auto& [id, text] : texts_) finished_ += text.ends_with('.') ? 1u : 0u;
    pair_.wake_right();
    return finished_;
  }
  std::vector<std::string> texts() const {
    std::vector<std::string> out;
    for (const auto& [id, text] : texts_) out.push_back(text);
    return out;
  }

 private:
  EndpointPair& pair_;
  std::map<std::uint64_t, std::string> texts_;
  std::size_t finished_ = 0;
};

bool is_early_packet(ByteSpan packet) {
  return (std::to_integer<unsigned>(packet[0]) & 0xb0) == 0x90;
}

/// True if one of the packets in the datagram is 0-RTT.
bool has_early_packet(ByteSpan datagram) {
  while (!datagram.empty()) {
    const auto parsed = parse_packet(datagram, 8);
    if (!parsed) return false;
    if (parsed->type == PacketType::zero_rtt) return true;
    datagram = datagram.subspan(parsed->size);
  }
  return false;
}

TEST(EarlyDataPair, ASecondConnectionIsResumedAndItsDataArrivesBeforeTheHandshakeEnds) {
  EndpointPair pair(1);
  visit(pair);
  bool has_server_sent_early = false;
  pair.filter = [&](bool to_right, ByteSpan datagram) {
    has_server_sent_early = has_server_sent_early || (!to_right && has_early_packet(datagram));
    return true;
  };
  pair.connect();
  EXPECT_EQ(pair.left_connection()->early_data(), EarlyData::offered);
  send_request(pair, "early request.");
  Handler handler(pair);
  ASSERT_TRUE(pair.run_until([&] { return handler.finished() == 1; }));
  EXPECT_FALSE(pair.right_connected());
  EXPECT_FALSE(pair.left_connected());
  // [endpoint.md §3.6] Until the handshake is over nobody has proved anything.
  EXPECT_FALSE(pair.right_connection()->remote_id().has_value());
  EXPECT_EQ(pair.right_connection()->early_data(), EarlyData::accepted);
  ASSERT_TRUE(pair.run_until([&] { return pair.left_connected() && pair.right_connected(); }));
  ASSERT_TRUE(pair.early_data_decided().has_value());
  EXPECT_TRUE(pair.early_data_decided()->is_accepted);
  EXPECT_EQ(pair.left_connection()->early_data(), EarlyData::accepted);
  EXPECT_TRUE(pair.left_connection()->is_resumed());
  EXPECT_TRUE(pair.right_connection()->is_resumed());
  // [endpoint.md §2.8] The identities are those of the first connection.
  EXPECT_EQ(pair.left_connection()->remote_id(), pair.right_id());
  EXPECT_EQ(pair.right_connection()->remote_id(), pair.left_id());
  // [quic.md §2.4] Multipath was not in force in 0-RTT, and is now.
  EXPECT_TRUE(pair.left_connection()->is_multipath());
  EXPECT_FALSE(has_server_sent_early);
  EXPECT_EQ(handler.texts(), std::vector<std::string>{"early request."});
}

TEST(EarlyDataPair, AServerAnswersEarlyRequestsInHalfARoundTrip) {
  EndpointPair pair(2, {.delay = base::milliseconds(50)});
  visit(pair);
  pair.connect();
  const Instant start = pair.now();
  const StreamId id = *pair.left_connection()->open_stream(Dir::bi);
  ASSERT_TRUE(pair.left_connection()->write(id, base::as_bytes("ping")).has_value());
  pair.wake_left();
  ASSERT_TRUE(pair.run_until([&] {
    return pair.right_connection() != nullptr && pair.right_connection()->accept_stream(Dir::bi).has_value();
  }));
  EXPECT_EQ(pair.now() - start, Duration(base::milliseconds(50)));
  EXPECT_FALSE(pair.right_connected());
  ASSERT_TRUE(pair.right_connection()->write(id, base::as_bytes("pong")).has_value());
  pair.wake_right();
  std::string answer;
  ASSERT_TRUE(pair.run_until([&] {
    while (auto bytes = pair.left_connection()->read(id, 100)) answer += base::as_text(bytes->span());
    return answer == "pong";
  }));
  // [RFC 9001 §5.7] 0.5-RTT: one round trip after the first packet.
  EXPECT_EQ(pair.now() - start, Duration(base::milliseconds(100)));
  EXPECT_TRUE(pair.left_connected());
}

// [cases.md C-005]
TEST(EarlyDataPair, AfterARestartEarlyStreamsFailAndTheRepetitionCountsOnce) {
  EndpointPair pair(3);
  visit(pair);
  pair.restart_right();
  pair.connect();
  ASSERT_EQ(pair.left_connection()->early_data(), EarlyData::offered);
  std::vector<StreamId> early;
  for (int i = 0; i < 40; ++i) early.push_back(send_request(pair, "request " + std::to_string(i) + "."));
  ASSERT_TRUE(pair.run_until([&] { return pair.left_connected() && pair.right_connected(); }));
  ASSERT_TRUE(pair.early_data_decided().has_value());
  EXPECT_FALSE(pair.early_data_decided()->is_accepted);
  EXPECT_EQ(pair.left_connection()->early_data(), EarlyData::rejected);
  EXPECT_EQ(pair.right_connection()->early_data(), EarlyData::none);
  EXPECT_FALSE(pair.left_connection()->is_resumed());
  EXPECT_EQ(pair.right_connection()->remote_id(), pair.left_id());
  for (const StreamId id : early) {
    const auto written = pair.left_connection()->write(id, base::as_bytes("more"));
    ASSERT_FALSE(written.has_value());
    EXPECT_EQ(written.error().kind, WriteError::Kind::closed);
  }
  EXPECT_EQ(pair.left_connection()->streams().stream_count(), 0u);
  EXPECT_EQ(pair.left_connection()->streams().unacked(), 0u);
  for (int i = 0; i < 40; ++i)
    EXPECT_EQ(send_request(pair, "request " + std::to_string(i) + "."), early[static_cast<std::size_t>(i)]);
  Handler handler(pair);
  ASSERT_TRUE(pair.run_until([&] { return handler.finished() == 40; }));
  pair.run_for(base::seconds(5));
  EXPECT_EQ(handler.finished(), 40u);
  EXPECT_FALSE(pair.left_closed().has_value());
  EXPECT_FALSE(pair.right_closed().has_value());
}

// [cases.md C-005]
TEST(EarlyDataPair, AcceptedRequestsAllArriveOnceAtThirtyPercentLoss) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(seed);
    EndpointPair pair(seed + 100);
    visit(pair);
    base::SeededRandom random(seed);
    pair.filter = [&](bool, ByteSpan) { return !random.chance(300, 1000); };
    pair.connect();
    ASSERT_EQ(pair.left_connection()->early_data(), EarlyData::offered);
    std::vector<std::string> expected;
    for (int i = 0; i < 40; ++i) {
      expected.push_back(std::string(500, 'a') + std::to_string(i) + ".");
      send_request(pair, expected.back());
    }
    Handler handler(pair);
    ASSERT_TRUE(pair.run_until([&] { return handler.finished() == 40; }));
    EXPECT_EQ(handler.texts(), expected);
    EXPECT_FALSE(pair.left_closed().has_value());
  }
}

TEST(EarlyDataPair, AServerMayRefuseEarlyDataAndStillResume) {
  EndpointPair pair(4);
  visit(pair);
  pair.right_transport = TransportConfig{.early_data = false};
  pair.connect();
  send_request(pair, "too early.");
  ASSERT_TRUE(pair.run_until([&] { return pair.left_connected() && pair.right_connected(); }));
  EXPECT_EQ(pair.left_connection()->early_data(), EarlyData::rejected);
  EXPECT_TRUE(pair.left_connection()->is_resumed());
  pair.run_for(base::seconds(1));
  Handler handler(pair);
  EXPECT_EQ(handler.finished(), 0u);
}

TEST(EarlyDataPair, AClientMayDoWithout) {
  TransportConfig config;
  config.early_data = false;
  EndpointPair pair(5, {}, config);
  visit(pair);
  pair.connect();
  EXPECT_EQ(pair.left_connection()->early_data(), EarlyData::none);
  EXPECT_FALSE(pair.left_connection()->open_stream(Dir::uni).has_value());
  ASSERT_TRUE(pair.run_until([&] { return pair.left_connected() && pair.right_connected(); }));
  EXPECT_TRUE(pair.left_connection()->is_resumed());
  EXPECT_FALSE(pair.early_data_decided().has_value());
}

// [quic.md 8] A server never accepts 0-RTT under narrower limits: it does not know the ticket then.
TEST(EarlyDataPair, IsRejectedWhenTheServersLimitsHaveShrunk) {
  EndpointPair pair(6);
  visit(pair);
  pair.right_transport = TransportConfig{.stream_receive_window = 100'000};
  pair.connect();
  send_request(pair, std::string(110'000, 'x') + ".");
  ASSERT_TRUE(pair.run_until([&] { return pair.left_connected() && pair.right_connected(); }));
  EXPECT_EQ(pair.left_connection()->early_data(), EarlyData::rejected);
  EXPECT_FALSE(pair.left_connection()->is_resumed());
  // The new limits count, not the remembered ones.
  const StreamId id = *pair.left_connection()->open_stream(Dir::uni);
  EXPECT_EQ(pair.left_connection()->write(id, std::vector<std::byte>(200'000)), 100'000u);
}

TEST(EarlyDataPair, EarlyDatagramsArriveToo) {
  EndpointPair pair(7);
  visit(pair);
  pair.connect();
  ASSERT_TRUE(pair.left_connection()->max_datagram_size().has_value());
  EXPECT_TRUE(pair.left_connection()->datagrams().send(Bytes::copy_of("hello"), DatagramSendMode::wait).has_value());
  pair.wake_left();
  ASSERT_TRUE(pair.run_until([&] {
    return pair.right_connection() != nullptr && pair.right_connection()->datagrams().receive().has_value();
  }));
  EXPECT_FALSE(pair.right_connected());
}

TEST(EarlyDataPair, WhatComesBeforeTheServerHasDecidedIsBuffered) {
  EndpointPair pair(8);
  visit(pair);
  pair.right_hesitates(true);
  pair.connect();
  const std::string text = std::string(5000, 'y') + ".";  // several datagrams
  send_request(pair, text);
  pair.run_for(base::milliseconds(50));
  ASSERT_FALSE(pair.incoming().empty());
  ASSERT_EQ(pair.right_connection(), nullptr);
  pair.accept_right(pair.incoming().front().id);
  Handler handler(pair);
  ASSERT_EQ(handler.finished(), 1u);
  EXPECT_FALSE(pair.right_connected());
  EXPECT_EQ(handler.texts(), std::vector<std::string>{text});
}

// [RFC 9000 §17.2.3] [RFC 9001 §4.9.3]
TEST(EarlyDataPair, LateEarlyPacketsAreReadForThreeProbeTimeoutsAndNoLonger) {
  for (const bool is_too_late : {false, true}) {
    SCOPED_TRACE(is_too_late);
    EndpointPair pair(9);
    visit(pair);
    std::vector<std::vector<std::byte>> held;
    pair.filter = [&](bool to_right, ByteSpan datagram) {
      if (!to_right || !is_early_packet(datagram)) return true;
      held.emplace_back(datagram.begin(), datagram.end());
      return false;
    };
    pair.connect();
    send_request(pair, std::string(3000, 'z') + ".");
    ASSERT_TRUE(pair.run_until([&] { return pair.left_connected() && pair.right_connected(); }));
    ASSERT_FALSE(held.empty());
    // Nothing is repeated: what arrives, arrives by the packets that were held.
    pair.filter = [](bool to_right, ByteSpan) { return !to_right; };
    if (is_too_late) pair.run_for(base::seconds(10));
    for (const auto& datagram : held) pair.inject(true, pair.left_addr(), datagram);
    Handler handler(pair);
    EXPECT_EQ(handler.finished(), is_too_late ? 0u : 1u);
    pair.filter = {};
    EXPECT_TRUE(pair.run_until([&] { return handler.finished() == 1; }));
  }
}

// [quic.md 35] [quic.md §6.5] After a Retry 0-RTT data goes again.
TEST(EarlyDataPair, IsSentAgainAfterARetry) {
  EndpointPair pair(10);
  visit(pair);
  pair.right_retries(true);
  pair.connect();
  send_request(pair, std::string(3000, 'r') + ".");
  Handler handler(pair);
  ASSERT_TRUE(pair.run_until([&] { return handler.finished() == 1; }));
  EXPECT_FALSE(pair.left_connected());
  ASSERT_TRUE(pair.run_until([&] { return pair.left_connected() && pair.right_connected(); }));
  EXPECT_EQ(pair.left_connection()->early_data(), EarlyData::accepted);
}

// [performance.md §4] TLS sessions are released at the end of the handshake; what the API needs goes on.
TEST(EarlyDataPair, ExportersAgreeLongAfterTheHandshake) {
  EndpointPair pair(11);
  pair.connect();
  ASSERT_TRUE(pair.run_until([&] { return pair.left_connected() && pair.right_connected(); }));
  pair.run_for(base::seconds(20));
  const auto left = pair.left_connection()->export_keying_material("label", {}, 32);
  const auto right = pair.right_connection()->export_keying_material("label", {}, 32);
  ASSERT_TRUE(left.has_value() && right.has_value());
  EXPECT_EQ(*left, *right);
  EXPECT_EQ(pair.left_connection()->alpn(), "test");
  EXPECT_EQ(pair.left_connection()->remote_id(), pair.right_id());
}

// [endpoint.md §2.11]
TEST(EarlyDataPair, KeyLogsOfBothSidesHaveTheSameLines) {
  EndpointPair pair(12);
  visit(pair);
  pair.connect();
  ASSERT_TRUE(pair.run_until([&] { return pair.left_connected() && pair.right_connected(); }));
  for (const char* label :
       {"CLIENT_EARLY_TRAFFIC_SECRET ", "CLIENT_HANDSHAKE_TRAFFIC_SECRET ", "SERVER_HANDSHAKE_TRAFFIC_SECRET ",
        "CLIENT_TRAFFIC_SECRET_0 ", "SERVER_TRAFFIC_SECRET_0 "}) {
    const auto find = [&](const std::vector<std::string>& lines) {
      std::string last;
      for (const std::string& line : lines) {
        if (line.starts_with(label)) last = line;
      }
      return last;
    };
    EXPECT_FALSE(find(pair.left_key_log()).empty()) << label;
    EXPECT_EQ(find(pair.left_key_log()), find(pair.right_key_log()));
  }
}

}  // namespace
}  // namespace iroh::quic
