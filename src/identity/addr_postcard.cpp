// SPDX-License-Identifier: MIT OR Apache-2.0
#include "identity/addr_postcard.hpp"

#include <array>
#include <cstdint>
#include <vector>

#include "base/try.hpp"
#include "iroh/identity/addr_error.hpp"

namespace iroh::identity {
namespace {

enum Kind : std::uint32_t { kind_relay = 0, kind_ip = 1, kind_custom = 2 };
enum Family : std::uint32_t { family_v4 = 0, family_v6 = 1 };
/// The two variants of custom data in iroh 1.0. [endpoint.md §1.7.3]
enum Storage : std::uint32_t { storage_inline = 0, storage_heap = 1 };
constexpr std::size_t inline_size = 30;

std::unexpected<error_code> failure(AddrError error) {
  return std::unexpected(make_error_code(error));
}
std::unexpected<error_code> truncated() {
  return failure(AddrError::postcard_truncated);
}

void write_ip(base::PostcardWriter& writer, const SocketAddr& addr) {
  if (addr.is_v4()) {
    const auto octets = addr.ip().v4();
    writer.u32(family_v4);
    writer.fixed(std::as_bytes(std::span(octets)));
  } else {
    const auto octets = addr.ip().v6();
    writer.u32(family_v6);
    writer.fixed(std::as_bytes(std::span(octets)));
  }
  writer.u16(addr.port());
}

void write_custom(base::PostcardWriter& writer, const CustomAddr& addr, CustomAddrForm form) {
  const auto data = addr.data();
  writer.u64(addr.transport_id());
  if (form == CustomAddrForm::iroh_1_4) return writer.bytes(data);
  if (data.size() > inline_size) {
    writer.u32(storage_heap);
    return writer.bytes(data);
  }
  constexpr std::array<std::byte, inline_size> padding{};
  writer.u32(storage_inline);
  writer.u8(static_cast<std::uint8_t>(data.size()));
  writer.fixed(data);
  writer.fixed(std::span(padding).first(inline_size - data.size()));
}

void write_transport_addr(base::PostcardWriter& writer, const TransportAddr& addr, CustomAddrForm form) {
  if (const auto* url = addr.relay()) {
    writer.u32(kind_relay);
    writer.string(url->to_string());
  } else if (const auto* ip = addr.ip()) {
    writer.u32(kind_ip);
    write_ip(writer, *ip);
  } else {
    writer.u32(kind_custom);
    write_custom(writer, *addr.custom(), form);
  }
}

Result<TransportAddr> read_relay(base::PostcardReader& reader) {
  const auto bytes = reader.bytes();
  if (!bytes) return truncated();
  IROH_TRY(url, RelayUrl::parse(base::as_text(*bytes)));
  return url;
}

template <class Octets>
std::optional<Octets> read_octets(base::PostcardReader& reader) {
  Octets octets{};
  const auto bytes = reader.fixed(octets.size());
  if (!bytes) return std::nullopt;
  for (std::size_t i = 0; i < octets.size(); ++i) octets[i] = std::to_integer<std::uint8_t>((*bytes)[i]);
  return octets;
}

Result<TransportAddr> read_ip(base::PostcardReader& reader) {
  const auto family = reader.u32();
  if (!family) return truncated();
  if (*family > family_v6) return failure(AddrError::postcard_unknown_kind);
  IpAddr ip;
  if (*family == family_v4) {
    const auto octets = read_octets<IpAddr::V4>(reader);
    if (!octets) return truncated();
    ip = IpAddr(*octets);
  } else {
    const auto octets = read_octets<IpAddr::V6>(reader);
    if (!octets) return truncated();
    ip = IpAddr(*octets);
  }
  const bool is_at_end = reader.is_empty();
  const auto port = reader.u16();
  if (!port) return is_at_end ? truncated() : failure(AddrError::postcard_invalid);
  return SocketAddr(ip, *port);
}

Result<CustomAddr> read_custom_1_0(base::PostcardReader& reader, std::uint64_t id) {
  const auto storage = reader.u32();
  if (!storage) return truncated();
  if (*storage == storage_heap) {
    const auto data = reader.bytes();
    return data ? Result<CustomAddr>(CustomAddr(id, *data)) : truncated();
  }
  if (*storage != storage_inline) return failure(AddrError::postcard_unknown_kind);
  const auto size = reader.u8();
  const auto data = reader.fixed(inline_size);
  if (!size || !data) return truncated();
  // [endpoint.md 10] Upstream does not look; a larger size would read past the field.
  if (*size > inline_size) return failure(AddrError::postcard_invalid);
  return CustomAddr(id, data->first(*size));
}

Result<TransportAddr> read_custom(base::PostcardReader& reader, CustomAddrForm form) {
  const auto id = reader.u64();
  if (!id) return truncated();
  if (form == CustomAddrForm::iroh_1_0) {
    IROH_TRY(addr, read_custom_1_0(reader, *id));
    return addr;
  }
  const auto data = reader.bytes();
  if (!data) return truncated();
  return CustomAddr(*id, *data);
}

Result<TransportAddr> read_transport_addr(base::PostcardReader& reader, CustomAddrForm form) {
  const auto kind = reader.u32();
  if (!kind) return truncated();
  switch (*kind) {
    case kind_relay:
      return read_relay(reader);
    case kind_ip:
      return read_ip(reader);
    case kind_custom:
      return read_custom(reader, form);
    default:
      return failure(AddrError::postcard_unknown_kind);
  }
}

}  // namespace

void write_endpoint_addr(base::PostcardWriter& writer, const EndpointAddr& addr, CustomAddrForm form) {
  writer.fixed(addr.id().bytes());
  writer.u64(addr.addrs().size());
  for (const TransportAddr& transport_addr : addr.addrs()) write_transport_addr(writer, transport_addr, form);
}

Result<EndpointAddr> read_endpoint_addr(base::PostcardReader& reader, CustomAddrForm form) {
  const auto id_bytes = reader.fixed_array<EndpointId::size>();
  if (!id_bytes) return truncated();
  IROH_TRY(id, EndpointId::from_bytes(*id_bytes));
  const auto count = reader.u64();
  if (!count) return truncated();
  // The count is the peer's word only: memory grows with the addresses that are really there.
  std::vector<TransportAddr> addrs;
  for (std::uint64_t i = 0; i < *count; ++i) {
    IROH_TRY(addr, read_transport_addr(reader, form));
    addrs.push_back(std::move(addr));
  }
  return EndpointAddr(id, std::move(addrs));
}

}  // namespace iroh::identity
