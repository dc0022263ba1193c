// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/store/temp_tags.hpp"

#include <set>

namespace iroh::blobs {

void TempTags::add(ScopeId scope, const HashAndFormat& content) {
  // The empty blob needs no protection: every store has it, always.
  if (content.hash != Hash::empty()) ++scopes_[scope][content];
}

void TempTags::release(ScopeId scope, const HashAndFormat& content) {
  const auto found = scopes_.find(scope);
  if (found == scopes_.end()) return;
  const auto counter = found->second.find(content);
  if (counter == found->second.end()) return;
  if (--counter->second == 0) found->second.erase(counter);
  if (found->second.empty()) scopes_.erase(found);
}

std::vector<HashAndFormat> TempTags::list() const {
  std::set<HashAndFormat> all;
  for (const auto& [scope, counters] : scopes_) {
    for (const auto& [content, count] : counters) all.insert(content);
  }
  return {all.begin(), all.end()};
}

}  // namespace iroh::blobs
