// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/qlog/qlog_frames.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "base/utf8.hpp"
#include "quic/qlog/qlog_names.hpp"

namespace iroh::quic {
namespace {

/// The fields of a frame, without the braces around them.
class FrameFields {
 public:
  FrameFields(JsonWriter& out, std::uint64_t ack_delay_exponent) noexcept
      : out_(out), ack_delay_exponent_(ack_delay_exponent) {}

  void operator()(const PaddingFrame& frame) {
    type("padding");
    out_.object_field("raw");
    out_.field("length", std::uint64_t{frame.count});
    out_.end_object();
  }
  void operator()(const PingFrame&) { type("ping"); }
  void operator()(const HandshakeDoneFrame&) { type("handshake_done"); }
  void operator()(const ImmediateAckFrame&) { type("immediate_ack"); }

  void operator()(const AckFrame& frame) {
    type(frame.path ? "path_ack" : "ack");
    path(frame.path);
    // [RFC 9000 §19.3] More than an hour is nonsense, and would overflow what follows.
    constexpr std::uint64_t delay_max_us = 3'600'000'000;
    const std::uint64_t delay_us = std::min(frame.delay, delay_max_us >> ack_delay_exponent_) << ack_delay_exponent_;
    out_.field("ack_delay", Duration(base::microseconds(static_cast<std::int64_t>(delay_us))));
    std::vector<PnRange> ranges;
    frame.for_each_range([&ranges](const PnRange& range) { ranges.push_back(range); });
    std::ranges::reverse(ranges);
    out_.array_field("acked_ranges");
    for (const PnRange& range : ranges) {
      out_.begin_array();
      out_.number(range.first);
      if (range.last != range.first) out_.number(range.last);
      out_.end_array();
    }
    out_.end_array();
    if (!frame.ecn) return;
    out_.field("ect1", frame.ecn->ect1);
    out_.field("ect0", frame.ecn->ect0);
    out_.field("ce", frame.ecn->ce);
  }

  void operator()(const ResetStreamFrame& frame) {
    type("reset_stream");
    out_.field("stream_id", frame.id.value());
    write_application_error(out_, "error", frame.code);
    out_.field("final_size", frame.final_size);
  }
  void operator()(const StopSendingFrame& frame) {
    type("stop_sending");
    out_.field("stream_id", frame.id.value());
    write_application_error(out_, "error", frame.code);
  }
  void operator()(const CryptoFrame& frame) {
    type("crypto");
    out_.field("offset", frame.offset);
    payload(frame.data);
  }
  void operator()(const NewTokenFrame& frame) {
    type("new_token");
    out_.object_field("token");
    payload(frame.token);
    out_.end_object();
  }
  void operator()(const StreamFrame& frame) {
    type("stream");
    out_.field("stream_id", frame.id.value());
    out_.field("offset", frame.offset);
    out_.field("fin", frame.fin);
    payload(frame.data);
  }
  void operator()(const DatagramFrame& frame) {
    type("datagram");
    payload(frame.data);
  }

  void operator()(const MaxDataFrame& frame) {
    type("max_data");
    out_.field("maximum", frame.maximum);
  }
  void operator()(const MaxStreamDataFrame& frame) {
    type("max_stream_data");
    out_.field("stream_id", frame.id.value());
    out_.field("maximum", frame.maximum);
  }
  void operator()(const MaxStreamsFrame& frame) {
    type("max_streams");
    out_.field("stream_type", stream_type(frame.dir));
    out_.field("maximum", frame.maximum);
  }
  void operator()(const DataBlockedFrame& frame) {
    type("data_blocked");
    out_.field("limit", frame.limit);
  }
  void operator()(const StreamDataBlockedFrame& frame) {
    type("stream_data_blocked");
    out_.field("stream_id", frame.id.value());
    out_.field("limit", frame.limit);
  }
  void operator()(const StreamsBlockedFrame& frame) {
    type("streams_blocked");
    out_.field("stream_type", stream_type(frame.dir));
    out_.field("limit", frame.limit);
  }

  void operator()(const NewConnectionIdFrame& frame) {
    type(frame.path ? "path_new_connection_id" : "new_connection_id");
    path(frame.path);
    out_.field("sequence_number", frame.sequence);
    out_.field("retire_prior_to", frame.retire_prior_to);
    out_.field("connection_id_length", std::uint64_t{frame.cid.size()});
    out_.hex_field("connection_id", frame.cid.bytes());
  }
  void operator()(const RetireConnectionIdFrame& frame) {
    type(frame.path ? "path_retire_connection_id" : "retire_connection_id");
    path(frame.path);
    out_.field("sequence_number", frame.sequence);
  }
  void operator()(const PathChallengeFrame& frame) {
    type("path_challenge");
    out_.hex_field("data", frame.token);
  }
  void operator()(const PathResponseFrame& frame) {
    type("path_response");
    out_.hex_field("data", frame.token);
  }

  void operator()(const ConnectionCloseFrame& frame) {
    type("connection_close");
    out_.field("error_space", frame.is_application ? "application" : "transport");
    if (frame.is_application) {
      write_application_error(out_, "error", frame.code);
    } else {
      write_transport_error(out_, "error", frame.code);
      out_.field("trigger_frame_type", frame.frame_type);
    }
    const auto text = base::as_text(frame.reason);
    if (base::is_utf8(text)) {
      out_.field("reason", text);
    } else {
      out_.hex_field("reason_bytes", frame.reason);
    }
  }

  void operator()(const AckFrequencyFrame& frame) {
    type("ack_frequency");
    out_.field("sequence_number", frame.sequence);
    out_.field("ack_eliciting_threshold", frame.ack_eliciting_threshold);
    out_.field("requested_max_ack_delay", frame.requested_max_ack_delay_us);
    out_.field("reordering_threshold", frame.reordering_threshold);
  }
  void operator()(const PathAbandonFrame& frame) {
    type("path_abandon");
    path(frame.path);
    out_.field("error_code", frame.code);
  }
  void operator()(const PathStatusFrame& frame) {
    type(frame.is_backup ? "path_status_backup" : "path_status_available");
    path(frame.path);
    out_.field("path_status_sequence_number", frame.sequence);
  }
  void operator()(const MaxPathIdFrame& frame) {
    type("max_path_id");
    out_.field("maximum_path_id", std::uint64_t{to_u32(frame.maximum)});
  }
  void operator()(const PathsBlockedFrame& frame) {
    type("paths_blocked");
    out_.field("maximum_path_id", std::uint64_t{to_u32(frame.maximum)});
  }
  void operator()(const PathCidsBlockedFrame& frame) {
    type("path_cids_blocked");
    path(frame.path);
    out_.field("next_sequence_number", frame.next_sequence);
  }

  void operator()(const ObservedAddressFrame& frame) { numbered_address("observed_address", frame); }
  void operator()(const AddAddressFrame& frame) { numbered_address("add_address", frame); }
  void operator()(const ReachOutFrame& frame) {
    type("reach_out");
    out_.field("round", frame.round);
    write_address(out_, frame.address);
  }
  void operator()(const RemoveAddressFrame& frame) {
    type("remove_address");
    out_.field("sequence_number", frame.sequence);
  }

 private:
  void type(std::string_view name) { out_.field("frame_type", name); }
  void path(std::optional<PathId> id) {
    if (id) out_.field("path_id", std::uint64_t{to_u32(*id)});
  }
  void payload(ByteSpan data) {
    out_.object_field("raw");
    out_.field("payload_length", std::uint64_t{data.size()});
    out_.end_object();
  }
  template <class F>
  void numbered_address(std::string_view name, const F& frame) {
    type(name);
    out_.field("sequence_number", frame.sequence);
    write_address(out_, frame.address);
  }

  JsonWriter& out_;
  std::uint64_t ack_delay_exponent_;
};

}  // namespace

void describe(JsonWriter& out, const Frame& frame, std::uint64_t ack_delay_exponent) {
  out.begin_object();
  std::visit(FrameFields(out, ack_delay_exponent), frame);
  out.end_object();
}

}  // namespace iroh::quic
