// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/stream/send_stream.hpp"

#include <algorithm>
#include <utility>

#include "base/byte_writer.hpp"
#include "quic/frame/stream_frame.hpp"

namespace iroh::quic {

void SendStream::write(ByteSpan data) {
  credit_.use(data.size());
  buffer_.write(data);
}

void SendStream::append(Bytes data) {
  credit_.use(data.size());
  buffer_.append(std::move(data));
}

bool SendStream::finish() noexcept {
  if (!is_open()) return false;
  is_finished_ = true;
  is_fin_queued_ = true;
  return true;
}

std::optional<std::uint64_t> SendStream::reset(std::uint64_t code) {
  if (state_ != State::send && state_ != State::data_sent) return std::nullopt;
  state_ = State::reset_sent;
  reset_code_ = code;
  is_reset_queued_ = true;
  is_fin_queued_ = false;
  return buffer_.discard();  // [RFC 9000 §4.5] The final size is what was sent.
}

bool SendStream::on_stop_sending(std::uint64_t code) noexcept {
  if (stop_code_ || (state_ != State::send && state_ != State::data_sent)) return false;
  stop_code_ = code;
  return true;
}

std::uint64_t SendStream::on_acked(base::Interval data, bool fin) {
  if (state_ != State::send && state_ != State::data_sent) return 0;
  const std::uint64_t released = buffer_.on_acked(data);
  if (fin) {
    is_fin_acked_ = true;
    is_fin_queued_ = false;
  }
  if (is_fin_acked_ && buffer_.is_fully_acked()) state_ = State::data_recvd;
  return released;
}

void SendStream::on_lost(base::Interval data, bool fin) {
  if (state_ != State::send && state_ != State::data_sent) return;
  buffer_.on_lost(data);
  if (fin && !is_fin_acked_) is_fin_queued_ = true;
}

void SendStream::on_reset_acked() noexcept {
  if (state_ != State::reset_sent) return;
  state_ = State::reset_recvd;
  is_reset_queued_ = false;
}

void SendStream::on_reset_lost() noexcept {
  if (state_ == State::reset_sent) is_reset_queued_ = true;
}

bool SendStream::note_blocked() noexcept {
  if (!is_open() || credit_.available() > 0 || buffer_.has_unsent() || blocked_at_ == credit_.limit()) return false;
  blocked_at_ = credit_.limit();
  is_blocked_queued_ = true;
  return true;
}

bool SendStream::can_send() const noexcept {
  return (state_ == State::send || state_ == State::data_sent) && (buffer_.has_pending() || is_fin_queued_);
}

bool SendStream::write_frames(StreamId id, PacketWriter& packet) {
  bool has_written = false;
  while (can_send() && write_frame(id, packet)) has_written = true;
  return has_written;
}

bool SendStream::write_frame(StreamId id, PacketWriter& packet) {
  const base::Interval pending = buffer_.next(packet.remaining());
  const std::size_t room = packet.remaining();
  std::size_t header = stream_header_size(id, pending.begin, std::nullopt);
  std::size_t length = pending.length();
  if (room < header + (length > 0 ? 1 : 0)) return false;

  // [RFC 9000 §19.8] Without a length the data extends to the end of the packet: only if it does so exactly.
  length = std::min(length, room - header);
  const bool is_to_end = header + length == room;
  if (!is_to_end) {
    header = stream_header_size(id, pending.begin, length);
    length = std::min(length, room - header);
  }
  const base::Interval data{pending.begin, pending.begin + length};
  const bool fin = is_finished_ && data.end == buffer_.end();

  base::ByteWriter writer(packet.reserve(is_to_end ? header : stream_header_size(id, data.begin, length)));
  encode_stream_header(writer, id, data.begin, fin, is_to_end ? std::nullopt : std::optional(length));
  buffer_.write_to(packet, data);
  packet.record({.kind = SentFrame::Kind::stream,
                 .flag = fin,
                 .id = id.value(),
                 .offset = data.begin,
                 .length = static_cast<std::uint32_t>(length)});
  packet.set_ack_eliciting();
  packet.set_non_probing();
  if (fin) {
    is_fin_queued_ = false;
    state_ = State::data_sent;
  }
  return true;
}

}  // namespace iroh::quic
