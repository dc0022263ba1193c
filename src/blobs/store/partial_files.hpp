// SPDX-License-Identifier: MIT OR Apache-2.0
// The small files beside a partial blob: what is present, and the size that was claimed. [blobs.md §4.3.1]
#pragma once

#include <optional>
#include <vector>

#include "blobs/store/file.hpp"
#include "iroh/blobs/bitfield.hpp"

namespace iroh::blobs {

/// A checksum and the bitfield behind it.
std::vector<std::byte> encode_bitfield_file(const Bitfield& bitfield);
/// Nothing if the file is missing, empty, short or does not match its checksum.
std::optional<Bitfield> read_bitfield_file(int folder, const std::string& name);

/// Puts the claimed size into the slot of the group that begins at this offset.
Result<void> write_size_slot(const File& sizes, std::uint64_t offset, std::uint64_t size);
/// What the last complete slot says; nothing if there is none.
std::optional<std::uint64_t> read_last_size(int folder, const std::string& name);

}  // namespace iroh::blobs
