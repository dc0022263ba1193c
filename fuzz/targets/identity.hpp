// SPDX-License-Identifier: MIT OR Apache-2.0
// Fuzz bodies for what people paste and peers send as identities and addresses. Each aborts if what was accepted does
// not survive encoding and decoding again.
#pragma once

#include <cstdint>
#include <span>

namespace iroh::fuzz {

/// The text of an endpoint ticket; also its bytes. [endpoint.md 9]
void fuzz_ticket(std::span<const std::uint8_t> input);
/// An EndpointAddr in postcard, either form of custom addresses; its JSON. [endpoint.md 10]
void fuzz_endpoint_addr_postcard(std::span<const std::uint8_t> input);
/// The input as text of a public key, a secret key, a signature, a z-base-32 key, a TLS name. [endpoint.md 2]
void fuzz_keys(std::span<const std::uint8_t> input);
/// A relay URL; normalising twice must change nothing. [endpoint.md 7]
void fuzz_relay_url(std::span<const std::uint8_t> input);
/// An IP address, a socket address or a custom address as text.
void fuzz_socket_addr(std::span<const std::uint8_t> input);

}  // namespace iroh::fuzz
