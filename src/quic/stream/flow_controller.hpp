// SPDX-License-Identifier: MIT OR Apache-2.0
// Credit in both directions, for one stream or for a connection. [RFC 9000 §4], [quic.md §7.8]
//
// FlowController grants the peer credit. Its window is fixed now; a policy that tunes it (performance.md §3) needs no
// other place than set_window(). SendCredit is what the peer has granted.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/varint.hpp"

namespace iroh::quic {

class FlowController {
 public:
  explicit FlowController(std::uint64_t window) noexcept
      : window_(std::min(window, base::varint_max)), advertised_(window_) {}

  /// The limit that the peer knows, or will know when what is queued arrives.
  std::uint64_t max_data() const noexcept { return advertised_; }
  std::uint64_t window() const noexcept { return window_; }
  /// A smaller window takes effect by not advancing: credit is never taken back. [RFC 9000 §4.1]
  void set_window(std::uint64_t window) noexcept { window_ = std::min(window, base::varint_max); }

  /// Bytes received in total; true unless the peer had no credit for them. [RFC 9000 §4.1]
  bool on_received(std::uint64_t total) noexcept {
    if (total > advertised_) return false;
    received_ = std::max(received_, total);
    return true;
  }
  std::uint64_t received() const noexcept { return received_; }
  /// Bytes that no longer need buffer space; each byte must be told once. Both return true if wants_update() is now.
  bool on_consumed(std::uint64_t count) noexcept {
    consumed_ += count;
    return wants_update();
  }
  std::uint64_t consumed() const noexcept { return consumed_; }

  /// [quic.md §7.8] An update is due when the window has moved by at least 1/8.
  bool wants_update() const noexcept {
    const std::uint64_t next = next_max_data();
    return next > advertised_ && next - advertised_ >= window_ / 8;
  }
  /// The value for MAX_DATA or MAX_STREAM_DATA.
  std::uint64_t next_max_data() const noexcept {
    return std::max(advertised_, std::min(consumed_ + window_, base::varint_max));
  }
  /// next_max_data() was written into a packet.
  void on_advertised() noexcept { advertised_ = next_max_data(); }

 private:
  std::uint64_t window_;
  std::uint64_t advertised_;
  std::uint64_t received_ = 0;
  std::uint64_t consumed_ = 0;
};

class SendCredit {
 public:
  /// [RFC 9000 §4.1] A limit that is not larger is ignored. True if it grew.
  bool raise(std::uint64_t limit) noexcept {
    if (limit <= limit_) return false;
    limit_ = limit;
    return true;
  }
  void use(std::uint64_t count) noexcept { used_ += count; }
  /// Credit for bytes that will never be sent.
  void give_back(std::uint64_t count) noexcept { used_ -= count; }
  std::uint64_t limit() const noexcept { return limit_; }
  std::uint64_t used() const noexcept { return used_; }
  std::uint64_t available() const noexcept { return limit_ > used_ ? limit_ - used_ : 0; }

 private:
  std::uint64_t limit_ = 0;
  std::uint64_t used_ = 0;
};

}  // namespace iroh::quic
