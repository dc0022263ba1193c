// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/frame/address_frames.hpp"

#include "quic/frame/frame_layout.hpp"

namespace iroh::quic {
namespace {

/// The address decides between the two types; a mapped address takes the IPv4 form. [quic.md §5.2]
template <class Sink>
void put(Sink& out, FrameType v4_type, FrameType v6_type, std::uint64_t number, const SocketAddr& address) noexcept {
  const IpAddr ip = address.ip().canonical();
  put_type(out, ip.is_v4() ? v4_type : v6_type);
  out.varint(number);
  if (ip.is_v4()) {
    const IpAddr::V4 octets = ip.v4();
    out.bytes(std::as_bytes(std::span(octets)));
  } else {
    const IpAddr::V6 octets = ip.v6();
    out.bytes(std::as_bytes(std::span(octets)));
  }
  out.u16(address.port());
}

template <class Sink>
void put(Sink& out, const ObservedAddressFrame& frame) noexcept {
  put(out, FrameType::observed_address_v4, FrameType::observed_address_v6, frame.sequence, frame.address);
}
template <class Sink>
void put(Sink& out, const AddAddressFrame& frame) noexcept {
  put(out, FrameType::add_address_v4, FrameType::add_address_v6, frame.sequence, frame.address);
}
template <class Sink>
void put(Sink& out, const ReachOutFrame& frame) noexcept {
  put(out, FrameType::reach_out_v4, FrameType::reach_out_v6, frame.round, frame.address);
}
template <class Sink>
void put(Sink& out, const RemoveAddressFrame& frame) noexcept {
  put_type(out, FrameType::remove_address);
  out.varint(frame.sequence);
}

template <class Frame>
std::size_t layout_size(const Frame& frame) noexcept {
  return size_of([&](auto& out) { put(out, frame); });
}

template <class Octets>
std::optional<IpAddr> read_ip(base::ByteReader& reader) noexcept {
  Octets octets{};
  const auto bytes = reader.bytes(octets.size());
  if (!bytes) return std::nullopt;
  std::ranges::transform(*bytes, octets.begin(), [](std::byte byte) { return std::to_integer<std::uint8_t>(byte); });
  return IpAddr(octets);
}

struct NumberAndAddress {
  std::uint64_t number;
  SocketAddr address;
};

std::optional<NumberAndAddress> read(base::ByteReader& reader, bool is_v6) noexcept {
  const auto number = reader.varint();
  const auto ip = is_v6 ? read_ip<IpAddr::V6>(reader) : read_ip<IpAddr::V4>(reader);
  const auto port = reader.u16();
  if (!number || !ip || !port) return std::nullopt;
  // [quic.md §5.2] Observers with a dual-stack socket report mapped addresses in the IPv6 form.
  return NumberAndAddress{*number, SocketAddr(ip->canonical(), *port)};
}

}  // namespace

std::size_t encoded_size(const ObservedAddressFrame& frame) noexcept {
  return layout_size(frame);
}
std::size_t encoded_size(const AddAddressFrame& frame) noexcept {
  return layout_size(frame);
}
std::size_t encoded_size(const ReachOutFrame& frame) noexcept {
  return layout_size(frame);
}
std::size_t encoded_size(const RemoveAddressFrame& frame) noexcept {
  return layout_size(frame);
}
void encode(base::ByteWriter& writer, const ObservedAddressFrame& frame) noexcept {
  put(writer, frame);
}
void encode(base::ByteWriter& writer, const AddAddressFrame& frame) noexcept {
  put(writer, frame);
}
void encode(base::ByteWriter& writer, const ReachOutFrame& frame) noexcept {
  put(writer, frame);
}
void encode(base::ByteWriter& writer, const RemoveAddressFrame& frame) noexcept {
  put(writer, frame);
}

std::optional<ObservedAddressFrame> decode_observed_address(FrameType type, base::ByteReader& reader) noexcept {
  const auto body = read(reader, type == FrameType::observed_address_v6);
  return body ? std::optional(ObservedAddressFrame{body->number, body->address}) : std::nullopt;
}

std::optional<AddAddressFrame> decode_add_address(FrameType type, base::ByteReader& reader) noexcept {
  const auto body = read(reader, type == FrameType::add_address_v6);
  return body ? std::optional(AddAddressFrame{body->number, body->address}) : std::nullopt;
}

std::optional<ReachOutFrame> decode_reach_out(FrameType type, base::ByteReader& reader) noexcept {
  const auto body = read(reader, type == FrameType::reach_out_v6);
  return body ? std::optional(ReachOutFrame{body->number, body->address}) : std::nullopt;
}

std::optional<RemoveAddressFrame> decode_remove_address(base::ByteReader& reader) noexcept {
  const auto sequence = reader.varint();
  return sequence ? std::optional(RemoveAddressFrame{*sequence}) : std::nullopt;
}

}  // namespace iroh::quic
