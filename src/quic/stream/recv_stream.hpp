// SPDX-License-Identifier: MIT OR Apache-2.0
// The receiving part of a stream: a state machine over a Reassembler. [RFC 9000 §3.2]
//
// Every byte up to the final size is credited to the connection exactly once, whatever the order of data, reading, stop
// and reset: credited_ only moves forward. [quic.md 93]
#pragma once

#include <cstdint>
#include <expected>
#include <optional>

#include "iroh/base/bytes.hpp"
#include "quic/stream/flow_controller.hpp"
#include "quic/stream/reassembler.hpp"
#include "quic/stream/stream_event.hpp"
#include "quic/stream/window_tuner.hpp"
#include "quic/transport_error.hpp"

namespace iroh::quic {

class RecvStream {
 public:
  enum class State : std::uint8_t { recv, size_known, data_recvd, reset_recvd, data_read, reset_read };

  /// connection, budget, receive_budget: outlive the stream. Without a budget the window stays as it is.
  RecvStream(std::uint64_t window, FlowController& connection, FlowBudget* budget = nullptr,
             ReceiveBudget* receive_budget = nullptr) noexcept
      : data_(receive_budget), flow_(window), connection_(connection), tuner_(flow_.window(), budget) {}
  ~RecvStream() { data_.discard(); }

  // ---- from the peer
  /// True if there is something new to read: data in order, or the end.
  TransportResult<bool> on_data(std::uint64_t offset, Bytes data, bool fin);
  TransportResult<bool> on_reset(std::uint64_t code, std::uint64_t final_size);
  /// STREAM_DATA_BLOCKED at this limit.
  void on_peer_blocked(Instant now, Duration rtt, std::uint64_t limit) noexcept;

  // ---- application
  std::expected<Bytes, ReadError> read(std::size_t max);
  /// The application wants no more. False if that changes nothing (already stopped, or all read).
  bool stop(std::uint64_t code);
  bool is_readable() const noexcept;

  // ---- sending
  bool needs_stop_frame() const noexcept { return is_stop_queued_; }
  void on_stop_written() noexcept { is_stop_queued_ = false; }
  void on_stop_lost() noexcept { is_stop_queued_ = is_stopped_ && !is_final_size_known(); }
  std::uint64_t stop_code() const noexcept { return code_; }
  bool needs_max_data_frame() const noexcept;
  /// Before an update is written: the window that suits the rate of reading.
  void tune_window(Instant now, Duration rtt) noexcept {
    flow_.set_window(tuner_.update(now, rtt, flow_.consumed(), data_.buffered()));
  }
  std::uint64_t max_data_to_advertise() const noexcept { return flow_.next_max_data(); }
  void on_max_data_written() noexcept;
  void on_max_data_lost() noexcept { is_max_data_lost_ = true; }

  State state() const noexcept { return state_; }
  /// Nothing will change any more: read to the end, reset seen, or stopped and its final size known.
  bool is_done() const noexcept { return state_ == State::data_read || state_ == State::reset_read; }
  const Reassembler& data() const noexcept { return data_; }
  void join_small_pieces() { data_.join_small_pieces(); }

 private:
  bool is_final_size_known() const noexcept { return final_size_.has_value(); }
  TransportResult<void> check_final_size(std::uint64_t end, bool is_final) const;
  TransportResult<void> account(std::uint64_t end);
  void credit_up_to(std::uint64_t offset) noexcept;

  Reassembler data_;
  FlowController flow_;
  FlowController& connection_;
  WindowTuner tuner_;
  State state_ = State::recv;
  bool is_stopped_ = false;
  bool is_stop_queued_ = false;
  bool is_max_data_lost_ = false;
  std::uint64_t code_ = 0;  // of our stop, or of the peer's reset
  std::optional<std::uint64_t> final_size_;
  std::uint64_t credited_ = 0;  // bytes of this stream that the connection was told to be consumed
};

}  // namespace iroh::quic
