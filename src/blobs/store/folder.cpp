// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/store/folder.hpp"

#include <dirent.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <system_error>
#include <utility>

#include "base/try.hpp"

namespace iroh::blobs {
namespace {

constexpr std::pair<std::string_view, BlobFile> suffixes[] = {{".data", BlobFile::data},
                                                              {".obao4", BlobFile::outboard},
                                                              {".sizes4", BlobFile::sizes},
                                                              {".bitfield", BlobFile::bitfield},
                                                              {".checkpoint", BlobFile::checkpoint}};

std::unexpected<error_code> failure_of(const std::error_code& error) {
  return system_failure(error.value());
}

/// Calls use(name) for every entry but the folder itself and its parent.
template <class Use>
Result<void> for_each_name(int folder, const Use& use) {
  IROH_TRY(again, File::open_at(folder, ".", O_RDONLY | O_DIRECTORY));
  const std::unique_ptr<DIR, int (*)(DIR*)> list(::fdopendir(::dup(again.descriptor())), ::closedir);
  if (!list) return system_failure();
  for (errno = 0; const dirent* entry = ::readdir(list.get()); errno = 0) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    IROH_TRY_VOID(use(std::string(name)));
  }
  if (errno != 0) return system_failure();
  return {};
}

}  // namespace

BlobNames::BlobNames(const Hash& hash) {
  const std::string stem = hash.to_string();
  data = stem + ".data";
  outboard = stem + ".obao4";
  sizes = stem + ".sizes4";
  bitfield = stem + ".bitfield";
  checkpoint = stem + ".checkpoint";
}

std::optional<std::pair<Hash, BlobFile>> parse_blob_name(std::string_view name) {
  constexpr std::size_t digits = 2 * Hash::size;
  if (name.size() <= digits) return std::nullopt;
  for (const auto& [suffix, kind] : suffixes) {
    if (name.substr(digits) != suffix) continue;
    const auto hash = Hash::parse(name.substr(0, digits));
    if (hash) return std::pair(*hash, kind);
  }
  return std::nullopt;
}

Result<Folder> Folder::open(const std::filesystem::path& path) {
  Folder folder;
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error) folder.path_ = std::filesystem::canonical(path, error);
  if (error) return failure_of(error);
  // [blobs.md §4.3.8] A second open fails at once, in this process and in others, and also after a crash is not left
  // behind: the lock belongs to the open file.
  IROH_TRY(lock, File::open_at(AT_FDCWD, (folder.path_ / lock_name).string(), O_RDWR | O_CREAT | O_NOFOLLOW));
  folder.lock_ = std::move(lock);
  if (::flock(folder.lock_.descriptor(), LOCK_EX | LOCK_NB) != 0) {
    return errno == EWOULDBLOCK ? failure(BlobError::store_in_use) : system_failure();
  }
  // Sweeping would delete all of the other store's files.
  const bool is_ours = std::filesystem::exists(folder.path_ / database_name, error);
  if (!is_ours && std::filesystem::exists(folder.path_ / foreign_database_name, error)) {
    return failure(BlobError::corrupt_store);
  }
  for (const char* name : {data_name, temp_name}) {
    std::filesystem::create_directory(folder.path_ / name, error);
    if (error) return failure_of(error);
    IROH_TRY(opened, File::open_at(AT_FDCWD, (folder.path_ / name).string(), O_RDONLY | O_DIRECTORY));
    (name == data_name ? folder.data_ : folder.temp_) = std::move(opened);
  }
  return folder;
}

Result<Folder::Temporary> Folder::make_temporary() {
  const std::string name = std::to_string(::getpid()) + "-" + std::to_string(++last_temporary_) + ".temp";
  IROH_TRY(file, File::open_at(temp(), name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW));
  return Temporary{name, std::move(file)};
}

void Folder::remove_temporary(const std::string& name) const noexcept {
  ::unlinkat(temp(), name.c_str(), 0);
}

Result<void> Folder::move_into_data(const std::string& temporary, const std::string& name) const {
  if (::renameat(temp(), temporary.c_str(), data(), name.c_str()) != 0) return system_failure();
  return {};
}

bool Folder::remove_data(const std::string& name) const noexcept {
  return ::unlinkat(data(), name.c_str(), 0) == 0;
}

Result<std::uint64_t> Folder::data_size(const std::string& name) const {
  struct stat status;
  if (::fstatat(data(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return system_failure();
  // [blobs.md §4.3.1] Nothing but plain files is ours.
  if (!S_ISREG(status.st_mode)) return failure(BlobError::invalid_path);
  return static_cast<std::uint64_t>(status.st_size);
}

bool Folder::has_data(const std::string& name) const noexcept {
  return data_size(name).has_value();
}

Result<void> Folder::replace_data(const std::string& name, base::ByteSpan content) {
  IROH_TRY(temporary, make_temporary());
  Result<void> done = temporary.file.write_at(0, content);
  if (done) done = temporary.file.sync();
  if (done) done = move_into_data(temporary.name, name);
  if (!done) remove_temporary(temporary.name);
  return done;
}

Result<void> Folder::sync_names() const {
  if (::fsync(data()) != 0) return system_failure();
  return {};
}

Result<void> Folder::sync_all() const {
  if (::syncfs(data()) != 0) return system_failure();
  return {};
}

Result<void> Folder::sweep(const std::function<Result<bool>(const Hash&, BlobFile)>& is_known) const {
  IROH_TRY_VOID(for_each_name(temp(), [this](const std::string& name) -> Result<void> {
    if (name.ends_with(".temp")) remove_temporary(name);
    return {};
  }));
  return for_each_name(data(), [&](const std::string& name) -> Result<void> {
    const auto parsed = parse_blob_name(name);
    if (!parsed) return {};
    IROH_TRY(is_kept, is_known(parsed->first, parsed->second));
    if (!is_kept) remove_data(name);
    return {};
  });
}

}  // namespace iroh::blobs
