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

namespace {

/// How a STREAM frame with data from an offset fits into what is left of a packet.
struct FrameLayout {
  std::size_t length;
  bool is_to_end;  ///< [RFC 9000 §19.8] without a length: the data extends to the end of the packet, exactly
};

std::optional<FrameLayout> lay_out(StreamId id, base::Interval data, std::size_t room) {
  const std::size_t header = stream_header_size(id, data.begin, std::nullopt);
  std::size_t length = data.length();
  if (room < header + (length > 0 ? 1 : 0)) return std::nullopt;
  length = std::min(length, room - header);
  if (header + length == room) return FrameLayout{length, true};
  return FrameLayout{std::min(length, room - stream_header_size(id, data.begin, length)), false};
}

void put_header(StreamId id, PacketWriter& packet, std::uint64_t offset, bool fin, const FrameLayout& layout) {
  const auto length = layout.is_to_end ? std::nullopt : std::optional(layout.length);
  base::ByteWriter writer(packet.reserve(stream_header_size(id, offset, length)));
  encode_stream_header(writer, id, offset, fin, length);
}

void put_record(PacketWriter& packet, const SentFrame& record) {
  packet.record(record);
  packet.set_ack_eliciting();
  packet.set_non_probing();
}

}  // namespace

bool SendStream::write_frame(StreamId id, PacketWriter& packet) {
  const base::Interval pending = buffer_.next(packet.remaining());
  const auto layout = lay_out(id, pending, packet.remaining());
  if (!layout) return false;
  const base::Interval data{pending.begin, pending.begin + layout->length};
  const bool fin = is_finished_ && data.end == buffer_.end();
  put_header(id, packet, data.begin, fin, *layout);
  buffer_.write_to(packet, data);
  put_record(packet, {.kind = SentFrame::Kind::stream,
                      .flag = fin,
                      .id = id.value(),
                      .offset = data.begin,
                      .length = static_cast<std::uint32_t>(layout->length)});
  if (fin) {
    is_fin_queued_ = false;
    state_ = State::data_sent;
  }
  return true;
}

bool SendStream::write_copy(StreamId id, PacketWriter& packet, SentFrame& sent) {
  const base::Interval wanted{sent.offset, sent.offset + sent.length};
  const bool is_in_transit = state_ == State::send || state_ == State::data_sent;
  if (!is_in_transit || !buffer_.is_in_transit(wanted)) return true;
  const auto layout = lay_out(id, wanted, packet.remaining());
  if (!layout) return false;
  const bool is_whole = layout->length == wanted.length();
  put_header(id, packet, wanted.begin, sent.flag && is_whole, *layout);
  buffer_.write_again(packet, {wanted.begin, wanted.begin + layout->length});
  put_record(packet, {.kind = SentFrame::Kind::stream_copy,
                      .flag = sent.flag && is_whole,
                      .id = id.value(),
                      .offset = wanted.begin,
                      .length = static_cast<std::uint32_t>(layout->length)});
  sent.offset += layout->length;
  sent.length -= static_cast<std::uint32_t>(layout->length);
  return is_whole;
}

}  // namespace iroh::quic
