// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/store/file_io.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <string>

#include "base/try.hpp"

namespace iroh::blobs {
namespace {

/// Read or written at once.
constexpr std::size_t piece_size = std::size_t{1} << 20;

std::unexpected<error_code> system_failure() {
  return std::unexpected(error_code(errno, boost::system::system_category()));
}
std::unexpected<error_code> failure(BlobError error) {
  return std::unexpected(make_error_code(error));
}

class File {
 public:
  explicit File(int descriptor) noexcept : descriptor_(descriptor) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int get() const noexcept { return descriptor_; }
  bool is_open() const noexcept { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

Result<void> write_all(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_failure();
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> copy_to(int descriptor, BlobReader& reader, const Progress& progress) {
  const std::uint64_t size = reader.bitfield().size();
  std::vector<std::byte> piece(static_cast<std::size_t>(std::min<std::uint64_t>(size, piece_size)));
  for (std::uint64_t at = 0; at < size;) {
    const auto part =
        std::span(piece).first(static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), size - at)));
    IROH_TRY_VOID(reader.read(at, part));
    IROH_TRY_VOID(write_all(descriptor, part));
    at += part.size();
    if (progress) progress(at);
  }
  return {};
}

}  // namespace

bool is_present(const Bitfield& bitfield, std::uint64_t offset, std::uint64_t size) noexcept {
  if (offset > bitfield.size() || size > bitfield.size() - offset) return false;
  if (size == 0) return true;
  return bitfield.ranges().contains(offset / bao::chunk_size, (offset + size - 1) / bao::chunk_size + 1);
}

Result<Bytes> read_whole_file(const std::filesystem::path& path) {
  if (!path.is_absolute()) return failure(BlobError::invalid_path);
  // Without O_NONBLOCK a pipe under that name would block us before it can be refused.
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) return system_failure();
  struct stat status;
  if (::fstat(file.get(), &status) != 0) return system_failure();
  if (!S_ISREG(status.st_mode)) return failure(BlobError::invalid_path);
  std::string text;
  text.resize(static_cast<std::size_t>(status.st_size));
  std::size_t filled = 0;
  while (filled < text.size()) {
    const ssize_t count = ::read(file.get(), text.data() + filled, text.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure();
    if (count == 0) break;  // it shrank meanwhile
    filled += static_cast<std::size_t>(count);
  }
  text.resize(filled);
  return Bytes::from_string(std::move(text));
}

Result<void> write_whole_file(const std::filesystem::path& target, BlobReader& reader, const Progress& progress) {
  // [blobs.md §4.3.6]
  if (!target.is_absolute() || !target.has_filename()) return failure(BlobError::invalid_path);
  std::error_code made;
  std::filesystem::create_directories(target.parent_path(), made);
  if (made) return std::unexpected(error_code(made.value(), boost::system::system_category()));
  static std::atomic<unsigned> counter = 0;
  const std::string suffix = ".part-" + std::to_string(::getpid()) + "-" + std::to_string(counter.fetch_add(1));
  const std::string temporary = target.string() + suffix;
  const File file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file.is_open()) return system_failure();
  auto outcome = copy_to(file.get(), reader, progress);
  if (outcome && ::rename(temporary.c_str(), target.c_str()) != 0) outcome = system_failure();
  if (!outcome) ::unlink(temporary.c_str());
  return outcome;
}

}  // namespace iroh::blobs
