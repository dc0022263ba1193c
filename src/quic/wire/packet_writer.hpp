// SPDX-License-Identifier: MIT OR Apache-2.0
// The payload of one packet while it is being written: producers append frames, the packet assembler seals the result.
//
// Stream and datagram contents are not copied: append_external() leaves a gap in the buffer and remembers where the
// bytes are; sealing reads them from there and writes ciphertext into the gap. Such bytes must stay valid until the
// packet is sealed, which happens before poll_transmit() returns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/byte_writer.hpp"
#include "quic/space/sent_frame.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

class PacketWriter {
 public:
  /// A run of plaintext: in place (data points into the packet buffer) or outside.
  struct Run {
    const std::byte* data;
    std::size_t size;
  };

  /// payload: where plaintext may be written (the tag's room is not part of it).
  void begin(MutableByteSpan payload) noexcept;

  std::size_t remaining() const noexcept { return static_cast<std::size_t>(end_ - at_); }
  std::size_t size() const noexcept { return static_cast<std::size_t>(at_ - begin_); }
  bool empty() const noexcept { return at_ == begin_; }

  /// Room for count bytes of frame, to be filled at once by the caller; count must not exceed remaining().
  MutableByteSpan reserve(std::size_t count);
  /// Frame contents that stay where they are until the packet is sealed.
  void append_external(ByteSpan bytes);
  /// PADDING frames. [RFC 9000 §19.1]
  void pad(std::size_t count);

  /// What to tell the producers when this packet is acknowledged or lost.
  void record(const SentFrame& frame) { frames_.push_back(frame); }
  void set_ack_eliciting() noexcept { is_ack_eliciting_ = true; }
  void set_non_probing() noexcept { is_probing_ = false; }
  bool is_ack_eliciting() const noexcept { return is_ack_eliciting_; }
  bool is_padded() const noexcept { return is_padded_; }
  bool is_probing() const noexcept { return is_probing_; }

  std::span<const SentFrame> frames() const noexcept { return frames_; }
  /// Plaintext in order; adjacent in-place runs are merged.
  std::span<const Run> runs() const noexcept { return runs_; }

 private:
  void extend_in_place(std::byte* from, std::size_t count);

  std::byte* begin_ = nullptr;
  std::byte* at_ = nullptr;
  std::byte* end_ = nullptr;
  bool is_ack_eliciting_ = false;
  bool is_padded_ = false;
  bool is_probing_ = true;
  std::vector<SentFrame> frames_;  // capacity is kept from packet to packet
  std::vector<Run> runs_;
};

}  // namespace iroh::quic
