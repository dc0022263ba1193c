// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/store/file.hpp"

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <limits>

#include "base/try.hpp"

namespace iroh::blobs {
namespace {

constexpr mode_t new_file_mode = 0666;  // less the umask

/// Offsets come from sizes that peers claim, up to 2^64 - 1.
bool is_beyond_files(std::uint64_t offset, std::uint64_t count) noexcept {
  constexpr auto limit = static_cast<std::uint64_t>(std::numeric_limits<off_t>::max());
  return offset > limit || count > limit - offset;
}

}  // namespace

std::unexpected<error_code> system_failure(int number) {
  return std::unexpected(error_code(number, boost::system::system_category()));
}

std::unexpected<error_code> failure(BlobError error) {
  return std::unexpected(make_error_code(error));
}

bool is_unsupported(const error_code& error) noexcept {
  if (error.category() != boost::system::system_category()) return false;
  const int number = error.value();
  return number == EOPNOTSUPP || number == EXDEV || number == EINVAL || number == ENOSYS || number == ENOTTY ||
         number == EBADF || number == EPERM || number == EMLINK || number == ETXTBSY;
}

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<File> File::open_at(int folder, const std::string& name, int flags) {
  File file(::openat(folder, name.c_str(), flags | O_CLOEXEC, new_file_mode));
  if (!file.is_open()) return system_failure();
  return file;
}

Result<File> File::open_users(const std::string& path, int more_flags) {
  // [blobs.md §4.3.6]
  if (path.empty() || path.front() != '/') return failure(BlobError::invalid_path);
  // [cases.md C-026] Without O_NONBLOCK a pipe under that name would block us before it can be refused.
  IROH_TRY(file, open_at(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | more_flags));
  IROH_TRY(status, file.status());
  if (!status.is_regular) return failure(BlobError::invalid_path);
  return file;
}

Result<FileStatus> File::status() const {
  struct stat status;
  if (::fstat(descriptor_, &status) != 0) return system_failure();
  return FileStatus{static_cast<std::uint64_t>(status.st_size), status.st_dev, status.st_ino, S_ISREG(status.st_mode)};
}

Result<std::size_t> File::read_at(std::uint64_t offset, base::MutableByteSpan out) const {
  if (is_beyond_files(offset, out.size())) return 0u;
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t count = ::pread(descriptor_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure();
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

Result<void> File::read_exactly(std::uint64_t offset, base::MutableByteSpan out) const {
  IROH_TRY(count, read_at(offset, out));
  if (count < out.size()) return failure(BlobError::truncated);
  return {};
}

Result<void> File::write_at(std::uint64_t offset, base::ByteSpan bytes) const {
  if (is_beyond_files(offset, bytes.size())) return system_failure(EFBIG);
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure();
    if (count == 0) return system_failure(ENOSPC);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return {};
}

Result<void> File::resize(std::uint64_t size) const {
  if (is_beyond_files(size, 0)) return system_failure(EFBIG);
  if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) return system_failure();
  return {};
}

Result<void> File::sync() const {
  if (::fdatasync(descriptor_) != 0) return system_failure();
  return {};
}

void File::start_writing() const noexcept {
  ::sync_file_range(descriptor_, 0, 0, SYNC_FILE_RANGE_WRITE);
}

Result<void> File::clone_from(const File& from) const {
  if (::ioctl(descriptor_, FICLONE, from.descriptor_) != 0) return system_failure();
  return {};
}

Result<std::size_t> File::copy_range_from(const File& from, std::uint64_t offset, std::size_t count) const {
  auto in = static_cast<off_t>(offset);
  off_t out = in;
  for (;;) {
    const ssize_t copied = ::copy_file_range(from.descriptor_, &in, descriptor_, &out, count, 0);
    if (copied >= 0) return static_cast<std::size_t>(copied);
    if (errno != EINTR) return system_failure();
  }
}

}  // namespace iroh::blobs
