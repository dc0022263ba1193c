// SPDX-License-Identifier: MIT OR Apache-2.0
// Every row of quic.md 3.5 that one packet can bring about: the code, the frame type that is named, or that it is
// ignored.
#include "tests/hostile/receive_errors.hpp"

namespace iroh::hostile {
namespace {

/// What the peer is before it misbehaves.
enum class Kind : std::uint8_t { normal, with_nat_traversal, without_multipath, without_cids };

struct Row {
  const char* name;
  Side attacker;
  std::vector<std::byte> payload;
  std::optional<ErrorCode> code;  ///< nothing: ignored
  std::optional<std::uint64_t> frame_type = std::nullopt;
  Kind kind = Kind::normal;
};

std::ostream& operator<<(std::ostream& out, const Row& row) {
  return out << row.name;
}

class ReceiveErrors : public testing::TestWithParam<Row> {};

HostileConfig config_of(const Row& row) {
  HostileConfig config{.attacker = row.attacker};
  if (row.kind == Kind::with_nat_traversal) config.peer.parameters.nat_traversal_limit = 32;
  if (row.kind == Kind::without_multipath || row.kind == Kind::without_cids)
    config.peer.parameters.initial_max_path_id.reset();
  if (row.kind == Kind::without_cids) config.peer.cid_size = 0;
  return config;
}

TEST_P(ReceiveErrors, AreAnsweredAsSpecified) {
  HostileWorld world(config_of(GetParam()));
  ASSERT_TRUE(world.connect());
  world.peer.send_payload(GetParam().payload);
  world.settle();
  if (GetParam().code) {
    expect_closed(world, *GetParam().code, GetParam().frame_type);
  } else {
    expect_alive(world);
  }
}

constexpr auto pv = ErrorCode::protocol_violation;
constexpr auto encoding = ErrorCode::frame_encoding_error;

// [quic.md 11] [quic.md 12] [quic.md §3.2]
const Row encoding_rows[] = {
    {"unknown_one_byte_type", client, hex("2a"), encoding, 0x2a},
    {"unknown_eight_byte_type", client, hex("c0deadbeefdeadbe"), encoding, 0xdeadbeefdeadbe},
    {"truncated_stream", client, hex("0a0005aa"), encoding, 0x0a},
    {"truncated_new_connection_id", client, hex("18010008aabb"), encoding, 0x18},
    {"truncated_path_ack", client, hex("3e00"), encoding, 0x3e},
    {"truncated_add_address", client, hex("803d7f9000c000"), encoding, 0x3d7f90},
    {"ack_range_below_zero", client, hex("0205000007"), encoding, 0x02},
    {"path_ack_range_below_zero", client, hex("3e0005000007"), encoding, 0x3e},
    {"path_ack_path_above_32_bits", client, hex("3ec00000010000000000000000"), encoding, 0x3e},
    {"path_abandon_path_above_32_bits", client, hex("7e75c00000010000000000"), encoding, 0x3e75},
    {"max_path_id_above_32_bits", client, hex("7e7ac000000100000000"), encoding, 0x3e7a},
    {"new_connection_id_of_zero_bytes", client, hex("1801000000112233445566778899aabbccddeeff"), encoding, 0x18},
    {"new_connection_id_of_21_bytes", client,
     hex("18010015000102030405060708090a0b0c0d0e0f1011121314000102030405060708090a0b0c0d0e0f"), encoding, 0x18},
    {"path_new_connection_id_of_zero_bytes", client, hex("7e780100000000112233445566778899aabbccddeeff"), encoding,
     0x3e78},
    {"retire_prior_to_above_sequence", client,
     payload_of({new_cid(std::nullopt, 1, 1)}).size() > 0
         ? hex("18010208a0a1a2a3a4a5a6a7000102030405060708090a0b0c0d0e0f")
         : std::vector<std::byte>{},
     encoding, 0x18},
    {"empty_new_token", server, hex("0700"), encoding, 0x07},
    {"stream_count_above_2_to_60", client, hex("12d000000000000001"), encoding, 0x12},
    {"streams_blocked_above_2_to_60", client, hex("16d000000000000001"), encoding, 0x16},
    {"earlier_frames_do_not_hide_it", client, hex("0101002a"), encoding, 0x2a},
};
INSTANTIATE_TEST_SUITE_P(Encoding, ReceiveErrors, testing::ValuesIn(encoding_rows),
                         [](const auto& row) { return std::string(row.param.name); });

// [quic.md 14] [quic.md 15] [quic.md §3.5]
const Row multipath_rows[] = {
    {"path_ack_not_negotiated", client,
     hex("3e000000"
         "0000"),
     pv, 0x3e, Kind::without_multipath},
    {"path_ack_ecn_not_negotiated", client,
     hex("3f000000"
         "0000000000"),
     pv, 0x3f, Kind::without_multipath},
    {"path_abandon_not_negotiated", client, payload_of({quic::PathAbandonFrame{path_zero, 1}}), pv, 0x3e75,
     Kind::without_multipath},
    {"path_status_backup_not_negotiated", client, payload_of({quic::PathStatusFrame{path_zero, true, 1}}), pv, 0x3e76,
     Kind::without_multipath},
    {"path_status_available_not_negotiated", client, payload_of({quic::PathStatusFrame{path_zero, false, 1}}), pv,
     0x3e77, Kind::without_multipath},
    {"path_new_connection_id_not_negotiated", client, payload_of({new_cid(path_zero, 1)}), pv, 0x3e78,
     Kind::without_multipath},
    {"max_path_id_not_negotiated", client, payload_of({quic::MaxPathIdFrame{path(9)}}), pv, 0x3e7a,
     Kind::without_multipath},
    {"paths_blocked_not_negotiated", client, payload_of({quic::PathsBlockedFrame{path(1)}}), pv, 0x3e7b,
     Kind::without_multipath},
    {"path_cids_blocked_not_negotiated", client, payload_of({quic::PathCidsBlockedFrame{path(1), 0}}), pv, 0x3e7c,
     Kind::without_multipath},
    {"path_ack_of_a_path_that_never_was", client, payload_of({quic::AckFrame{.path = path(5)}}), pv, 0x3e},
    {"ack_of_a_number_never_sent", client, payload_of({quic::AckFrame{.largest = 100'000}}), pv, 0x02},
    {"path_ack_of_a_number_never_sent", client, payload_of({quic::AckFrame{.path = path_zero, .largest = 100'000}}), pv,
     0x3e},
    {"path_new_connection_id_above_our_maximum", client, payload_of({new_cid(path(8), 0)}), pv, 0x3e78},
    {"path_new_connection_id_beyond_the_window", client, payload_of({new_cid(path(1), 5)}),
     ErrorCode::connection_id_limit_error, 0x3e78},
    {"new_connection_id_beyond_the_window", client, payload_of({new_cid(std::nullopt, 9)}),
     ErrorCode::connection_id_limit_error, 0x18},
    {"new_connection_id_to_a_peer_without_ids", client, payload_of({new_cid(std::nullopt, 1)}), pv, 0x18,
     Kind::without_cids},
    {"retire_never_issued", client, payload_of({quic::RetireConnectionIdFrame{std::nullopt, 50}}), pv, 0x19},
    {"path_retire_never_issued", client, payload_of({quic::RetireConnectionIdFrame{path(1), 50}}), pv, 0x3e79},
    // [quic.md §11 26]
    {"path_retire_of_the_next_to_be_issued", client, payload_of({quic::RetireConnectionIdFrame{path(1), 5}}), pv,
     0x3e79},
    {"paths_blocked_above_our_maximum", client, payload_of({quic::PathsBlockedFrame{path(8)}}), pv, 0x3e7b},
    {"path_cids_blocked_above_our_maximum", client, payload_of({quic::PathCidsBlockedFrame{path(8), 0}}), pv, 0x3e7c},
    {"path_cids_blocked_beyond_what_was_issued", client, payload_of({quic::PathCidsBlockedFrame{path_zero, 40}}), pv,
     0x3e7c},
};
INSTANTIATE_TEST_SUITE_P(Multipath, ReceiveErrors, testing::ValuesIn(multipath_rows),
                         [](const auto& row) { return std::string(row.param.name); });

const Row ignored_rows[] = {
    {"ack_means_path_zero", client, hex("0200000000"), std::nullopt},
    {"path_retire_of_an_unknown_path", client, payload_of({quic::RetireConnectionIdFrame{path(100), 3}}), std::nullopt},
    {"max_path_id_not_above_the_present", client, payload_of({quic::MaxPathIdFrame{path(3)}}), std::nullopt},
    {"paths_blocked_at_our_maximum", client, payload_of({quic::PathsBlockedFrame{path(7)}}), std::nullopt},
    {"path_cids_blocked_of_an_unused_path", client, payload_of({quic::PathCidsBlockedFrame{path(7), 0}}), std::nullopt},
    {"path_abandon_of_a_path_never_opened", client, payload_of({quic::PathAbandonFrame{path(5), 77}}), std::nullopt},
    {"path_abandon_of_an_impossible_path", client, payload_of({quic::PathAbandonFrame{path(5000), 77}}), std::nullopt},
    {"path_status_of_an_unknown_path", client, payload_of({quic::PathStatusFrame{path(6), true, 1}}), std::nullopt},
    {"path_status_again", client,
     payload_of({quic::PathStatusFrame{path_zero, true, 2}, quic::PathStatusFrame{path_zero, false, 1}}), std::nullopt},
    {"stale_ack_frequency", client,
     payload_of({quic::AckFrequencyFrame{5, 1, 2000, 1}, quic::AckFrequencyFrame{5, 1, 3000, 1}}), std::nullopt},
    {"duplicate_new_connection_id", client, payload_of({new_cid(path(2), 1), new_cid(path(2), 1)}), std::nullopt},
    {"stream_finished_twice", client,
     payload_of({quic::StreamFrame{peer_stream(client, quic::Dir::uni), 0, true, some_bytes},
                 quic::StreamFrame{peer_stream(client, quic::Dir::uni), 0, true, some_bytes},
                 quic::ResetStreamFrame{peer_stream(client, quic::Dir::uni), 3, 10}}),
     std::nullopt},
    {"path_response_nobody_asked_for", client, payload_of({quic::PathResponseFrame{}}), std::nullopt},
    {"immediate_ack", client, payload_of({quic::ImmediateAckFrame{}}), std::nullopt},
};
INSTANTIATE_TEST_SUITE_P(Ignored, ReceiveErrors, testing::ValuesIn(ignored_rows),
                         [](const auto& row) { return std::string(row.param.name); });

// [quic.md §3.5] Extensions and roles.
const Row role_rows[] = {
    {"reach_out_to_a_client_that_negotiated", server, payload_of({quic::ReachOutFrame{1, some_addr}}), pv, 0x3d7f92,
     Kind::with_nat_traversal},
    {"add_address_to_a_server_that_negotiated", client, payload_of({quic::AddAddressFrame{0, some_addr}}), pv, 0x3d7f90,
     Kind::with_nat_traversal},
    {"remove_address_to_a_server_that_negotiated", client, payload_of({quic::RemoveAddressFrame{0}}), pv, 0x3d7f94,
     Kind::with_nat_traversal},
    {"observed_address_unasked", client, payload_of({quic::ObservedAddressFrame{0, some_addr}}), pv, 0x9f81a6},
    {"add_address_to_a_server", client, payload_of({quic::AddAddressFrame{0, some_addr}}), pv, 0x3d7f90},
    {"remove_address_to_a_server", client, payload_of({quic::RemoveAddressFrame{0}}), pv, 0x3d7f94},
    {"reach_out_to_a_client", server, payload_of({quic::ReachOutFrame{1, some_addr}}), pv, 0x3d7f92},
    {"reach_out_not_negotiated", client, payload_of({quic::ReachOutFrame{1, some_addr}}), pv, 0x3d7f92},
    {"add_address_not_negotiated", server, payload_of({quic::AddAddressFrame{0, some_addr}}), pv, 0x3d7f90},
    {"ack_frequency_below_a_millisecond", client, payload_of({quic::AckFrequencyFrame{0, 1, 999, 1}}), pv, 0xaf},
    {"new_token_from_a_client", client, payload_of({quic::NewTokenFrame{some_bytes}}), pv, 0x07},
    {"handshake_done_from_a_client", client, payload_of({quic::HandshakeDoneFrame{}}), pv, 0x1e},
};
INSTANTIATE_TEST_SUITE_P(Roles, ReceiveErrors, testing::ValuesIn(role_rows),
                         [](const auto& row) { return std::string(row.param.name); });

// [RFC 9000 §4] [RFC 9000 §19] [quic.md 15]
const Row stream_rows[] = {
    {"stream_beyond_the_limit", client,
     payload_of({quic::StreamFrame{peer_stream(client, quic::Dir::uni, 100), 0, false, some_bytes}}),
     ErrorCode::stream_limit_error, 0x0a},
    {"stream_of_ours_never_opened", client,
     payload_of({quic::StreamFrame{peer_stream(server, quic::Dir::bi), 0, false, some_bytes}}),
     ErrorCode::stream_state_error, 0x0a},
    {"stream_that_only_we_send_on", client,
     payload_of({quic::StreamFrame{peer_stream(server, quic::Dir::uni), 0, false, some_bytes}}),
     ErrorCode::stream_state_error, 0x0a},
    {"stop_of_a_stream_that_only_it_sends_on", client,
     payload_of({quic::StopSendingFrame{peer_stream(client, quic::Dir::uni), 1}}), ErrorCode::stream_state_error, 0x05},
    {"max_stream_data_of_a_stream_that_only_it_sends_on", client,
     payload_of({quic::MaxStreamDataFrame{peer_stream(client, quic::Dir::uni), 1}}), ErrorCode::stream_state_error,
     0x11},
    {"stream_data_beyond_the_window", client,
     payload_of({quic::StreamFrame{peer_stream(client, quic::Dir::uni), 1'250'000, false, some_bytes}}),
     ErrorCode::flow_control_error},
    {"reset_beyond_the_window", client,
     payload_of({quic::ResetStreamFrame{peer_stream(client, quic::Dir::uni), 1, 1'250'001}}),
     ErrorCode::flow_control_error, 0x04},
    {"data_beyond_the_end", client,
     payload_of({quic::StreamFrame{peer_stream(client, quic::Dir::bi), 0, true, some_bytes},
                 quic::StreamFrame{peer_stream(client, quic::Dir::bi), 10, false, some_bytes}}),
     ErrorCode::final_size_error},
    {"a_second_end_elsewhere", client,
     payload_of({quic::StreamFrame{peer_stream(client, quic::Dir::bi), 0, true, some_bytes},
                 quic::StreamFrame{peer_stream(client, quic::Dir::bi), 0, true, ByteSpan(some_bytes).first(5)}}),
     ErrorCode::final_size_error},
    {"reset_before_what_was_sent", client,
     payload_of({quic::StreamFrame{peer_stream(client, quic::Dir::bi), 0, false, some_bytes},
                 quic::ResetStreamFrame{peer_stream(client, quic::Dir::bi), 1, 5}}),
     ErrorCode::final_size_error, 0x04},
    // Type 0x0e: OFF and LEN; offset 2^62 - 1, one byte.
    {"stream_data_beyond_2_to_62", client, hex("0e00ffffffffffffffff01aa"), ErrorCode::flow_control_error},
};
INSTANTIATE_TEST_SUITE_P(Streams, ReceiveErrors, testing::ValuesIn(stream_rows),
                         [](const auto& row) { return std::string(row.param.name); });

// ---- what needs more than one packet, or another packet

}  // namespace
}  // namespace iroh::hostile
