// SPDX-License-Identifier: MIT OR Apache-2.0
// Frames that carry addresses: reports of the address a peer is seen at, and candidates for NAT traversal. Addresses
// are canonical in both directions: an IPv4-mapped one is written in the IPv4 form and read as IPv4. [quic.md §5.2]
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/byte_reader.hpp"
#include "base/byte_writer.hpp"
#include "quic/frame/frame_type.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

struct ObservedAddressFrame {
  std::uint64_t sequence = 0;
  SocketAddr address;
  friend bool operator==(const ObservedAddressFrame&, const ObservedAddressFrame&) = default;
};
struct AddAddressFrame {
  std::uint64_t sequence = 0;
  SocketAddr address;
  friend bool operator==(const AddAddressFrame&, const AddAddressFrame&) = default;
};
struct ReachOutFrame {
  std::uint64_t round = 0;
  SocketAddr address;
  friend bool operator==(const ReachOutFrame&, const ReachOutFrame&) = default;
};
struct RemoveAddressFrame {
  std::uint64_t sequence = 0;
  friend bool operator==(const RemoveAddressFrame&, const RemoveAddressFrame&) = default;
};

std::size_t encoded_size(const ObservedAddressFrame& frame) noexcept;
std::size_t encoded_size(const AddAddressFrame& frame) noexcept;
std::size_t encoded_size(const ReachOutFrame& frame) noexcept;
std::size_t encoded_size(const RemoveAddressFrame& frame) noexcept;
void encode(base::ByteWriter& writer, const ObservedAddressFrame& frame) noexcept;
void encode(base::ByteWriter& writer, const AddAddressFrame& frame) noexcept;
void encode(base::ByteWriter& writer, const ReachOutFrame& frame) noexcept;
void encode(base::ByteWriter& writer, const RemoveAddressFrame& frame) noexcept;
std::optional<ObservedAddressFrame> decode_observed_address(FrameType type, base::ByteReader& reader) noexcept;
std::optional<AddAddressFrame> decode_add_address(FrameType type, base::ByteReader& reader) noexcept;
std::optional<ReachOutFrame> decode_reach_out(FrameType type, base::ByteReader& reader) noexcept;
std::optional<RemoveAddressFrame> decode_remove_address(base::ByteReader& reader) noexcept;

}  // namespace iroh::quic
