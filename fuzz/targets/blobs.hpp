// SPDX-License-Identifier: MIT OR Apache-2.0
// Fuzz bodies for requests, responses and observations of the blobs protocol.
#pragma once

#include <cstdint>
#include <span>

namespace iroh::fuzz {

/// A type byte and a body: what is accepted must be written canonically, and read back as the same.
void fuzz_blobs_request(std::span<const std::uint8_t> input);
/// Items for an observer, in pieces: the sum must not depend on the pieces.
void fuzz_blobs_observe(std::span<const std::uint8_t> input);
/// A request, then a response to it, in pieces, into a store: it must end, and nothing unproven may be in the store.
void fuzz_blobs_response(std::span<const std::uint8_t> input);

}  // namespace iroh::fuzz
