// SPDX-License-Identifier: MIT OR Apache-2.0
// Frame type codes. [RFC 9000 §19], [quic.md §3.1]
#pragma once

#include <cstdint>

namespace iroh::quic {

enum class FrameType : std::uint64_t {
  padding = 0x00,
  ping = 0x01,
  ack = 0x02,
  ack_ecn = 0x03,
  reset_stream = 0x04,
  stop_sending = 0x05,
  crypto = 0x06,
  new_token = 0x07,
  stream = 0x08,  ///< to 0x0f: bits 0x04 OFF, 0x02 LEN, 0x01 FIN
  max_data = 0x10,
  max_stream_data = 0x11,
  max_streams_bidi = 0x12,
  max_streams_uni = 0x13,
  data_blocked = 0x14,
  stream_data_blocked = 0x15,
  streams_blocked_bidi = 0x16,
  streams_blocked_uni = 0x17,
  new_connection_id = 0x18,
  retire_connection_id = 0x19,
  path_challenge = 0x1a,
  path_response = 0x1b,
  connection_close = 0x1c,
  application_close = 0x1d,
  handshake_done = 0x1e,
  immediate_ack = 0x1f,
  datagram = 0x30,
  datagram_with_length = 0x31,
  path_ack = 0x3e,
  path_ack_ecn = 0x3f,
  ack_frequency = 0xaf,
  path_abandon = 0x3e75,
  path_status_backup = 0x3e76,
  path_status_available = 0x3e77,
  path_new_connection_id = 0x3e78,
  path_retire_connection_id = 0x3e79,
  max_path_id = 0x3e7a,
  paths_blocked = 0x3e7b,
  path_cids_blocked = 0x3e7c,
  add_address_v4 = 0x3d7f90,
  add_address_v6 = 0x3d7f91,
  reach_out_v4 = 0x3d7f92,
  reach_out_v6 = 0x3d7f93,
  remove_address = 0x3d7f94,
  observed_address_v4 = 0x9f81a6,
  observed_address_v6 = 0x9f81a7,
};

constexpr std::uint64_t to_u64(FrameType type) noexcept {
  return static_cast<std::uint64_t>(type);
}

}  // namespace iroh::quic
