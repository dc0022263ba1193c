// SPDX-License-Identifier: MIT OR Apache-2.0
// The sending part of a stream: a state machine over a SendBuffer. [RFC 9000 §3.1]
//
// It only knows its own stream; connection credit, the send window and scheduling are StreamSet's.
#pragma once

#include <cstdint>
#include <optional>

#include "quic/stream/flow_controller.hpp"
#include "quic/stream/send_buffer.hpp"
#include "quic/types.hpp"
#include "quic/wire/packet_writer.hpp"

namespace iroh::quic {

class SendStream {
 public:
  enum class State : std::uint8_t { send, data_sent, data_recvd, reset_sent, reset_recvd };

  // ---- application
  /// Room under the peer's stream limit; 0 if nothing may be written any more.
  std::uint64_t credit() const noexcept { return is_open() ? credit_.available() : 0; }
  void write(ByteSpan data);
  void append(Bytes data);
  /// No more data; false if it was finished or reset before.
  bool finish() noexcept;
  /// Abandons delivery. Gives back how many written bytes were never sent, or nothing if it is over already.
  std::optional<std::uint64_t> reset(std::uint64_t code);
  bool is_open() const noexcept { return state_ == State::send && !is_finished_; }

  // ---- from the peer
  bool on_max_stream_data(std::uint64_t limit) noexcept {
    if (!credit_.raise(limit)) return false;
    is_blocked_queued_ = false;
    return true;
  }
  /// True if it is news. The caller resets the stream.
  bool on_stop_sending(std::uint64_t code) noexcept;
  /// Newly acknowledged bytes.
  std::uint64_t on_acked(base::Interval data, bool fin);
  void on_lost(base::Interval data, bool fin);
  void on_reset_acked() noexcept;
  void on_reset_lost() noexcept;

  // ---- sending
  /// There is data, or a FIN, to put into STREAM frames.
  bool can_send() const noexcept;
  /// Writes STREAM frames until the packet is full or there is nothing left. False if not even one fitted.
  bool write_frames(StreamId id, PacketWriter& packet);
  /// Data that another path carries already, once more. False if not all of it fits: the record then names the rest.
  /// True also if there is no need any more.
  bool write_copy(StreamId id, PacketWriter& packet, SentFrame& sent);
  bool needs_reset_frame() const noexcept { return state_ == State::reset_sent && is_reset_queued_; }
  void on_reset_written() noexcept { is_reset_queued_ = false; }
  /// The application wants to write, and all that the peer's limit allows has been sent: to be said once per limit.
  /// True if it has to be said. [RFC 9000 §4.1]
  bool note_blocked() noexcept;
  bool needs_blocked_frame() const noexcept { return is_blocked_queued_ && is_open(); }
  void on_blocked_written() noexcept { is_blocked_queued_ = false; }
  void on_blocked_lost(std::uint64_t limit) noexcept { is_blocked_queued_ = limit == credit_.limit(); }
  std::uint64_t credit_limit() const noexcept { return credit_.limit(); }
  std::uint64_t reset_code() const noexcept { return reset_code_; }
  std::uint64_t final_size() const noexcept { return buffer_.sent_end(); }

  State state() const noexcept { return state_; }
  /// [RFC 9000 §3.1] Data Recvd or Reset Recvd.
  bool is_done() const noexcept { return state_ == State::data_recvd || state_ == State::reset_recvd; }
  std::optional<std::uint64_t> stop_code() const noexcept { return stop_code_; }
  std::uint64_t unacked() const noexcept { return buffer_.unacked(); }

 private:
  bool write_frame(StreamId id, PacketWriter& packet);

  SendBuffer buffer_;
  SendCredit credit_;
  State state_ = State::send;
  bool is_finished_ = false;    // the application has said so
  bool is_fin_queued_ = false;  // to be sent, first or again
  bool is_fin_acked_ = false;
  bool is_reset_queued_ = false;
  bool is_blocked_queued_ = false;           // STREAM_DATA_BLOCKED is to be sent
  std::optional<std::uint64_t> blocked_at_;  // the limit it was queued for
  std::uint64_t reset_code_ = 0;
  std::optional<std::uint64_t> stop_code_;
};

}  // namespace iroh::quic
