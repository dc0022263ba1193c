// SPDX-License-Identifier: MIT OR Apache-2.0
// What a sent packet carried, in a form that survives the packet: acknowledged or lost, it goes back to its producer.
// Information is retransmitted, never packets. [RFC 9000 §13.3], [quic.md §3.4]
#pragma once

#include <cstdint>

#include "quic/types.hpp"

namespace iroh::quic {

struct SentFrame {
  enum class Kind : std::uint8_t {
    none,
    ack,                   ///< path, id = largest acknowledged: lets received ranges be forgotten
    crypto,                ///< level; offset, length
    stream,                ///< id = stream id; offset, length, flag = FIN
    stream_copy,           ///< the same once more on another path: acknowledged it counts, lost it does not
    reset_stream,          ///< id = stream id
    stop_sending,          ///< id = stream id
    max_data,              //
    max_stream_data,       ///< id = stream id
    max_streams,           ///< flag = unidirectional
    data_blocked,          ///< offset = the limit it named
    stream_data_blocked,   ///< id = stream id; offset = the limit it named
    streams_blocked,       ///< flag = unidirectional; id = the limit it named
    handshake_done,        //
    new_connection_id,     ///< path, id = sequence
    retire_connection_id,  ///< path, id = sequence
    new_token,             //
    ping,                  //
    datagram,              ///< never resent; offset = number of bytes
    path_challenge,        //
    path_response,         //
    path_abandon,          ///< path, id = error code
    path_status,           ///< path
    max_path_id,           //
    paths_blocked,         ///< id = the maximum it named
    path_cids_blocked,     ///< path, id = next sequence
    observed_address,      ///< path, id = sequence
    add_address,           ///< id = sequence
    remove_address,        ///< id = sequence
    reach_out,             ///< id = round, offset = candidate index
    ack_frequency,         ///< id = sequence
    immediate_ack,         //
  };

  Kind kind = Kind::none;
  bool flag = false;
  EncryptionLevel level = EncryptionLevel::one_rtt;
  PathId path = path_zero;
  std::uint64_t id = 0;
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
};
static_assert(sizeof(SentFrame) == 32);

}  // namespace iroh::quic
