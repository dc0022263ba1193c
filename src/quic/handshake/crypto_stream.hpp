// SPDX-License-Identifier: MIT OR Apache-2.0
// The TLS messages of one encryption level, both directions: CRYPTO frames. [RFC 9000 §7.5, §19.6]
#pragma once

#include <cstddef>
#include <cstdint>

#include "iroh/base/bytes.hpp"
#include "quic/space/sent_frame.hpp"
#include "quic/stream/reassembler.hpp"
#include "quic/stream/send_buffer.hpp"
#include "quic/transport_error.hpp"
#include "quic/types.hpp"
#include "quic/wire/packet_writer.hpp"

namespace iroh::quic {

struct CryptoFrame;

class CryptoStream {
 public:
  /// Bytes received beyond what TLS has taken. There is no flow control for CRYPTO, so this alone bounds what an
  /// unauthenticated peer can make us hold. [quic.md 38]
  static constexpr std::uint64_t buffer_size = 16 * 1024;

  explicit CryptoStream(EncryptionLevel level, std::uint64_t max_buffered = buffer_size) noexcept
      : level_(level), max_buffered_(max_buffered) {}

  EncryptionLevel level() const noexcept { return level_; }

  // ---- TLS
  void queue(ByteSpan data) { outgoing_.write(data); }
  /// The next bytes in order as one slice; empty if there are none. Call again for more.
  Bytes read();
  std::uint64_t read_offset() const noexcept { return incoming_.read_offset(); }

  // ---- connection
  /// data: the frame's data as a slice that may be kept. True if there is something to read.
  TransportResult<bool> on_frame(const CryptoFrame& frame, Bytes data);
  bool can_send() const noexcept { return outgoing_.has_pending(); }
  void write(PacketWriter& packet);
  void on_acked(const SentFrame& frame);
  void on_lost(const SentFrame& frame);
  /// Sends again what is not acknowledged: after a Retry, and for probes. [RFC 9002 §6.2.4]
  void requeue_unacked() { outgoing_.requeue_unacked(); }
  bool has_unacked() const noexcept { return !outgoing_.is_fully_acked(); }
  bool has_unread_gap() const noexcept { return incoming_.gap_count() > 0; }

 private:
  EncryptionLevel level_;
  std::uint64_t max_buffered_;
  SendBuffer outgoing_;
  Reassembler incoming_;
};

}  // namespace iroh::quic
