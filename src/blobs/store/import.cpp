// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/store/import.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "bao/outboard.hpp"
#include "base/try.hpp"
#include "blobs/store/file_hasher.hpp"

namespace iroh::blobs {
namespace {

/// The file of the user that a descriptor stands for, whatever has its name by now.
std::string path_of(const File& file) {
  return "/proc/self/fd/" + std::to_string(file.descriptor());
}

bool has_inode(const std::string& path, const FileStatus& expected) {
  struct stat status;
  return ::lstat(path.c_str(), &status) == 0 && status.st_ino == expected.inode && status.st_dev == expected.device;
}

}  // namespace

Result<TemporaryFile> TemporaryFile::make(Folder& folder) {
  IROH_TRY(temporary, folder.make_temporary());
  return TemporaryFile(folder, std::move(temporary));
}

Result<TemporaryFile> TemporaryFile::link_to(Folder& folder, const File& file) {
  IROH_TRY(temporary, folder.make_temporary());
  folder.remove_temporary(temporary.name);
  // The link leads to what was opened, not to what was put under its name since.
  const std::string path = path_of(file);
  if (::linkat(AT_FDCWD, path.c_str(), folder.temp(), temporary.name.c_str(), AT_SYMLINK_FOLLOW) != 0) {
    return system_failure();
  }
  TemporaryFile linked(folder, std::move(temporary));
  IROH_TRY(opened, File::open_at(folder.temp(), linked.name_, O_RDONLY | O_NOFOLLOW));
  linked.file_ = std::move(opened);
  return linked;
}

TemporaryFile::~TemporaryFile() {
  if (folder_ != nullptr) folder_->remove_temporary(name_);
}

Result<void> TemporaryFile::become(const std::string& name) {
  file_.start_writing();
  IROH_TRY_VOID(folder_->move_into_data(name_, name));
  folder_ = nullptr;
  return {};
}

Result<Imported> hash_into(FileStoreCore& core, const File& source, std::uint64_t size, const File* copy_to,
                           const Progress& progress) {
  Imported imported{.hash = Hash::empty(), .size = size};
  HashJob job{.source = source, .size = size, .copy_to = copy_to, .threads = hash_threads(core.options.threads)};
  job.progress = progress;
  if (bao::Geometry(size).outboard_size() > core.options.inline_outboard_limit) {
    IROH_TRY(made, TemporaryFile::make(core.folder));
    imported.outboard_file.emplace(std::move(made));
    job.outboard = &imported.outboard_file->file();
  }
  IROH_TRY(hashed, hash_file(job));
  imported.hash = hashed.hash;
  imported.outboard = std::move(hashed.outboard);
  return imported;
}

namespace {

Result<HashAndFormat> take(FileStoreCore& core, Imported&& imported, const ImportOptions& options) {
  const HashAndFormat content = {imported.hash, options.format};
  core.temp_tags.add(options.scope, content);
  if (content.hash == Hash::empty()) return content;
  const auto taken = core.take_import(std::move(imported));
  if (!taken) {
    core.temp_tags.release(options.scope, content);
    return std::unexpected(taken.error());
  }
  return content;
}

Result<TemporaryFile> clone(FileStoreCore& core, const File& source) {
  IROH_TRY(made, TemporaryFile::make(core.folder));
  IROH_TRY_VOID(made.file().clone_from(source));
  return made;
}

/// The file's blocks under another name of our own, or a copy of them, hashed.
Result<Imported> take_copy(FileStoreCore& core, const File& source, std::uint64_t size, ImportMode mode,
                           const Progress& progress) {
  auto made = mode == ImportMode::move ? TemporaryFile::link_to(core.folder, source) : clone(core, source);
  if (!made && mode == ImportMode::reflink) {
    return is_unsupported(made.error()) ? failure(BlobError::unsupported) : std::unexpected(made.error());
  }
  if (made) {
    IROH_TRY(imported, hash_into(core, made->file(), size, nullptr, progress));
    imported.data_file.emplace(std::move(*made));
    return imported;
  }
  IROH_TRY(copy, TemporaryFile::make(core.folder));
  IROH_TRY(imported, hash_into(core, source, size, &copy.file(), progress));
  imported.data_file.emplace(std::move(copy));
  return imported;
}

Result<Imported> read_small(const File& file, std::uint64_t size) {
  std::string text(static_cast<std::size_t>(size), '\0');
  IROH_TRY_VOID(file.read_exactly(0, std::as_writable_bytes(std::span(text.data(), text.size()))));
  Imported imported{.hash = Hash::empty(), .size = size};
  auto outboard = bao::make_outboard(base::as_bytes(text));
  imported.hash = Hash(outboard.hash);
  imported.outboard = std::move(outboard.bytes);
  imported.data = Bytes::from_string(std::move(text));
  return imported;
}

Result<Imported> refer_to(FileStoreCore& core, const File& file, const FileStatus& status, const std::string& path,
                          const Progress& progress) {
  IROH_TRY(imported, hash_into(core, file, status.size, nullptr, progress));
  IROH_TRY(after, file.status());
  if (after.size != status.size) return failure(BlobError::mismatch);
  imported.users_path = path;
  return imported;
}

}  // namespace

Result<HashAndFormat> import_bytes(FileStoreCore& core, Bytes data, const ImportOptions& options) {
  Imported imported{.hash = Hash::empty(), .size = data.size()};
  auto outboard = bao::make_outboard(data);
  imported.hash = Hash(outboard.hash);
  imported.outboard = std::move(outboard.bytes);
  if (options.progress) options.progress(data.size());
  if (data.size() <= core.options.inline_data_limit) {
    imported.data = std::move(data);
  } else {
    IROH_TRY(made, TemporaryFile::make(core.folder));
    IROH_TRY_VOID(made.file().write_at(0, data));
    imported.data_file.emplace(std::move(made));
  }
  return take(core, std::move(imported), options);
}

Result<HashAndFormat> import_file(FileStoreCore& core, const std::string& path, ImportMode mode,
                                  const ImportOptions& options) {
  // Moving a link would leave the file behind and the link dangling.
  IROH_TRY(file, File::open_users(path, mode == ImportMode::move ? O_NOFOLLOW : 0));
  IROH_TRY(status, file.status());
  const auto read = [&]() -> Result<Imported> {
    if (status.size <= core.options.inline_data_limit) return read_small(file, status.size);
    if (mode == ImportMode::reference) return refer_to(core, file, status, path, options.progress);
    return take_copy(core, file, status.size, mode, options.progress);
  };
  IROH_TRY(imported, read());
  IROH_TRY(content, take(core, std::move(imported), options));
  if (mode != ImportMode::move) return content;
  // The user's name goes when ours is safe, and only if it still is that file.
  IROH_TRY_VOID(core.commit());
  if (has_inode(path, status) && ::unlink(path.c_str()) != 0) return system_failure();
  return content;
}

namespace {

/// Small ones stay in memory.
class FileStream final : public BlobImport {
 public:
  FileStream(std::shared_ptr<FileStoreCore> core, ImportOptions options)
      : core_(std::move(core)), options_(std::move(options)) {}

  Result<void> append(std::span<const std::byte> piece) override {
    if (core_->is_closed()) return system_failure(ESHUTDOWN);
    const std::uint64_t limit = std::min<std::uint64_t>(core_->options.inline_data_limit, hash_buffer_size);
    if (!spilled_ && piece.size() <= limit - text_.size()) {
      text_.append(base::as_text(piece));
      size_ = text_.size();
      return {};
    }
    if (!spilled_) {
      IROH_TRY(made, TemporaryFile::make(core_->folder));
      spilled_.emplace(std::move(made));
      IROH_TRY_VOID(spilled_->file().write_at(0, base::as_bytes(text_)));
    }
    IROH_TRY_VOID(spilled_->file().write_at(size_, piece));
    size_ += piece.size();
    if (options_.progress) options_.progress(size_);
    return {};
  }

  Result<HashAndFormat> finish() override {
    if (core_->is_closed()) return system_failure(ESHUTDOWN);
    if (!spilled_) return import_bytes(*core_, Bytes::from_string(std::move(text_)), options_);
    if (size_ <= core_->options.inline_data_limit) {
      IROH_TRY(small, read_small(spilled_->file(), size_));
      return take(*core_, std::move(small), options_);
    }
    IROH_TRY(imported, hash_into(*core_, spilled_->file(), size_, nullptr, {}));
    imported.data_file.emplace(std::move(*spilled_));
    return take(*core_, std::move(imported), options_);
  }

 private:
  std::shared_ptr<FileStoreCore> core_;
  ImportOptions options_;
  std::string text_;
  std::optional<TemporaryFile> spilled_;
  std::uint64_t size_ = 0;
};

}  // namespace

Result<std::unique_ptr<BlobImport>> import_stream(std::shared_ptr<FileStoreCore> core, const ImportOptions& options) {
  return std::make_unique<FileStream>(std::move(core), options);
}

}  // namespace iroh::blobs
