// SPDX-License-Identifier: MIT OR Apache-2.0
// StreamSet: frames from the peer.
#include <utility>

#include "base/assert.hpp"
#include "base/try.hpp"
#include "quic/frame/flow_control_frames.hpp"
#include "quic/frame/frame_type.hpp"
#include "quic/frame/stream_control_frames.hpp"
#include "quic/frame/stream_frame.hpp"
#include "quic/stream/stream_set.hpp"

namespace iroh::quic {

using Kind = StreamEvent::Kind;

TransportResult<Stream*> StreamSet::find_or_open(StreamId id, std::uint64_t frame_type) {
  if (Stream* stream = find(id)) return stream;
  const Direction& streams = direction(id.dir());
  if (is_local(id)) {
    // [RFC 9000 §19.8] A stream of ours that we have not opened yet.
    if (id.index() >= streams.local_next) {
      return transport_error(ErrorCode::stream_state_error, "stream was not opened", frame_type);
    }
    return nullptr;
  }
  if (id.index() < streams.remote_next) return nullptr;  // [quic.md §3.5] freed: ignored
  // [RFC 9000 §4.6]
  if (id.index() >= streams.remote_max) {
    return transport_error(ErrorCode::stream_limit_error, "too many streams", frame_type);
  }
  open_remote_up_to(id);
  return find(id);
}

/// [RFC 9000 §3.2] Opening a stream opens all of its kind with lower ids.
void StreamSet::open_remote_up_to(StreamId id) {
  Direction& streams = direction(id.dir());
  while (streams.remote_next <= id.index()) create(StreamId(!side_, id.dir(), streams.remote_next++));
  events_.push(Kind::opened, id.dir());
}

TransportResult<Stream*> StreamSet::receiving(StreamId id, std::uint64_t frame_type) {
  if (id.dir() == Dir::uni && is_local(id)) {
    return transport_error(ErrorCode::stream_state_error, "stream is send-only", frame_type);
  }
  return find_or_open(id, frame_type);
}

TransportResult<Stream*> StreamSet::sending(StreamId id, std::uint64_t frame_type) {
  if (id.dir() == Dir::uni && !is_local(id)) {
    return transport_error(ErrorCode::stream_state_error, "stream is receive-only", frame_type);
  }
  return find_or_open(id, frame_type);
}

TransportResult<void> StreamSet::on_stream(const StreamFrame& frame, Bytes data) {
  constexpr std::uint64_t type = to_u64(FrameType::stream);
  // [quic.md §3.5] The offset of the last byte must stay below 2^62.
  if (frame.offset > base::varint_max - data.size()) {
    return transport_error(ErrorCode::flow_control_error, "stream data beyond 2^62", type);
  }
  IROH_TRY(stream, receiving(frame.id, type));
  if (stream == nullptr) return {};
  auto is_news = stream->recv->on_data(frame.offset, std::move(data), frame.fin);
  if (!is_news) {
    is_news.error().frame_type = type;
    return std::unexpected(std::move(is_news).error());
  }
  after_receive(*stream, *is_news);
  return receive_budget_.is_full() ? relieve_receive_budget() : TransportResult<void>();
}

/// Small pieces that touch become one. If that does not free a quarter, there are too many holes: what was received
/// can no longer be given up once it is acknowledged, so the connection ends, as for too many gaps in one stream.
/// [quic.md 92], [quic.md §3.5]
TransportResult<void> StreamSet::relieve_receive_budget() {
  const auto join = [](Stream& stream) {
    if (stream.recv) stream.recv->join_small_pieces();
  };
  for (Direction& streams : directions_) {
    streams.local.for_each(join);
    streams.remote.for_each(join);
  }
  if (receive_budget_.overhead() <= ReceiveBudget::overhead_max / 4 * 3) return {};
  return transport_error(ErrorCode::internal_error, "too many gaps in received data", to_u64(FrameType::stream));
}

TransportResult<void> StreamSet::on_reset_stream(const ResetStreamFrame& frame) {
  constexpr std::uint64_t type = to_u64(FrameType::reset_stream);
  IROH_TRY(stream, receiving(frame.id, type));
  if (stream == nullptr) return {};
  auto is_news = stream->recv->on_reset(frame.code, frame.final_size);
  if (!is_news) {
    is_news.error().frame_type = type;
    return std::unexpected(std::move(is_news).error());
  }
  after_receive(*stream, *is_news);
  return {};
}

void StreamSet::after_receive(Stream& stream, bool is_news) {
  if (is_news && is_accepted(stream.id)) events_.push(stream, Kind::readable);
  if (stream.control_link.is_linked) update_control(stream);
  if (stream.recv->is_done()) free_if_done(stream);
}

TransportResult<void> StreamSet::on_stop_sending(const StopSendingFrame& frame) {
  IROH_TRY(stream, sending(frame.id, to_u64(FrameType::stop_sending)));
  if (stream == nullptr || !stream->send->on_stop_sending(frame.code)) return {};
  // [RFC 9000 §3.5] The answer is RESET_STREAM with the same code.
  const bool was_reset = reset_sending(*stream, frame.code);
  IROH_ASSERT(was_reset);
  if (is_accepted(stream->id)) events_.push(*stream, Kind::stopped, frame.code);
  return {};
}

TransportResult<void> StreamSet::on_max_data(const MaxDataFrame& frame) {
  if (!credit_.raise(frame.maximum)) return {};
  is_data_blocked_queued_ = false;
  wake_blocked_writers();
  return {};
}

TransportResult<void> StreamSet::on_max_stream_data(const MaxStreamDataFrame& frame) {
  IROH_TRY(stream, sending(frame.id, to_u64(FrameType::max_stream_data)));
  if (stream == nullptr || !stream->send->on_max_stream_data(frame.maximum)) return {};
  if (stream->control_link.is_linked) update_control(*stream);
  wake_writer(*stream);
  return {};
}

TransportResult<void> StreamSet::on_max_streams(const MaxStreamsFrame& frame) {
  // [RFC 9000 §19.11]
  if (frame.maximum > stream_count_max) {
    return transport_error(ErrorCode::frame_encoding_error, "stream limit beyond 2^60",
                           to_u64(frame.dir == Dir::bi ? FrameType::max_streams_bidi : FrameType::max_streams_uni));
  }
  Direction& streams = direction(frame.dir);
  if (frame.maximum <= streams.local_max) return {};
  streams.local_max = frame.maximum;
  streams.is_blocked_queued = false;
  if (std::exchange(streams.is_blocked, false)) events_.push(Kind::available, frame.dir);
  return {};
}

// The connection's credit depends on what the application reads, not on what the peer wants.
TransportResult<void> StreamSet::on_data_blocked(const DataBlockedFrame&) {
  return {};
}

TransportResult<void> StreamSet::on_stream_data_blocked(const StreamDataBlockedFrame& frame) {
  IROH_TRY(stream, receiving(frame.id, to_u64(FrameType::stream_data_blocked)));
  if (stream == nullptr || rtt_ == Duration::zero()) return {};
  stream->recv->on_peer_blocked(now_, rtt_, frame.limit);
  update_control(*stream);
  return {};
}

TransportResult<void> StreamSet::on_streams_blocked(const StreamsBlockedFrame& frame) {
  // [RFC 9000 §19.14]
  if (frame.limit > stream_count_max) {
    return transport_error(
        ErrorCode::frame_encoding_error, "stream limit beyond 2^60",
        to_u64(frame.dir == Dir::bi ? FrameType::streams_blocked_bidi : FrameType::streams_blocked_uni));
  }
  return {};
}

}  // namespace iroh::quic
