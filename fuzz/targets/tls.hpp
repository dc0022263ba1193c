// SPDX-License-Identifier: MIT OR Apache-2.0
// Fuzz bodies for the TLS handshake: what a peer can put into CRYPTO frames before it has proved anything.
#pragma once

#include <cstdint>
#include <span>

namespace iroh::fuzz {

/// The input as the CRYPTO stream of an Initial packet to a server; the first byte chooses how it is cut into pieces.
void fuzz_tls_server(std::span<const std::uint8_t> input);
/// The same to a client that has sent its ClientHello.
void fuzz_tls_client(std::span<const std::uint8_t> input);
/// The body of a Certificate message, to both sides' judgement.
void fuzz_tls_certificate(std::span<const std::uint8_t> input);

}  // namespace iroh::fuzz
