// SPDX-License-Identifier: MIT OR Apache-2.0
// What must not be collected for now: counted per content, grouped in scopes that end as a whole. [blobs.md §1.7]
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "iroh/blobs/hash.hpp"

namespace iroh::blobs {

using ScopeId = std::uint64_t;
inline constexpr ScopeId global_scope = 0;

/// Confined to one thread, as the store that owns it.
class TempTags {
 public:
  /// Ids count from 1.
  ScopeId open_scope() noexcept { return ++last_scope_; }
  /// [blobs.md 74] Everything in the scope stops being protected, whatever handles are left.
  void close_scope(ScopeId scope) { scopes_.erase(scope); }
  void add(ScopeId scope, const HashAndFormat& content);
  /// Once too often does nothing.
  void release(ScopeId scope, const HashAndFormat& content);
  /// Each content once.
  std::vector<HashAndFormat> list() const;

 private:
  std::map<ScopeId, std::map<HashAndFormat, std::size_t>> scopes_;
  ScopeId last_scope_ = global_scope;
};

}  // namespace iroh::blobs
