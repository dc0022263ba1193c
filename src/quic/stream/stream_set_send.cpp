// SPDX-License-Identifier: MIT OR Apache-2.0
// StreamSet: frames to the peer, and what becomes of them.
#include <algorithm>

#include "quic/frame/flow_control_frames.hpp"
#include "quic/frame/stream_control_frames.hpp"
#include "quic/stream/stream_set.hpp"
#include "quic/stream/write_frame.hpp"

namespace iroh::quic {

void StreamSet::update_data(Stream& stream) {
  if (stream.send && stream.send->can_send()) {
    scheduler_.add(stream);
  } else {
    scheduler_.remove(stream);
  }
}

void StreamSet::update_control(Stream& stream) {
  const bool is_needed = (stream.send && (stream.send->needs_reset_frame() || stream.send->needs_blocked_frame())) ||
                         (stream.recv && (stream.recv->needs_stop_frame() || stream.recv->needs_max_data_frame()));
  if (is_needed) {
    control_.push_back(stream);
  } else {
    control_.remove(stream);
  }
}

bool StreamSet::can_send_control() const noexcept {
  if (!control_.is_empty() || is_max_data_lost_ || is_data_blocked_queued_ || flow_.wants_update()) return true;
  return std::ranges::any_of(
      directions_, [](const Direction& streams) { return streams.is_max_streams_queued || streams.is_blocked_queued; });
}

void StreamSet::write_control(PacketWriter& packet) {
  if (!write_connection_control(packet)) return;
  while (Stream* stream = control_.front()) {
    if (!write_stream_control(packet, *stream)) return;
    control_.remove(*stream);
  }
}

/// Values are those of now, also for repetitions. [quic.md 17]
bool StreamSet::write_connection_control(PacketWriter& packet) {
  if (is_max_data_lost_ || flow_.wants_update()) {
    const MaxDataFrame frame{flow_.next_max_data()};
    if (!write_frame(packet, frame, {.kind = SentFrame::Kind::max_data})) return false;
    flow_.on_advertised();
    is_max_data_lost_ = false;
  }
  if (is_data_blocked_queued_) {
    const std::uint64_t limit = credit_.limit();
    if (!write_frame(packet, DataBlockedFrame{limit}, {.kind = SentFrame::Kind::data_blocked, .offset = limit})) {
      return false;
    }
    is_data_blocked_queued_ = false;
  }
  for (const Dir dir : {Dir::bi, Dir::uni}) {
    Direction& streams = direction(dir);
    const bool is_uni = dir == Dir::uni;
    if (streams.is_max_streams_queued) {
      const std::uint64_t maximum = std::max(streams.remote_max, streams.remote_target());
      const SentFrame record{.kind = SentFrame::Kind::max_streams, .flag = is_uni};
      if (!write_frame(packet, MaxStreamsFrame{dir, maximum}, record)) return false;
      streams.remote_max = maximum;
      streams.is_max_streams_queued = false;
    }
    if (streams.is_blocked_queued) {
      const SentFrame record{.kind = SentFrame::Kind::streams_blocked, .flag = is_uni, .id = streams.local_max};
      if (!write_frame(packet, StreamsBlockedFrame{dir, streams.local_max}, record)) return false;
      streams.is_blocked_queued = false;
    }
  }
  return true;
}

bool StreamSet::write_stream_control(PacketWriter& packet, Stream& stream) {
  const std::uint64_t id = stream.id.value();
  if (stream.send && stream.send->needs_reset_frame()) {
    const ResetStreamFrame frame{stream.id, stream.send->reset_code(), stream.send->final_size()};
    if (!write_frame(packet, frame, {.kind = SentFrame::Kind::reset_stream, .id = id})) return false;
    stream.send->on_reset_written();
  }
  if (stream.recv && stream.recv->needs_stop_frame()) {
    const StopSendingFrame frame{stream.id, stream.recv->stop_code()};
    if (!write_frame(packet, frame, {.kind = SentFrame::Kind::stop_sending, .id = id})) return false;
    stream.recv->on_stop_written();
  }
  if (stream.send && stream.send->needs_blocked_frame()) {
    const std::uint64_t limit = stream.send->credit_limit();
    const SentFrame record{.kind = SentFrame::Kind::stream_data_blocked, .id = id, .offset = limit};
    if (!write_frame(packet, StreamDataBlockedFrame{stream.id, limit}, record)) return false;
    stream.send->on_blocked_written();
  }
  if (stream.recv && stream.recv->needs_max_data_frame()) {
    if (rtt_ > Duration::zero()) stream.recv->tune_window(now_, rtt_);
    const MaxStreamDataFrame frame{stream.id, stream.recv->max_data_to_advertise()};
    if (!write_frame(packet, frame, {.kind = SentFrame::Kind::max_stream_data, .id = id})) return false;
    stream.recv->on_max_data_written();
  }
  return true;
}

void StreamSet::write_data(PacketWriter& packet) {
  while (Stream* stream = scheduler_.next()) {
    const bool has_written = stream->send->write_frames(stream->id, packet);
    if (stream->send->can_send()) {
      // The packet is full. A stream has whole packets, so that its data arrives in few pieces.
      if (has_written && config_.send_fairness) scheduler_.rotate(*stream);
      return;
    }
    scheduler_.remove(*stream);
    note_blocked(*stream);
  }
}

bool StreamSet::write_copy(PacketWriter& packet, SentFrame& sent) {
  Stream* stream = find(StreamId(sent.id));
  return stream == nullptr || !stream->send || stream->send->write_copy(stream->id, packet, sent);
}

void StreamSet::on_acked(const SentFrame& frame) {
  using Kind = SentFrame::Kind;
  if (frame.kind != Kind::stream && frame.kind != Kind::stream_copy && frame.kind != Kind::reset_stream) return;
  Stream* stream = find(StreamId(frame.id));
  if (stream == nullptr || !stream->send) return;
  SendStream& send = *stream->send;
  if (frame.kind == SentFrame::Kind::reset_stream) {
    send.on_reset_acked();
    update_control(*stream);
  } else {
    const bool was_done = send.is_done();
    const std::uint64_t released = send.on_acked({frame.offset, frame.offset + frame.length}, frame.flag);
    if (stream->data_link.is_linked) update_data(*stream);  // what was declared lost may have arrived after all
    release_unacked(released);
    if (!was_done && send.is_done()) events_.push(*stream, StreamEvent::Kind::finished);
  }
  if (send.is_done()) free_if_done(*stream);
}

/// [quic.md §3.4]
void StreamSet::on_lost(const SentFrame& frame) {
  using Kind = SentFrame::Kind;
  Direction& streams = direction(frame.flag ? Dir::uni : Dir::bi);
  if (frame.kind == Kind::max_data) {
    is_max_data_lost_ = true;
    return;
  }
  if (frame.kind == Kind::data_blocked) {
    is_data_blocked_queued_ = frame.offset == credit_.limit() && credit_.available() == 0;
    return;
  }
  if (frame.kind == Kind::max_streams) {
    streams.is_max_streams_queued = true;
    return;
  }
  if (frame.kind == Kind::streams_blocked) {
    streams.is_blocked_queued = streams.is_blocked_queued || (streams.is_blocked && frame.id == streams.local_max);
    return;
  }
  Stream* stream = find(StreamId(frame.id));
  if (stream == nullptr) return;
  if (frame.kind == Kind::stream && stream->send) {
    stream->send->on_lost({frame.offset, frame.offset + frame.length}, frame.flag);
    update_data(*stream);
    return;
  }
  if (frame.kind == Kind::reset_stream && stream->send) stream->send->on_reset_lost();
  if (frame.kind == Kind::stream_data_blocked && stream->send) stream->send->on_blocked_lost(frame.offset);
  if (frame.kind == Kind::stop_sending && stream->recv) stream->recv->on_stop_lost();
  if (frame.kind == Kind::max_stream_data && stream->recv) stream->recv->on_max_data_lost();
  update_control(*stream);
}

}  // namespace iroh::quic
