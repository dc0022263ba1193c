// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/store/file_io.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <string>

#include "base/try.hpp"

namespace iroh::blobs {
namespace {

/// Read and written at once.
constexpr std::size_t piece_size = std::size_t{1} << 20;

Result<std::string> prepare_place(const std::filesystem::path& target) {
  // [blobs.md 66]
  if (!target.is_absolute() || !target.has_filename()) return failure(BlobError::invalid_path);
  std::error_code made;
  std::filesystem::create_directories(target.parent_path(), made);
  if (made) return system_failure(made.value());
  static std::atomic<unsigned> counter = 0;
  return target.string() + ".part-" + std::to_string(::getpid()) + "-" + std::to_string(counter.fetch_add(1));
}

}  // namespace

bool is_present(const Bitfield& bitfield, std::uint64_t offset, std::uint64_t size) noexcept {
  if (offset > bitfield.size() || size > bitfield.size() - offset) return false;
  if (size == 0) return true;
  return bitfield.ranges().contains(offset / bao::chunk_size, (offset + size - 1) / bao::chunk_size + 1);
}

Result<Bytes> read_whole_file(const std::filesystem::path& path) {
  IROH_TRY(file, File::open_users(path.string()));
  IROH_TRY(status, file.status());
  std::string text(static_cast<std::size_t>(status.size), '\0');
  IROH_TRY(count, file.read_at(0, std::as_writable_bytes(std::span(text.data(), text.size()))));
  text.resize(count);  // it may have shrunk meanwhile
  return Bytes::from_string(std::move(text));
}

Result<NewFile> NewFile::make(const std::filesystem::path& target) {
  IROH_TRY(temporary, prepare_place(target));
  IROH_TRY(file, File::open_at(AT_FDCWD, temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW));
  return NewFile(target, std::move(temporary), std::move(file));
}

Result<NewFile> NewFile::link_to(const std::filesystem::path& target, const File& file) {
  IROH_TRY(temporary, prepare_place(target));
  const std::string path = "/proc/self/fd/" + std::to_string(file.descriptor());
  if (::linkat(AT_FDCWD, path.c_str(), AT_FDCWD, temporary.c_str(), AT_SYMLINK_FOLLOW) != 0) return system_failure();
  return NewFile(target, std::move(temporary), File());
}

NewFile::~NewFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Result<void> NewFile::finish() {
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) return system_failure();
  // rename() of two names of one file does nothing.
  ::unlink(temporary_.c_str());
  temporary_.clear();
  return {};
}

Result<void> NewFile::finish_durably() {
  if (file_.is_open()) IROH_TRY_VOID(file_.sync());
  IROH_TRY_VOID(finish());
  const std::string folder = std::filesystem::path(target_).parent_path().string();
  IROH_TRY(opened, File::open_at(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY));
  if (::fsync(opened.descriptor()) != 0) return system_failure();
  return {};
}

Result<void> write_whole_file(const std::filesystem::path& target, BlobReader& reader, const Progress& progress) {
  IROH_TRY(made, NewFile::make(target));
  const std::uint64_t size = reader.bitfield().size();
  std::vector<std::byte> piece(static_cast<std::size_t>(std::min<std::uint64_t>(size, piece_size)));
  for (std::uint64_t at = 0; at < size;) {
    const auto part =
        std::span(piece).first(static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), size - at)));
    IROH_TRY_VOID(reader.read(at, part));
    IROH_TRY_VOID(made.file().write_at(at, part));
    at += part.size();
    if (progress) progress(at);
  }
  return made.finish();
}

}  // namespace iroh::blobs
