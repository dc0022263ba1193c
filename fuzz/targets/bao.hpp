// SPDX-License-Identifier: MIT OR Apache-2.0
// Fuzz bodies for what a provider of blobs sends, and for the small encodings of the blobs protocol.
#pragma once

#include <cstdint>
#include <span>

namespace iroh::fuzz {

/// Decodes the input as an encoding: a range set, a hash, then the stream, in pieces. Whatever is delivered must be
/// what the hash says, and feeding it at once or byte by byte must not differ.
void fuzz_bao_decoder(std::span<const std::uint8_t> input);
/// Reads range specs; what is accepted must be written in the same way again.
void fuzz_range_spec(std::span<const std::uint8_t> input);

}  // namespace iroh::fuzz
