// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/blobs/blob_ticket.hpp"

#include <algorithm>
#include <optional>
#include <ostream>

#include "base/base32.hpp"
#include "base/postcard.hpp"
#include "base/try.hpp"

namespace iroh {
namespace {

constexpr std::uint32_t only_variant = 0;
enum Family : std::uint32_t { family_v4 = 0, family_v6 = 1 };

std::unexpected<error_code> failure(TicketError error) {
  return std::unexpected(make_error_code(error));
}

void write_socket_addr(base::PostcardWriter& writer, const SocketAddr& addr) {
  const auto write = [&writer](std::uint32_t family, const auto& octets) {
    writer.u32(family);
    writer.fixed(std::as_bytes(std::span(octets)));
  };
  addr.is_v4() ? write(family_v4, addr.ip().v4()) : write(family_v6, addr.ip().v6());
  writer.u16(addr.port());
}

template <class Octets>
std::optional<IpAddr> read_octets(base::PostcardReader& reader) {
  Octets octets{};
  const auto bytes = reader.fixed(octets.size());
  if (!bytes) return std::nullopt;
  std::ranges::transform(*bytes, octets.begin(), std::to_integer<std::uint8_t>);
  return IpAddr(octets);
}

Result<SocketAddr> read_socket_addr(base::PostcardReader& reader) {
  const auto family = reader.u32();
  if (!family) return failure(TicketError::truncated);
  if (*family > family_v6) return failure(TicketError::invalid_address);
  const auto ip = *family == family_v4 ? read_octets<IpAddr::V4>(reader) : read_octets<IpAddr::V6>(reader);
  if (!ip) return failure(TicketError::truncated);
  const bool is_at_end = reader.is_empty();
  const auto port = reader.u16();
  if (!port) return failure(is_at_end ? TicketError::truncated : TicketError::invalid_address);
  return SocketAddr(*ip, *port);
}

Result<EndpointId> read_id(base::PostcardReader& reader) {
  const auto bytes = reader.fixed_array<EndpointId::size>();
  if (!bytes) return failure(TicketError::truncated);
  const auto id = EndpointId::from_bytes(*bytes);
  return id ? Result<EndpointId>(*id) : failure(TicketError::invalid_endpoint_id);
}

Result<std::optional<RelayUrl>> read_relay(base::PostcardReader& reader) {
  const auto has_relay = reader.boolean();
  if (!has_relay) return failure(reader.is_empty() ? TicketError::truncated : TicketError::invalid_address);
  if (!*has_relay) return std::nullopt;
  const auto text = reader.bytes();
  if (!text) return failure(TicketError::truncated);
  auto url = RelayUrl::parse(base::as_text(*text));
  if (!url) return failure(TicketError::invalid_address);
  return *std::move(url);
}

Result<std::vector<TransportAddr>> read_addrs(base::PostcardReader& reader) {
  IROH_TRY(relay, read_relay(reader));
  std::vector<TransportAddr> addrs;
  if (relay) addrs.emplace_back(*std::move(relay));
  const auto count = reader.u64();
  if (!count) return failure(TicketError::truncated);
  // [blobs.md 3] The count is the sender's word only: memory grows with the addresses that are really there.
  for (std::uint64_t i = 0; i < *count; ++i) {
    IROH_TRY(addr, read_socket_addr(reader));
    addrs.emplace_back(addr);
  }
  return addrs;
}

}  // namespace

Result<BlobTicket> BlobTicket::parse(std::string_view text) {
  // [blobs.md 10] The prefix exactly, the rest in any case.
  if (!text.starts_with(prefix)) return failure(TicketError::wrong_prefix);
  const auto bytes = base::from_base32_any_case(text.substr(prefix.size()));
  if (!bytes) return failure(TicketError::invalid_base32);
  return from_bytes(*bytes);
}

Result<BlobTicket> BlobTicket::from_bytes(std::span<const std::byte> bytes) {
  base::PostcardReader reader(bytes);
  const auto variant = reader.u32();
  if (!variant) return failure(TicketError::truncated);
  if (*variant != only_variant) return failure(TicketError::unknown_variant);
  IROH_TRY(id, read_id(reader));
  IROH_TRY(addrs, read_addrs(reader));
  const auto format = reader.u32();
  const auto hash = reader.fixed_array<Hash::size>();
  if (!format || !hash) return failure(TicketError::truncated);
  if (*format > static_cast<std::uint32_t>(BlobFormat::hash_seq)) return failure(TicketError::unknown_variant);
  // [blobs.md 2] Bytes after the value are legal.
  return BlobTicket(EndpointAddr(id, std::move(addrs)), {Hash(*hash), static_cast<BlobFormat>(*format)});
}

std::vector<std::byte> BlobTicket::to_bytes() const {
  base::PostcardWriter writer;
  writer.u32(only_variant);
  writer.fixed(addr_.id().bytes());
  auto relays = addr_.relay_urls();
  writer.boolean(!relays.empty());
  if (!relays.empty()) writer.string(relays.front().to_string());
  std::vector<SocketAddr> addrs;
  for (const SocketAddr& addr : addr_.ip_addrs()) addrs.emplace_back(addr.ip(), addr.port());
  std::ranges::sort(addrs);
  const auto repeated = std::ranges::unique(addrs);
  addrs.erase(repeated.begin(), repeated.end());
  writer.u64(addrs.size());
  for (const SocketAddr& addr : addrs) write_socket_addr(writer, addr);
  writer.u32(static_cast<std::uint32_t>(content_.format));
  writer.fixed(content_.hash.bytes());
  return writer.take();
}

std::string BlobTicket::to_string() const {
  std::string text(prefix);
  return text += base::to_base32(to_bytes(), base::Base32::lower);
}

std::ostream& operator<<(std::ostream& out, const BlobTicket& ticket) {
  return out << ticket.to_string();
}

}  // namespace iroh
