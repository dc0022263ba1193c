// SPDX-License-Identifier: MIT OR Apache-2.0
// Where `iroh send` and `iroh receive` keep their store while they run. [tools.md §2.2], [tools.md §2.5]
#pragma once

#include <filesystem>
#include <string>

#include "iroh/blobs/hash.hpp"

namespace iroh::tools {

/// `.sendme-send-<32 hex digits>`, new and for the own user only; its owner holds a lock in it. Gone with the object.
class SendDirectory {
 public:
  /// Throws Failure.
  explicit SendDirectory(const std::filesystem::path& parent);
  SendDirectory(const SendDirectory&) = delete;
  SendDirectory& operator=(const SendDirectory&) = delete;
  ~SendDirectory();

  const std::filesystem::path& path() const noexcept { return path_; }
  std::filesystem::path store() const { return path_ / "store"; }

 private:
  std::filesystem::path path_;
  int lock_ = -1;
};

/// Removes what killed processes have left: folders whose lock nobody holds. Those without a lock are not ours.
void remove_dead_send_directories(const std::filesystem::path& parent) noexcept;

/// `.sendme-recv-<hash>`: the same for every run with the same hash, so that the next one goes on where this one
/// stopped. It stays unless remove() is called.
class ReceiveDirectory {
 public:
  /// Makes it if it is missing. Throws Failure if it belongs to another process, or to the original program, whose
  /// data would be lost. [tools.md §2.5]
  ReceiveDirectory(const std::filesystem::path& parent, const Hash& hash);
  ReceiveDirectory(const ReceiveDirectory&) = delete;
  ReceiveDirectory& operator=(const ReceiveDirectory&) = delete;
  ~ReceiveDirectory();

  const std::filesystem::path& path() const noexcept { return path_; }
  std::filesystem::path store() const { return path_ / "store"; }
  /// Where files are before they get their names.
  std::filesystem::path parts() const { return path_ / "parts"; }
  void remove();

 private:
  std::filesystem::path path_;
  int lock_ = -1;
};

}  // namespace iroh::tools
