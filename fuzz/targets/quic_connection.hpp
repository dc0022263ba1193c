// SPDX-License-Identifier: MIT OR Apache-2.0
// Fuzz bodies for whole connections, in the simulated network and with real keys.
#pragma once

#include <cstdint>
#include <span>

namespace iroh::fuzz {

/// Datagrams out of nowhere to an endpoint that also has an honest connection, which must survive.
void fuzz_quic_datagrams(std::span<const std::uint8_t> input);
/// A scripted peer completes the handshake in either role; then the input is what it sends: decrypted payloads of any
/// level and path, and waiting, and calls of the victim's application in between.
void fuzz_quic_peer(std::span<const std::uint8_t> input);
/// The input as a list of operations on two honest endpoints: every invariant of tests/sim/quic must hold.
void fuzz_quic_interaction(std::span<const std::uint8_t> input);

}  // namespace iroh::fuzz
