// SPDX-License-Identifier: MIT OR Apache-2.0
// The table of [quic.md §3.3] and that of [RFC 9000 §12.4], frame by frame.
#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "quic/frame/frame.hpp"

namespace iroh::quic {
namespace {

struct Row {
  std::string_view name;
  Frame frame;
  bool in_handshake;  // Initial and Handshake
  bool in_zero_rtt;
  bool ack_eliciting;
  bool probing;
};

constexpr bool yes = true;
constexpr bool no = false;

const std::vector<Row>& rows() {
  static const std::vector<Row> table{
      {"PADDING", PaddingFrame{}, yes, yes, no, yes},
      {"PING", PingFrame{}, yes, yes, yes, no},
      {"ACK", AckFrame{}, yes, no, no, no},
      {"PATH_ACK", AckFrame{.path = path_zero}, no, no, no, no},
      {"RESET_STREAM", ResetStreamFrame{}, no, yes, yes, no},
      {"STOP_SENDING", StopSendingFrame{}, no, yes, yes, no},
      {"CRYPTO", CryptoFrame{}, yes, no, yes, no},
      {"NEW_TOKEN", NewTokenFrame{}, no, no, yes, no},
      {"STREAM", StreamFrame{}, no, yes, yes, no},
      {"MAX_DATA", MaxDataFrame{}, no, yes, yes, no},
      {"MAX_STREAM_DATA", MaxStreamDataFrame{}, no, yes, yes, no},
      {"MAX_STREAMS", MaxStreamsFrame{}, no, yes, yes, no},
      {"DATA_BLOCKED", DataBlockedFrame{}, no, yes, yes, no},
      {"STREAM_DATA_BLOCKED", StreamDataBlockedFrame{}, no, yes, yes, no},
      {"STREAMS_BLOCKED", StreamsBlockedFrame{}, no, yes, yes, no},
      {"NEW_CONNECTION_ID", NewConnectionIdFrame{}, no, yes, yes, yes},
      {"PATH_NEW_CONNECTION_ID", NewConnectionIdFrame{.path = path_zero}, no, no, yes, yes},
      {"RETIRE_CONNECTION_ID", RetireConnectionIdFrame{}, no, no, yes, no},
      {"PATH_RETIRE_CONNECTION_ID", RetireConnectionIdFrame{.path = path_zero}, no, no, yes, no},
      {"PATH_CHALLENGE", PathChallengeFrame{}, no, yes, yes, yes},
      {"PATH_RESPONSE", PathResponseFrame{}, no, no, yes, yes},
      {"transport CONNECTION_CLOSE", ConnectionCloseFrame{}, yes, yes, no, no},
      {"application CONNECTION_CLOSE", ConnectionCloseFrame{.is_application = true}, no, yes, no, no},
      {"HANDSHAKE_DONE", HandshakeDoneFrame{}, no, no, yes, no},
      {"IMMEDIATE_ACK", ImmediateAckFrame{}, no, yes, yes, no},
      {"DATAGRAM", DatagramFrame{}, no, yes, yes, no},
      {"ACK_FREQUENCY", AckFrequencyFrame{}, no, yes, yes, no},
      {"PATH_ABANDON", PathAbandonFrame{}, no, no, yes, no},
      {"PATH_STATUS", PathStatusFrame{}, no, no, yes, no},
      {"MAX_PATH_ID", MaxPathIdFrame{}, no, no, yes, no},
      {"PATHS_BLOCKED", PathsBlockedFrame{}, no, no, yes, no},
      {"PATH_CIDS_BLOCKED", PathCidsBlockedFrame{}, no, no, yes, no},
      {"OBSERVED_ADDRESS", ObservedAddressFrame{}, no, no, yes, yes},
      {"ADD_ADDRESS", AddAddressFrame{}, no, yes, yes, no},
      {"REACH_OUT", ReachOutFrame{}, no, yes, yes, no},
      {"REMOVE_ADDRESS", RemoveAddressFrame{}, no, yes, yes, no},
  };
  return table;
}

// [quic.md 91] [quic.md 13]
TEST(FrameRules, InitialAndHandshakeAdmitOnlyWhatTheHandshakeNeeds) {
  for (const Row& row : rows()) {
    EXPECT_EQ(is_allowed(row.frame, EncryptionLevel::initial), row.in_handshake) << row.name;
    EXPECT_EQ(is_allowed(row.frame, EncryptionLevel::handshake), row.in_handshake) << row.name;
  }
}

// [quic.md 13] [RFC 9000 §12.5]
TEST(FrameRules, ZeroRttAdmitsNothingThatPresupposes1Rtt) {
  for (const Row& row : rows())
    EXPECT_EQ(is_allowed(row.frame, EncryptionLevel::zero_rtt), row.in_zero_rtt) << row.name;
}

TEST(FrameRules, OneRttAdmitsEveryFrame) {
  for (const Row& row : rows()) EXPECT_TRUE(is_allowed(row.frame, EncryptionLevel::one_rtt)) << row.name;
}

// [quic.md 16] [RFC 9000 §13.2]
TEST(FrameRules, AllButPaddingAcksAndClosesElicitAcks) {
  for (const Row& row : rows()) EXPECT_EQ(is_ack_eliciting(row.frame), row.ack_eliciting) << row.name;
}

// [quic.md 16] [RFC 9000 §9.1]
TEST(FrameRules, ProbingFramesAreThoseOfTheTable) {
  for (const Row& row : rows()) EXPECT_EQ(is_probing(row.frame), row.probing) << row.name;
}

}  // namespace
}  // namespace iroh::quic
