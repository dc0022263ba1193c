// SPDX-License-Identifier: MIT OR Apache-2.0
// Frames of lost packets, from the records that survive the packet.
#include <string_view>

#include "quic/qlog/qlog_frames.hpp"
#include "quic/qlog/qlog_names.hpp"

namespace iroh::quic {
namespace {

std::string_view name_of(const SentFrame& record) noexcept {
  using enum SentFrame::Kind;
  switch (record.kind) {
    case none:
      return "unknown";
    case ack:
      return "ack";
    case crypto:
      return "crypto";
    case stream:
    case stream_copy:
      return "stream";
    case reset_stream:
      return "reset_stream";
    case stop_sending:
      return "stop_sending";
    case max_data:
      return "max_data";
    case max_stream_data:
      return "max_stream_data";
    case max_streams:
      return "max_streams";
    case data_blocked:
      return "data_blocked";
    case stream_data_blocked:
      return "stream_data_blocked";
    case streams_blocked:
      return "streams_blocked";
    case handshake_done:
      return "handshake_done";
    case new_connection_id:
      return "new_connection_id";
    case retire_connection_id:
      return "retire_connection_id";
    case new_token:
      return "new_token";
    case ping:
      return "ping";
    case datagram:
      return "datagram";
    case path_challenge:
      return "path_challenge";
    case path_response:
      return "path_response";
    case path_abandon:
      return "path_abandon";
    case path_status:
      return "path_status";
    case max_path_id:
      return "max_path_id";
    case paths_blocked:
      return "paths_blocked";
    case path_cids_blocked:
      return "path_cids_blocked";
    case observed_address:
      return "observed_address";
    case add_address:
      return "add_address";
    case remove_address:
      return "remove_address";
    case reach_out:
      return "reach_out";
    case ack_frequency:
      return "ack_frequency";
    case immediate_ack:
      return "immediate_ack";
  }
  return "unknown";
}

void write_record_fields(JsonWriter& out, const SentFrame& record) {
  using enum SentFrame::Kind;
  switch (record.kind) {
    case stream:
    case stream_copy:
      out.field("stream_id", record.id);
      out.field("offset", record.offset);
      out.field("fin", record.flag);
      break;
    case crypto:
      out.field("offset", record.offset);
      break;
    case reset_stream:
    case stop_sending:
    case max_stream_data:
      out.field("stream_id", record.id);
      break;
    case data_blocked:
      out.field("limit", record.offset);
      break;
    case stream_data_blocked:
      out.field("stream_id", record.id);
      out.field("limit", record.offset);
      break;
    case streams_blocked:
      out.field("stream_type", stream_type(record.flag ? Dir::uni : Dir::bi));
      out.field("limit", record.id);
      break;
    case max_streams:
      out.field("stream_type", stream_type(record.flag ? Dir::uni : Dir::bi));
      break;
    case new_connection_id:
    case retire_connection_id:
    case observed_address:
      out.field("path_id", std::uint64_t{to_u32(record.path)});
      out.field("sequence_number", record.id);
      break;
    case add_address:
    case remove_address:
    case ack_frequency:
      out.field("sequence_number", record.id);
      break;
    case path_abandon:
      out.field("path_id", std::uint64_t{to_u32(record.path)});
      out.field("error_code", record.id);
      break;
    case ack:
    case path_status:
      out.field("path_id", std::uint64_t{to_u32(record.path)});
      break;
    case paths_blocked:
      out.field("maximum_path_id", record.id);
      break;
    case path_cids_blocked:
      out.field("path_id", std::uint64_t{to_u32(record.path)});
      out.field("next_sequence_number", record.id);
      break;
    case reach_out:
      out.field("round", record.id);
      break;
    default:
      break;
  }
}

}  // namespace

void describe(JsonWriter& out, const SentFrame& record) {
  out.begin_object();
  out.field("frame_type", name_of(record));
  write_record_fields(out, record);
  if (record.kind == SentFrame::Kind::stream || record.kind == SentFrame::Kind::crypto) {
    out.object_field("raw");
    out.field("payload_length", std::uint64_t{record.length});
    out.end_object();
  }
  out.end_object();
}

}  // namespace iroh::quic
