// SPDX-License-Identifier: MIT OR Apache-2.0
// The vocabulary that every part of the QUIC core shares: roles, ids, addresses of a path, ECN marks.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>

#include "base/byte_span.hpp"
#include "base/time.hpp"
#include "iroh/base/socket_addr.hpp"

namespace iroh::quic {

using base::ByteSpan;
using base::Duration;
using base::Instant;
using base::MutableByteSpan;

enum class Side : std::uint8_t { client, server };
constexpr Side operator!(Side side) noexcept {
  return side == Side::client ? Side::server : Side::client;
}

/// Direction of a stream. [RFC 9000 §2.1]
enum class Dir : std::uint8_t { bi, uni };

/// [RFC 9000 §2.1] The two low bits of a stream id are initiator and direction.
class StreamId {
 public:
  constexpr StreamId() noexcept = default;
  constexpr explicit StreamId(std::uint64_t value) noexcept : value_(value) {}
  constexpr StreamId(Side initiator, Dir dir, std::uint64_t index) noexcept
      : value_(index << 2 | (dir == Dir::uni ? 2u : 0u) | (initiator == Side::server ? 1u : 0u)) {}
  constexpr std::uint64_t value() const noexcept { return value_; }
  constexpr Side initiator() const noexcept { return (value_ & 1) == 0 ? Side::client : Side::server; }
  constexpr Dir dir() const noexcept { return (value_ & 2) == 0 ? Dir::bi : Dir::uni; }
  constexpr std::uint64_t index() const noexcept { return value_ >> 2; }
  friend constexpr auto operator<=>(StreamId, StreamId) noexcept = default;

 private:
  std::uint64_t value_ = 0;
};

/// A multipath path, [multipath-21 §1]. Never reused within a connection.
enum class PathId : std::uint32_t {};
constexpr std::uint32_t to_u32(PathId id) noexcept {
  return static_cast<std::uint32_t>(id);
}
constexpr PathId path_zero{0};

/// What one side wants a path to be used for; each side has its own opinion. [multipath-21 §3.3]
enum class PathStatus : std::uint8_t { available, backup };

using PacketNumber = std::uint64_t;  ///< [RFC 9000 §12.3], below 2^62

/// Packet number spaces, [RFC 9000 §12.3]. The data space exists once per path.
enum class SpaceId : std::uint8_t { initial, handshake, data };
constexpr std::size_t space_count = 3;
constexpr std::size_t index_of(SpaceId space) noexcept {
  return static_cast<std::size_t>(space);
}

/// Keys a packet can be protected with, [RFC 9001 §4]. 0-RTT and 1-RTT share the data space.
enum class EncryptionLevel : std::uint8_t { initial, zero_rtt, handshake, one_rtt };
constexpr SpaceId space_of(EncryptionLevel level) noexcept {
  return level == EncryptionLevel::initial     ? SpaceId::initial
         : level == EncryptionLevel::handshake ? SpaceId::handshake
                                               : SpaceId::data;
}

/// The ECN field as it stands in the IP header. [RFC 3168 §5]
enum class Ecn : std::uint8_t { not_ect = 0, ect1 = 1, ect0 = 2, ce = 3 };

struct EcnCounts {
  std::uint64_t ect0 = 0;
  std::uint64_t ect1 = 0;
  std::uint64_t ce = 0;
  friend bool operator==(const EcnCounts&, const EcnCounts&) noexcept = default;
};

/// A concrete pair of addresses. The local address may be unknown. Both are canonical (never IPv4-mapped).
struct FourTuple {
  SocketAddr remote;
  std::optional<IpAddr> local;
  friend bool operator==(const FourTuple&, const FourTuple&) noexcept = default;
};

/// [quic.md §0] Asked from one side: remotes equal, and the asking one has no local address or the other's.
bool is_same_path(const FourTuple& asking, const FourTuple& other) noexcept;

/// [RFC 9000 §5.1] 0 to 20 opaque bytes.
class ConnectionId {
 public:
  static constexpr std::size_t max_size = 20;
  constexpr ConnectionId() noexcept = default;
  /// The bytes must not be more than max_size.
  explicit ConnectionId(ByteSpan bytes) noexcept;
  ByteSpan bytes() const noexcept { return {bytes_.data(), size_}; }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  friend bool operator==(const ConnectionId& a, const ConnectionId& b) noexcept {
    return a.size_ == b.size_ && std::memcmp(a.bytes_.data(), b.bytes_.data(), a.size_) == 0;
  }

 private:
  std::uint8_t size_ = 0;
  std::array<std::byte, max_size> bytes_{};
};

/// [RFC 9000 §10.3]
using ResetToken = std::array<std::byte, 16>;

// Constants of [quic.md §0].
inline constexpr std::size_t datagram_size_min = 1200;
inline constexpr std::size_t aead_tag_size = 16;
inline constexpr std::size_t udp_payload_size_max = 65527;
inline constexpr Duration timer_granularity = base::milliseconds(1);
inline constexpr std::uint64_t stream_count_max = std::uint64_t{1} << 60;

}  // namespace iroh::quic

template <>
struct std::hash<iroh::quic::ConnectionId> {
  std::size_t operator()(const iroh::quic::ConnectionId& id) const noexcept;
};
