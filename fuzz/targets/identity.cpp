// SPDX-License-Identifier: MIT OR Apache-2.0
#include "fuzz/targets/identity.hpp"

#include <string_view>

#include "base/assert.hpp"
#include "iroh/base/socket_addr.hpp"
#include "iroh/identity/endpoint_ticket.hpp"
#include "iroh/identity/secret_key.hpp"

namespace iroh::fuzz {
namespace {

std::string_view text_of(std::span<const std::uint8_t> input) {
  return {reinterpret_cast<const char*>(input.data()), input.size()};
}

void check_addr(const EndpointAddr& addr) {
  IROH_ASSERT(EndpointAddr::from_postcard(addr.to_postcard()) == addr);
  // The 1.0 form is read last, and a reading as 1.4 that happens to fit wins. Crafted input can make it fit.
  static_cast<void>(EndpointAddr::from_postcard(addr.to_postcard(CustomAddrForm::iroh_1_0)));
  IROH_ASSERT(EndpointAddr::from_json(addr.to_json()) == addr);
  IROH_ASSERT(EndpointAddr(addr.id(), {addr.addrs().begin(), addr.addrs().end()}) == addr);
}

void check_ticket(const EndpointTicket& ticket) {
  IROH_ASSERT(EndpointTicket::parse(ticket.to_string()) == ticket);
  IROH_ASSERT(EndpointTicket::from_bytes(ticket.to_bytes()) == ticket);
}

}  // namespace

void fuzz_ticket(std::span<const std::uint8_t> input) {
  if (const auto ticket = EndpointTicket::parse(text_of(input))) check_ticket(*ticket);
  if (const auto ticket = EndpointTicket::from_bytes(std::as_bytes(input))) check_ticket(*ticket);
}

void fuzz_endpoint_addr_postcard(std::span<const std::uint8_t> input) {
  if (const auto addr = EndpointAddr::from_postcard(std::as_bytes(input))) check_addr(*addr);
  // A scope id has a place in JSON but none in postcard.
  if (const auto addr = EndpointAddr::from_json(text_of(input)))
    IROH_ASSERT(EndpointAddr::from_json(addr->to_json()) == *addr);
}

void fuzz_keys(std::span<const std::uint8_t> input) {
  const std::string_view text = text_of(input);
  if (const auto id = EndpointId::parse(text)) {
    IROH_ASSERT(EndpointId::parse(id->to_string()) == *id);
    IROH_ASSERT(EndpointId::from_z_base_32(id->to_z_base_32()) == *id);
    IROH_ASSERT(EndpointId::from_tls_name(id->to_tls_name()) == *id);
  }
  if (const auto id = EndpointId::from_z_base_32(text)) IROH_ASSERT(id->to_z_base_32() == text);
  if (const auto id = EndpointId::from_tls_name(text)) IROH_ASSERT(id->to_tls_name() == text);
  if (const auto key = SecretKey::parse(text)) {
    IROH_ASSERT(SecretKey::parse(key->to_hex()) == *key);
    IROH_ASSERT(key->public_key().verify(text, key->sign(text)));
  }
  if (const auto signature = Signature::parse(text)) IROH_ASSERT(signature->to_string() == text);
}

void fuzz_relay_url(std::span<const std::uint8_t> input) {
  const auto url = RelayUrl::parse(text_of(input));
  if (url) IROH_ASSERT(RelayUrl::parse(url->to_string()) == *url);
}

void fuzz_socket_addr(std::span<const std::uint8_t> input) {
  const std::string_view text = text_of(input);
  if (const auto ip = IpAddr::parse(text)) IROH_ASSERT(IpAddr::parse(ip->to_string()) == *ip);
  if (const auto addr = SocketAddr::parse(text)) IROH_ASSERT(SocketAddr::parse(addr->to_string()) == *addr);
  if (const auto addr = CustomAddr::parse(text)) {
    IROH_ASSERT(CustomAddr::parse(addr->to_string()) == *addr);
    IROH_ASSERT(CustomAddr::from_bytes(addr->to_bytes()) == *addr);
  }
}

}  // namespace iroh::fuzz
