// SPDX-License-Identifier: MIT OR Apache-2.0
// Members of operations: hashes, and sets of chunks as [[first, end], ...] with null for no end.
#pragma once

#include <boost/json.hpp>
#include <string>

#include "iroh/blobs/blobs.hpp"

namespace iroh::interop {

/// These throw if the member is missing or wrong.
std::string text(const boost::json::object& operation, std::string_view name);
std::uint64_t number(const boost::json::object& operation, std::string_view name);
Hash hash(const boost::json::value& value);

bool flag(const boost::json::object& operation, std::string_view name);
HashAndFormat content(const boost::json::object& operation);
/// The member "ranges": one set for each position; with "forever" the last one for all that follow. Everything of the
/// content without it.
ChunkRangesSeq ranges(const boost::json::object& operation, bool is_recursive);
boost::json::object bitfield_json(const Bitfield& bitfield);

}  // namespace iroh::interop
