// SPDX-License-Identifier: MIT OR Apache-2.0
// An open file, read and written at offsets, with errors as values. Calls are complete: they never return half done
// unless the file ends.
#pragma once

#include <fcntl.h>

#include <cerrno>
#include <cstdint>
#include <expected>
#include <string>
#include <utility>

#include "base/byte_span.hpp"
#include "iroh/base/result.hpp"
#include "iroh/blobs/blob_error.hpp"

namespace iroh::blobs {

/// For return statements.
std::unexpected<error_code> system_failure(int number = errno);
std::unexpected<error_code> failure(BlobError error);

struct FileStatus {
  std::uint64_t size = 0;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  bool is_regular = false;
};

class File {
 public:
  File() noexcept = default;
  explicit File(int descriptor) noexcept : descriptor_(descriptor) {}
  File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~File();

  /// `name` is relative to the open folder, or absolute. Always with O_CLOEXEC.
  static Result<File> open_at(int folder, const std::string& name, int flags);
  /// A file of the user: an absolute path to a regular file, or to a link to one. Fails with BlobError::invalid_path.
  static Result<File> open_users(const std::string& path, int more_flags = 0);

  int descriptor() const noexcept { return descriptor_; }
  bool is_open() const noexcept { return descriptor_ >= 0; }
  Result<FileStatus> status() const;
  /// How many bytes there were; fewer than asked for only at the end of the file.
  Result<std::size_t> read_at(std::uint64_t offset, base::MutableByteSpan out) const;
  /// As read_at(), but fewer is an error.
  Result<void> read_exactly(std::uint64_t offset, base::MutableByteSpan out) const;
  Result<void> write_at(std::uint64_t offset, base::ByteSpan bytes) const;
  Result<void> resize(std::uint64_t size) const;
  /// Data and what is needed to find it survive a power cut.
  Result<void> sync() const;
  /// Starts writing to the disk, so that a later sync() has less to wait for. A hint.
  void start_writing() const noexcept;
  /// Shares the blocks of all of `from`; fails where the file system cannot.
  Result<void> clone_from(const File& from) const;
  /// Copies inside the kernel, from the same offset; how many bytes. Fails where that is not possible.
  Result<std::size_t> copy_range_from(const File& from, std::uint64_t offset, std::size_t count) const;

 private:
  int descriptor_ = -1;
};

/// The cause is what the file system or the kernel cannot do, and another way may work.
bool is_unsupported(const error_code& error) noexcept;

}  // namespace iroh::blobs
