// SPDX-License-Identifier: MIT OR Apache-2.0
// What of a request is in a store, and what would have to be asked for. Confined to the store's thread. [blobs.md §5.1]
#pragma once

#include "blobs/store/store.hpp"
#include "iroh/blobs/remote_blobs.hpp"

namespace iroh::blobs {

Result<LocalInfo> find_local(Store& store, const GetRequest& request);
/// Of a get-many; positions are those of the request, the hash means nothing.
Result<LocalInfo> find_local(Store& store, const GetManyRequest& request);

/// Bytes of the chunks in the set that a blob of this size has.
std::uint64_t byte_count(const ChunkRanges& ranges, std::uint64_t size);

}  // namespace iroh::blobs
