// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/qlog/qlog.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/byte_writer.hpp"
#include "quic/frame/frame.hpp"
#include "quic/frame/random_frame.hpp"
#include "quic/qlog/json_reader.hpp"
#include "quic/qlog/json_writer.hpp"
#include "quic/qlog/qlog_frames.hpp"

namespace iroh::quic {
namespace {

using base::microseconds;
using base::milliseconds;
using base::seconds;

const Instant start = Instant{} + seconds(50);

ConnectionId cid(std::uint8_t first, std::size_t size = 8) {
  std::vector<std::byte> bytes(size, std::byte{0x11});
  bytes[0] = std::byte{first};
  return ConnectionId(bytes);
}

FourTuple four_tuple() {
  return {.remote = SocketAddr(IpAddr(IpAddr::V4{192, 0, 2, 1}), 4433), .local = IpAddr::v6_loopback()};
}

class Collector final : public QlogSink {
 public:
  explicit Collector(std::vector<std::string>& records) : records_(records) {}
  void write(std::string_view record) override { records_.emplace_back(record); }

 private:
  std::vector<std::string>& records_;
};

struct QlogTest : testing::Test {
  std::vector<std::string> records;
  QlogTrace trace{.side = Side::server, .remote = four_tuple().remote, .initial_dcid = cid(0xab), .started = start};
  Qlog qlog = Qlog({.sink = std::make_unique<Collector>(records)}, trace);

  /// [RFC 7464 §2.2] RS, a JSON text, LF.
  static JsonValue parse(const std::string& record) {
    EXPECT_EQ(record.front(), '\x1e');
    EXPECT_EQ(record.back(), '\n');
    EXPECT_EQ(std::ranges::count(record, '\x1e'), 1);
    return JsonReader::read(std::string_view(record).substr(1, record.size() - 2));
  }
  JsonValue last() { return parse(records.back()); }
  JsonValue last(const std::string& name) {
    auto event = last();
    EXPECT_EQ(event["name"].text(), name);
    return event["data"];
  }
};

JsonValue described(const Frame& frame, std::uint64_t exponent = 3) {
  std::string text;
  JsonWriter out(text);
  describe(out, frame, exponent);
  return JsonReader::read(text);
}

// [observability.md 17]
TEST_F(QlogTest, BeginsWithTheHeaderOfASequentialFile) {
  ASSERT_EQ(records.size(), 1u);
  const auto header = last();
  EXPECT_EQ(header["file_schema"].text(), "urn:ietf:params:qlog:file:sequential");
  EXPECT_EQ(header["serialization_format"].text(), "application/qlog+json-seq");
  EXPECT_EQ(header["trace"]["common_fields"]["group_id"].text(), "ab11111111111111");
  EXPECT_EQ(header["trace"]["common_fields"]["time_format"].text(), "relative_to_epoch");
  EXPECT_EQ(header["trace"]["vantage_point"]["type"].text(), "server");
  EXPECT_EQ(header["trace"]["event_schemas"][0].text(), "urn:ietf:params:qlog:events:quic-12");
  EXPECT_FALSE(header.contains("title"));
}

TEST_F(QlogTest, IsOffWithoutASink) {
  Qlog off({}, trace);
  EXPECT_FALSE(off.is_on());
  EXPECT_FALSE(Qlog().is_on());
  PacketWriter writer;
  off.packet_sent(start, {}, writer);
  off.recovery_metrics_updated(start, path_zero, {.pto_count = 1});
  off.connection_closed(start, {});
  EXPECT_EQ(records.size(), 1u);  // that of the fixture's trace
}

TEST_F(QlogTest, TimesAreRelativeToTheStartOrToACommonBase) {
  qlog.mtu_updated(start + microseconds(1234), path_zero, 1200, 1452);
  EXPECT_DOUBLE_EQ(last()["time"].number(), 1.234);
  Qlog shared({.sink = std::make_unique<Collector>(records), .time_base = start - seconds(1), .title = "two"}, trace);
  EXPECT_EQ(last()["title"].text(), "two");
  shared.mtu_updated(start, path_zero, 1200, 1452);
  EXPECT_DOUBLE_EQ(last()["time"].number(), 1000);
}

TEST_F(QlogTest, ConnectionStartedNamesBothEnds) {
  qlog.connection_started(start, four_tuple(), cid(1), cid(2));
  const auto data = last("quic:connection_started");
  EXPECT_EQ(data["local"]["ip_v6"].text(), "::1");
  EXPECT_EQ(data["local"]["connection_ids"][0].text(), "0111111111111111");
  EXPECT_EQ(data["remote"]["ip_v4"].text(), "192.0.2.1");
  EXPECT_EQ(data["remote"]["port_v4"].number(), 4433);
}

TEST_F(QlogTest, ConnectionClosedTellsWhoAndWhy) {
  using Kind = CloseReason::Kind;
  const auto closed = [&](CloseReason reason) {
    qlog.connection_closed(start, reason);
    return last("quic:connection_closed");
  };
  const auto local = closed({.kind = Kind::transport_error, .code = 0x0a, .reason = "say \"no\"\n"});
  EXPECT_EQ(local["initiator"].text(), "local");
  EXPECT_EQ(local["connection_error"].text(), "protocol_violation");
  EXPECT_EQ(local["reason"].text(), "say \"no\"\n");
  EXPECT_EQ(local["trigger"].text(), "error");
  EXPECT_EQ(closed({.kind = Kind::connection_closed, .code = 0x16d})["connection_error"].text(), "crypto_error_0x16d");
  const auto application = closed({.kind = Kind::application_closed, .code = 7});
  EXPECT_EQ(application["initiator"].text(), "remote");
  EXPECT_EQ(application["application_error"].text(), "unknown");
  EXPECT_EQ(application["error_code"].number(), 7);
  EXPECT_EQ(closed({.kind = Kind::timed_out})["trigger"].text(), "idle_timeout");
  EXPECT_EQ(closed({.kind = Kind::reset})["trigger"].text(), "stateless_reset");
  EXPECT_EQ(closed({.kind = Kind::version_mismatch})["trigger"].text(), "version_mismatch");
  EXPECT_EQ(closed({.kind = Kind::locally_closed})["trigger"].text(), "application");
  EXPECT_EQ(closed({.kind = Kind::cids_exhausted})["trigger"].text(), "aborted");
}

// [observability.md §4], [observability.md 16]
TEST_F(QlogTest, ParametersIncludeTheExtensionsButNoResetToken) {
  TransportParameters parameters;
  parameters.stateless_reset_token.emplace().fill(std::byte{0x77});
  parameters.initial_source_connection_id = cid(3);
  parameters.max_idle_timeout_ms = 30'000;
  parameters.initial_max_data = (std::uint64_t{1} << 62) - 1;
  parameters.max_datagram_frame_size = 65535;
  parameters.initial_max_path_id = 7;
  parameters.min_ack_delay_us = 1000;
  parameters.nat_traversal_limit = 32;
  parameters.address_discovery_role = AddressDiscoveryRole::receive_only;
  qlog.parameters_set(start, QlogInitiator::remote, parameters);
  EXPECT_EQ(records.back().find("7777"), std::string::npos);
  const auto data = last("quic:parameters_set");
  EXPECT_EQ(data["initiator"].text(), "remote");
  EXPECT_EQ(data["initial_source_connection_id"].text(), "0311111111111111");
  EXPECT_EQ(data["max_idle_timeout"].number(), 30'000);
  EXPECT_EQ(data["initial_max_data"].text(), "4611686018427387903");
  EXPECT_EQ(data["max_datagram_frame_size"].number(), 65535);
  EXPECT_EQ(data["initial_max_path_id"].number(), 7);
  EXPECT_EQ(data["min_ack_delay"].number(), 1000);
  EXPECT_EQ(data["max_remote_nat_traversal_addresses"].number(), 32);
  EXPECT_EQ(data["address_discovery_role"].number(), 1);
  EXPECT_FALSE(data.contains("original_destination_connection_id"));
  qlog.parameters_restored(start, parameters);
  EXPECT_FALSE(last("quic:parameters_restored").contains("initial_max_path_id"));
}

// [observability.md 18]
TEST_F(QlogTest, ASentPacketCarriesItsPathItsTupleAndItsFrames) {
  std::vector<std::byte> buffer(200);
  PacketWriter writer;
  writer.begin(buffer);
  const MaxDataFrame max_data{.maximum = 4711};
  base::ByteWriter out(writer.reserve(encoded_size(max_data)));
  encode(out, max_data);
  // A stream frame whose contents stay where they are until the packet is sealed.
  const std::vector<std::byte> contents(50, std::byte{0x5a});
  base::ByteWriter header(writer.reserve(stream_header_size(StreamId(4), 8, contents.size())));
  encode_stream_header(header, StreamId(4), 8, true, contents.size());
  writer.append_external(contents);
  qlog.packet_sent(start, {.path = PathId{3}, .number = 9, .key_phase = true, .dcid = cid(5), .size = 120}, writer);
  EXPECT_EQ(last()["tuple"].text(), "p3");
  const auto data = last("quic:packet_sent");
  EXPECT_EQ(data["header"]["packet_type"].text(), "1RTT");
  EXPECT_EQ(data["header"]["packet_number"].number(), 9);
  EXPECT_EQ(data["header"]["path_id"].number(), 3);
  EXPECT_TRUE(data["header"]["key_phase_bit"].boolean());
  EXPECT_EQ(data["header"]["dcid"].text(), "0511111111111111");
  EXPECT_FALSE(data["header"].contains("scid"));
  EXPECT_EQ(data["raw"]["length"].number(), 120);
  ASSERT_EQ(data["frames"].size(), 2u);
  EXPECT_EQ(data["frames"][0]["frame_type"].text(), "max_data");
  EXPECT_EQ(data["frames"][0]["maximum"].number(), 4711);
  EXPECT_EQ(data["frames"][1]["frame_type"].text(), "stream");
  EXPECT_EQ(data["frames"][1]["stream_id"].number(), 4);
  EXPECT_EQ(data["frames"][1]["offset"].number(), 8);
  EXPECT_TRUE(data["frames"][1]["fin"].boolean());
  EXPECT_EQ(data["frames"][1]["raw"]["payload_length"].number(), 50);
}

TEST_F(QlogTest, ALongHeaderCarriesVersionIdsAndTheSizeOfItsToken) {
  const std::vector<std::byte> payload{std::byte{0x01}, std::byte{0}, std::byte{0}};
  qlog.packet_received(
      start, {.type = PacketType::initial, .number = 0, .dcid = cid(5), .scid = ConnectionId(), .token_size = 16},
      payload);
  const auto data = last("quic:packet_received");
  EXPECT_EQ(data["header"]["packet_type"].text(), "initial");
  EXPECT_EQ(data["header"]["version"].text(), "00000001");
  EXPECT_EQ(data["header"]["scil"].number(), 0);
  EXPECT_EQ(data["header"]["dcil"].number(), 8);
  EXPECT_EQ(data["header"]["token"]["raw"]["length"].number(), 16);
  EXPECT_FALSE(data["header"].contains("path_id"));
  EXPECT_FALSE(data.contains("raw"));
  EXPECT_EQ(data["frames"][0]["frame_type"].text(), "ping");
  EXPECT_EQ(data["frames"][1]["raw"]["length"].number(), 2);
}

TEST_F(QlogTest, AMalformedFrameEndsTheList) {
  const std::vector<std::byte> payload{std::byte{0x01}, std::byte{0x02}, std::byte{0xff}};
  qlog.packet_received(start, {.number = 1}, payload);
  EXPECT_EQ(last("quic:packet_received")["frames"].size(), 1u);
}

TEST_F(QlogTest, AckDelaysAreReadWithTheSendersExponent) {
  TransportParameters parameters;
  parameters.ack_delay_exponent = 10;
  qlog.parameters_set(start, QlogInitiator::remote, parameters);
  const std::vector<std::byte> payload{std::byte{0x02}, std::byte{5}, std::byte{4}, std::byte{0}, std::byte{1}};
  qlog.packet_received(start, {.number = 1}, payload);
  EXPECT_DOUBLE_EQ(last("quic:packet_received")["frames"][0]["ack_delay"].number(), 4.096);
}

TEST_F(QlogTest, LostAndDroppedPacketsTellWhy) {
  const std::vector<SentFrame> frames{
      {.kind = SentFrame::Kind::stream, .flag = true, .id = 8, .offset = 100, .length = 50},
      {.kind = SentFrame::Kind::path_abandon, .path = PathId{2}, .id = 0x3e76}};
  qlog.packet_lost(start, {.path = PathId{1}, .number = 7, .is_mtu_probe = true}, frames,
                   QlogLossReason::time_threshold);
  EXPECT_EQ(last()["tuple"].text(), "p1");
  const auto lost = last("quic:packet_lost");
  EXPECT_EQ(lost["trigger"].text(), "time_threshold");
  EXPECT_TRUE(lost["is_mtu_probe_packet"].boolean());
  EXPECT_EQ(lost["header"]["packet_number"].number(), 7);
  EXPECT_EQ(lost["frames"][0]["stream_id"].number(), 8);
  EXPECT_EQ(lost["frames"][0]["raw"]["payload_length"].number(), 50);
  EXPECT_EQ(lost["frames"][1]["frame_type"].text(), "path_abandon");
  EXPECT_EQ(lost["frames"][1]["error_code"].number(), 0x3e76);
  qlog.packet_dropped(start, {.type = PacketType::handshake, .size = 77}, QlogDropReason::key_unavailable);
  EXPECT_EQ(last("quic:packet_dropped")["trigger"].text(), "key_unavailable");
}

TEST_F(QlogTest, MetricsAreWrittenPerPathAndOnlyAsFarAsTheyChanged) {
  QlogMetrics metrics{.min_rtt = milliseconds(20), .smoothed_rtt = microseconds(21'500), .congestion_window = 12'000};
  qlog.recovery_metrics_updated(start, path_zero, metrics);
  EXPECT_DOUBLE_EQ(last("quic:recovery_metrics_updated")["smoothed_rtt"].number(), 21.5);
  metrics.congestion_window = 14'400;
  qlog.recovery_metrics_updated(start, path_zero, metrics);
  const auto changed = last("quic:recovery_metrics_updated");
  EXPECT_EQ(changed["congestion_window"].number(), 14'400);
  EXPECT_FALSE(changed.contains("min_rtt"));
  const auto count = records.size();
  qlog.recovery_metrics_updated(start, path_zero, metrics);
  EXPECT_EQ(records.size(), count);
  qlog.recovery_metrics_updated(start, PathId{1}, metrics);
  EXPECT_EQ(last()["tuple"].text(), "p1");
  EXPECT_EQ(last("quic:recovery_metrics_updated")["path_id"].number(), 1);
  EXPECT_TRUE(last("quic:recovery_metrics_updated").contains("min_rtt"));
  qlog.forget(path_zero);
  qlog.recovery_metrics_updated(start, path_zero, metrics);
  EXPECT_TRUE(last("quic:recovery_metrics_updated").contains("min_rtt"));
}

// [observability.md §4]
TEST_F(QlogTest, EventsOfPathsCarryTheirPath) {
  qlog.tuple_assigned(start, PathId{2}, four_tuple());
  const auto assigned = last("quic:tuple_assigned");
  EXPECT_EQ(assigned["tuple_id"].text(), "p2");
  EXPECT_EQ(assigned["tuple_remote"]["port_v4"].number(), 4433);
  EXPECT_EQ(assigned["tuple_local"]["ip_v6"].text(), "::1");
  qlog.path_status_updated(start, PathId{2}, QlogInitiator::remote, true);
  EXPECT_EQ(last("iroh:path_status_updated")["new"].text(), "backup");
  qlog.path_abandoned(start, PathId{2}, QlogInitiator::local, 0x3e);
  EXPECT_EQ(last("iroh:path_abandoned")["error_code"].number(), 0x3e);
  EXPECT_EQ(last()["tuple"].text(), "p2");
}

TEST_F(QlogTest, KeysAndTimersAreNamed) {
  qlog.key_updated(start, QlogInitiator::remote, 3);
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(last("quic:key_updated")["key_type"].text(), "server_1rtt_secret");
  EXPECT_EQ(last("quic:key_updated")["trigger"].text(), "remote_update");
  qlog.key_discarded(start, EncryptionLevel::zero_rtt);
  EXPECT_EQ(last("quic:key_discarded")["key_type"].text(), "server_0rtt_secret");
  qlog.timer_updated(start, QlogTimer::nat_traversal_probe_retry, QlogTimerEvent::set, {}, microseconds(33'300));
  EXPECT_EQ(last("quic:timer_updated")["timer_type"].text(), "nat_traversal_probe_retry");
  EXPECT_DOUBLE_EQ(last("quic:timer_updated")["delta"].number(), 33.3);
  qlog.timer_updated(start, QlogTimer::discard_path, QlogTimerEvent::expired, PathId{4});
  EXPECT_EQ(last("quic:timer_updated")["timer_type"].text(), "discard_path");
  EXPECT_EQ(last("quic:timer_updated")["path_id"].number(), 4);
}

// [quic.md §7.12], [observability.md 17]
TEST(QlogFileName, HasPrefixTimeIdAndSide) {
  EXPECT_EQ(qlog_file_name("", 1700000000123, cid(0xab), Side::client), "1700000000123-ab11111111111111-client.qlog");
  EXPECT_EQ(qlog_file_name("test.ep1", 5, cid(1, 1), Side::server), "test.ep1-5-01-server.qlog");
}

// [observability.md 18]
TEST(QlogFrames, ExtensionFramesHaveTheNamesOfTheSpecification) {
  const SocketAddr address(IpAddr(IpAddr::V4{192, 0, 2, 1}), 4433);
  const auto type = [](const Frame& frame) { return described(frame)["frame_type"].text(); };
  EXPECT_EQ(type(PathAbandonFrame{}), "path_abandon");
  EXPECT_EQ(type(PathStatusFrame{.is_backup = true}), "path_status_backup");
  EXPECT_EQ(type(PathStatusFrame{.is_backup = false}), "path_status_available");
  EXPECT_EQ(type(NewConnectionIdFrame{.path = PathId{1}, .cid = cid(1)}), "path_new_connection_id");
  EXPECT_EQ(type(NewConnectionIdFrame{.cid = cid(1)}), "new_connection_id");
  EXPECT_EQ(type(RetireConnectionIdFrame{.path = PathId{1}}), "path_retire_connection_id");
  EXPECT_EQ(type(MaxPathIdFrame{}), "max_path_id");
  EXPECT_EQ(type(PathsBlockedFrame{}), "paths_blocked");
  EXPECT_EQ(type(PathCidsBlockedFrame{}), "path_cids_blocked");
  EXPECT_EQ(type(ObservedAddressFrame{.address = address}), "observed_address");
  EXPECT_EQ(type(AddAddressFrame{.address = address}), "add_address");
  EXPECT_EQ(type(RemoveAddressFrame{}), "remove_address");
  EXPECT_EQ(type(ReachOutFrame{.address = address}), "reach_out");
  EXPECT_EQ(type(AckFrequencyFrame{}), "ack_frequency");
  EXPECT_EQ(type(ImmediateAckFrame{}), "immediate_ack");
  const auto reach_out = described(ReachOutFrame{.round = 3, .address = address});
  EXPECT_EQ(reach_out["round"].number(), 3);
  EXPECT_EQ(reach_out["ip_v4"].text(), "192.0.2.1");
}

TEST(QlogFrames, AcknowledgedRangesAscend) {
  // 10-8 and 5-5. [quic.md §3.8]
  const std::vector<std::byte> payload{std::byte{0x3e}, std::byte{1}, std::byte{10}, std::byte{5},
                                       std::byte{1},    std::byte{2}, std::byte{1},  std::byte{0}};
  FrameParser parser(payload);
  const auto ack = described(**parser.next());
  EXPECT_EQ(ack["frame_type"].text(), "path_ack");
  EXPECT_EQ(ack["path_id"].number(), 1);
  EXPECT_DOUBLE_EQ(ack["ack_delay"].number(), 0.04);
  ASSERT_EQ(ack["acked_ranges"].size(), 2u);
  EXPECT_EQ(ack["acked_ranges"][0].size(), 1u);
  EXPECT_EQ(ack["acked_ranges"][0][0].number(), 5);
  EXPECT_EQ(ack["acked_ranges"][1][0].number(), 8);
  EXPECT_EQ(ack["acked_ranges"][1][1].number(), 10);
  EXPECT_FALSE(ack.contains("ect0"));
}

TEST(QlogFrames, AnAbsurdAckDelayIsCut) {
  const AckFrame frame{.largest = 1, .delay = (std::uint64_t{1} << 62) - 1};
  EXPECT_LE(described(frame, 20)["ack_delay"].number(), 3'600'000);
}

TEST(QlogFrames, AReasonThatIsNotTextIsWrittenAsBytes) {
  const std::vector<std::byte> bytes{std::byte{0xff}, std::byte{0x22}};
  const auto close = described(ConnectionCloseFrame{.code = 0x99, .frame_type = 6, .reason = bytes});
  EXPECT_EQ(close["reason_bytes"].text(), "ff22");
  EXPECT_EQ(close["error"].text(), "unknown");
  EXPECT_EQ(close["error_code"].number(), 0x99);
  EXPECT_EQ(close["trigger_frame_type"].number(), 6);
  EXPECT_EQ(described(ConnectionCloseFrame{.is_application = true})["reason"].text(), "");
}

// [observability.md 16] Nobody who reads a trace can take a connection over.
TEST(QlogFrames, TokensAndContentsStayOut) {
  std::string text;
  JsonWriter out(text);
  const std::vector<std::byte> secret(16, std::byte{0x77});
  NewConnectionIdFrame new_cid{.cid = cid(1)};
  new_cid.token.fill(std::byte{0x77});
  for (const Frame& frame : {Frame(NewTokenFrame{.token = secret}), Frame(new_cid), Frame(CryptoFrame{.data = secret}),
                             Frame(StreamFrame{.data = secret}), Frame(DatagramFrame{.data = secret})}) {
    describe(out, frame, 3);
  }
  EXPECT_EQ(text.find("7777"), std::string::npos);
  EXPECT_EQ(text.find("wwww"), std::string::npos);
}

TEST(QlogFrames, WhateverAFrameHoldsItsDescriptionIsJson) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    base::SeededRandom random(seed);
    for (std::size_t kind = 0; kind < std::variant_size_v<Frame>; ++kind) {
      FrameBytes storage;
      const auto frame = random_frame(random, kind, storage);
      EXPECT_NE(described(frame)["frame_type"].text(), "unknown") << kind;
    }
  }
}

TEST(QlogFrames, RecordsOfBlockedFramesTellTheLimit) {
  const auto limit = [](const SentFrame& record) {
    std::string text;
    JsonWriter out(text);
    describe(out, record);
    return JsonReader::read(text)["limit"].number();
  };
  EXPECT_EQ(limit({.kind = SentFrame::Kind::data_blocked, .offset = 7}), 7);
  EXPECT_EQ(limit({.kind = SentFrame::Kind::stream_data_blocked, .id = 4, .offset = 8}), 8);
  EXPECT_EQ(limit({.kind = SentFrame::Kind::streams_blocked, .flag = true, .id = 9}), 9);
}

TEST(QlogFrames, EveryKindOfRecordHasAName) {
  for (int kind = 0; kind <= static_cast<int>(SentFrame::Kind::immediate_ack); ++kind) {
    std::string text;
    JsonWriter out(text);
    describe(out, SentFrame{.kind = static_cast<SentFrame::Kind>(kind)});
    EXPECT_EQ(JsonReader::read(text)["frame_type"].text() == "unknown", kind == 0);
  }
}

}  // namespace
}  // namespace iroh::quic
