// SPDX-License-Identifier: MIT OR Apache-2.0
// One cycle of garbage collection: mark what tags and temp tags reach, delete the rest. [blobs.md §1.8]
#pragma once

#include <functional>
#include <set>

#include "blobs/store/store.hpp"

namespace iroh::blobs {

/// May add hashes to protect; false skips this cycle.
using AddProtected = std::function<bool(std::set<Hash>& live)>;

struct GarbageReport {
  bool is_skipped = false;
  std::set<Hash> live;
  std::size_t deleted = 0;
};

/// Blobs with an open reader or writer, and blobs written to since the cycle began, survive whatever the marks say.
Result<GarbageReport> collect_garbage(Store& store, const AddProtected& add_protected = {});

}  // namespace iroh::blobs
