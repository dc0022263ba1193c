// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/stream/recv_stream.hpp"

#include <utility>

#include "base/try.hpp"

namespace iroh::quic {

TransportResult<void> RecvStream::check_final_size(std::uint64_t end, bool is_final) const {
  // [RFC 9000 §4.5] Once known, the final size cannot change, and no data lies beyond it.
  const bool is_wrong =
      final_size_ ? end > *final_size_ || (is_final && end != *final_size_) : is_final && end < flow_.received();
  if (is_wrong) return transport_error(ErrorCode::final_size_error, "data beyond the final size, or it changed");
  return {};
}

/// end: of data that the peer has sent. [RFC 9000 §4.1] Both limits count the largest offset, not the bytes.
TransportResult<void> RecvStream::account(std::uint64_t end) {
  if (end <= flow_.received()) return {};
  const std::uint64_t added = end - flow_.received();
  if (!flow_.on_received(end)) return transport_error(ErrorCode::flow_control_error, "beyond the limit of the stream");
  if (!connection_.on_received(connection_.received() + added)) {
    return transport_error(ErrorCode::flow_control_error, "beyond the limit of the connection");
  }
  return {};
}

TransportResult<bool> RecvStream::on_data(std::uint64_t offset, Bytes data, bool fin) {
  const std::uint64_t end = offset + data.size();
  IROH_TRY_VOID(check_final_size(end, fin));
  IROH_TRY_VOID(account(end));
  if (state_ != State::recv && state_ != State::size_known) return false;
  if (fin && state_ == State::recv) {
    final_size_ = end;
    state_ = State::size_known;
    is_stop_queued_ = false;
  }
  if (is_stopped_) {
    credit_up_to(flow_.received());
    if (is_final_size_known()) state_ = State::data_read;
    return false;
  }
  const std::uint64_t in_order = data_.contiguous_end();
  IROH_TRY_VOID(data_.insert(offset, std::move(data)));
  const bool is_complete = state_ == State::size_known && data_.contiguous_end() == *final_size_;
  if (is_complete) state_ = State::data_recvd;
  return is_complete || data_.contiguous_end() > in_order;
}

TransportResult<bool> RecvStream::on_reset(std::uint64_t code, std::uint64_t final_size) {
  IROH_TRY_VOID(check_final_size(final_size, true));
  IROH_TRY_VOID(account(final_size));
  // [RFC 9000 §3.2] With all data here the reset is pointless and is ignored.
  if (state_ != State::recv && state_ != State::size_known) return false;
  final_size_ = final_size;
  data_.discard();
  is_stop_queued_ = false;
  credit_up_to(final_size);  // [quic.md 93]
  if (is_stopped_) {
    state_ = State::reset_read;
    return false;
  }
  code_ = code;
  state_ = State::reset_recvd;
  return true;
}

std::expected<Bytes, ReadError> RecvStream::read(std::size_t max) {
  using Kind = ReadError::Kind;
  if (is_stopped_ || is_done()) return std::unexpected(ReadError{Kind::closed});
  if (state_ == State::reset_recvd) {
    state_ = State::reset_read;
    return std::unexpected(ReadError{Kind::reset, code_});
  }
  Bytes data = data_.read(max);
  if (!data.empty()) {
    flow_.on_consumed(data.size());
    credit_up_to(data_.read_offset());
    return data;
  }
  if (data_.has_contiguous()) return data;  // nothing was asked for
  if (state_ != State::data_recvd) return std::unexpected(ReadError{Kind::blocked});
  state_ = State::data_read;
  return std::unexpected(ReadError{Kind::finished});
}

bool RecvStream::stop(std::uint64_t code) {
  if (is_stopped_ || is_done()) return false;
  is_stopped_ = true;
  if (state_ == State::reset_recvd) {
    state_ = State::reset_read;
    return true;
  }
  code_ = code;
  data_.discard();
  credit_up_to(flow_.received());  // [quic.md 93]
  // [RFC 9000 §3.5] STOP_SENDING is for streams whose size is unknown; otherwise everything was sent already.
  if (is_final_size_known()) {
    state_ = State::data_read;
  } else {
    is_stop_queued_ = true;
  }
  return true;
}

bool RecvStream::is_readable() const noexcept {
  if (is_stopped_) return false;
  return data_.has_contiguous() || state_ == State::data_recvd || state_ == State::reset_recvd;
}

bool RecvStream::needs_max_data_frame() const noexcept {
  // [RFC 9000 §4.1] Credit is of no use once the final size is known or nothing more is wanted.
  return state_ == State::recv && !is_stopped_ && (is_max_data_lost_ || flow_.wants_update());
}

void RecvStream::on_peer_blocked(Instant now, Duration rtt, std::uint64_t limit) noexcept {
  // An old limit says nothing, and what waits to be read is the application's fault. Who complains must have sent.
  if (state_ != State::recv || is_stopped_ || limit != flow_.max_data() || data_.buffered() > 0) return;
  if (flow_.received() < limit / 2) return;
  flow_.set_window(tuner_.on_peer_blocked(now, rtt));
}

void RecvStream::on_max_data_written() noexcept {
  is_max_data_lost_ = false;
  flow_.on_advertised();
}

void RecvStream::credit_up_to(std::uint64_t offset) noexcept {
  if (offset <= credited_) return;
  connection_.on_consumed(offset - credited_);
  credited_ = offset;
}

}  // namespace iroh::quic
