// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/store/handle_cache.hpp"

#include "base/try.hpp"

namespace iroh::blobs {

Result<HandleCache::Handle> HandleCache::get(const std::string& name, Access access) {
  if (const auto found = by_name_.find(name); found != by_name_.end()) {
    by_use_.splice(by_use_.begin(), by_use_, found->second);
    return found->second->handle;
  }
  const bool is_users = name.starts_with('/');
  // O_NOFOLLOW: nobody who can write to the folder makes us write elsewhere.
  const int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | (access == Access::create ? O_CREAT : 0);
  IROH_TRY(file, is_users ? File::open_users(name) : File::open_at(folder_, name, flags));
  IROH_TRY(status, file.status());
  if (!status.is_regular) return failure(BlobError::invalid_path);
  while (by_use_.size() >= limit_) {
    by_name_.erase(by_use_.back().name);
    by_use_.pop_back();
  }
  by_use_.push_front({name, std::make_shared<const File>(std::move(file))});
  by_name_.emplace(name, by_use_.begin());
  return by_use_.front().handle;
}

void HandleCache::forget(const std::string& name) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return;
  by_use_.erase(found->second);
  by_name_.erase(found);
}

void HandleCache::clear() {
  by_name_.clear();
  by_use_.clear();
}

}  // namespace iroh::blobs
