// SPDX-License-Identifier: MIT OR Apache-2.0
// Open files by name, the least recently used closed first: many blobs may be open, and few file handles.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "blobs/store/file.hpp"

namespace iroh::blobs {

class HandleCache {
 public:
  enum class Access { existing, create };
  /// Holders use the file at once and let go of it, so that the limit means something.
  using Handle = std::shared_ptr<const File>;

  /// Names without a slash are files in `folder`, opened for reading and writing; absolute ones are files of the user,
  /// opened for reading only.
  HandleCache(int folder, std::size_t limit) noexcept : folder_(folder), limit_(limit == 0 ? 1 : limit) {}

  Result<Handle> get(const std::string& name, Access access = Access::existing);
  /// To be called whenever another file takes the name.
  void forget(const std::string& name);
  void clear();
  std::size_t size() const noexcept { return by_name_.size(); }

 private:
  struct Open {
    std::string name;
    Handle handle;
  };

  int folder_;
  std::size_t limit_;
  std::list<Open> by_use_;  ///< the last used in front
  std::unordered_map<std::string, std::list<Open>::iterator> by_name_;
};

}  // namespace iroh::blobs
