// SPDX-License-Identifier: MIT OR Apache-2.0
// Where frames may appear and what they count as. [RFC 9000 §12.4], [quic.md §3.3]
#include "quic/frame/frame.hpp"

namespace iroh::quic {
namespace {

template <class T, class... Listed>
constexpr bool is_one_of = (std::is_same_v<T, Listed> || ...);

/// [quic.md 91] [RFC 9000 §12.5] Initial and Handshake packets admit no more than the handshake needs.
template <class T>
bool is_allowed_in_handshake(const T& frame) noexcept {
  if constexpr (std::is_same_v<T, AckFrame>) return !frame.path;
  if constexpr (std::is_same_v<T, ConnectionCloseFrame>) return !frame.is_application;
  return is_one_of<T, PaddingFrame, PingFrame, CryptoFrame>;
}

/// [RFC 9000 §12.5] [quic.md 13] What answers or presupposes 1-RTT packets, and what is negotiated by them, cannot come
/// in 0-RTT. Frames of NAT traversal are left to the check of roles.
template <class T>
bool is_allowed_in_zero_rtt(const T& frame) noexcept {
  if constexpr (std::is_same_v<T, NewConnectionIdFrame>) return !frame.path;
  return !is_one_of<T, AckFrame, CryptoFrame, NewTokenFrame, RetireConnectionIdFrame, PathResponseFrame,
                    HandshakeDoneFrame, PathAbandonFrame, PathStatusFrame, MaxPathIdFrame, PathsBlockedFrame,
                    PathCidsBlockedFrame, ObservedAddressFrame>;
}

}  // namespace

bool is_ack_eliciting(const Frame& frame) noexcept {
  return std::visit([]<class T>(const T&) { return !is_one_of<T, PaddingFrame, AckFrame, ConnectionCloseFrame>; },
                    frame);
}

bool is_probing(const Frame& frame) noexcept {
  return std::visit(
      []<class T>(const T&) {
        return is_one_of<T, PaddingFrame, PathChallengeFrame, PathResponseFrame, NewConnectionIdFrame,
                         ObservedAddressFrame>;
      },
      frame);
}

bool is_allowed(const Frame& frame, EncryptionLevel level) noexcept {
  switch (level) {
    case EncryptionLevel::initial:
    case EncryptionLevel::handshake:
      return std::visit([](const auto& f) { return is_allowed_in_handshake(f); }, frame);
    case EncryptionLevel::zero_rtt:
      return std::visit([](const auto& f) { return is_allowed_in_zero_rtt(f); }, frame);
    case EncryptionLevel::one_rtt:
      return true;
  }
  return false;
}

std::size_t encoded_size(const Frame& frame) noexcept {
  return std::visit([](const auto& f) { return encoded_size(f); }, frame);
}

void encode(base::ByteWriter& writer, const Frame& frame) noexcept {
  std::visit([&writer](const auto& f) { encode(writer, f); }, frame);
}

}  // namespace iroh::quic
