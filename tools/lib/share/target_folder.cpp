// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/share/target_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <vector>

#include "blake3/hasher.hpp"
#include "tools/lib/failure.hpp"
#include "tools/lib/share/names.hpp"

namespace iroh::tools {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t piece_size = std::size_t{1} << 20;
constexpr int folder_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

Failure system_failure(const fs::path& path, int error) {
  return Failure(fmt::format("{}: {}", displayed(path.native()), std::strerror(error)));
}

class Handle {
 public:
  explicit Handle(int fd) noexcept : fd_(fd) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { reset(-1); }
  int get() const noexcept { return fd_; }
  void reset(int fd) noexcept {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_;
};

/// The folder of a name, and its last component.
struct Parent {
  Handle folder;  ///< -1: a folder on the way is missing
  std::string leaf;
};

/// [tools.md 11] One component at a time from an open folder; a link in the way is an error, whenever it was put there.
void enter(Handle& folder, const std::string& component, bool is_made, const fs::path& shown) {
  int next = ::openat(folder.get(), component.c_str(), folder_flags);
  if (next < 0 && errno == ENOENT && is_made) {
    if (::mkdirat(folder.get(), component.c_str(), 0777) != 0 && errno != EEXIST) throw system_failure(shown, errno);
    next = ::openat(folder.get(), component.c_str(), folder_flags);
  }
  if (next < 0 && (errno == ENOTDIR || errno == ELOOP))
    throw Failure(displayed(shown.native()) + ": in the way of a folder of that name");
  if (next < 0 && errno != ENOENT) throw system_failure(shown, errno);
  folder.reset(next);
}

void find_parent(Parent& parent, int root, const fs::path& root_path, std::string_view name, bool is_made) {
  parent.folder.reset(::fcntl(root, F_DUPFD_CLOEXEC, 0));
  if (parent.folder.get() < 0) throw system_failure(root_path, errno);
  fs::path shown = root_path;
  for (auto slash = name.find('/'); slash != name.npos; slash = name.find('/')) {
    const std::string component(name.substr(0, slash));
    shown /= component;
    enter(parent.folder, component, is_made, shown);
    if (parent.folder.get() < 0) return;
    name.remove_prefix(slash + 1);
  }
  parent.leaf = name;
}

/// What a new file gets. The mask can only be read by changing it, for a moment in which no other thread runs yet.
mode_t default_file_mode() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

/// False if the name is taken.
bool rename_without_replacing(const fs::path& part, const Parent& parent, const fs::path& shown) {
  if (::renameat2(AT_FDCWD, part.c_str(), parent.folder.get(), parent.leaf.c_str(), RENAME_NOREPLACE) == 0) return true;
  // File systems without this kind of rename: a second name, then not the first one any more.
  if (errno == EINVAL && ::linkat(AT_FDCWD, part.c_str(), parent.folder.get(), parent.leaf.c_str(), 0) == 0) {
    ::unlink(part.c_str());
    return true;
  }
  if (errno == EEXIST) return false;
  throw system_failure(shown, errno);
}

}  // namespace

TargetFolder::TargetFolder(fs::path path)
    : path_((fs::absolute(path) / "").lexically_normal().parent_path()),
      file_mode_(default_file_mode()),
      fd_(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (fd_ < 0) throw system_failure(path_, errno);
}

TargetFolder::~TargetFolder() {
  ::close(fd_);
}

TargetFolder::Present TargetFolder::look(std::string_view name, const Hash& hash,
                                         std::optional<std::uint64_t> size) const {
  Parent parent{Handle(-1), {}};
  find_parent(parent, fd_, path_, name, false);
  if (parent.folder.get() < 0) return Present::nothing;
  // Not blocked by a pipe of that name.
  const Handle file(::openat(parent.folder.get(), parent.leaf.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (file.get() < 0) return errno == ENOENT ? Present::nothing : Present::something_else;
  struct stat facts{};
  if (::fstat(file.get(), &facts) != 0) throw system_failure(path_of(name), errno);
  if (!S_ISREG(facts.st_mode)) return Present::something_else;
  if (size && static_cast<std::uint64_t>(facts.st_size) != *size) return Present::something_else;
  // [tools.md 18]
  return hash_of_file(file.get(), path_of(name)) == hash ? Present::same_content : Present::something_else;
}

bool TargetFolder::place(const fs::path& part, std::string_view name) const {
  Parent parent{Handle(-1), {}};
  find_parent(parent, fd_, path_, name, true);
  if (parent.folder.get() < 0) throw system_failure(path_of(name), ENOENT);
  // [tools.md §2.7] rule 8: a file that was moved out of the store has the store's mode.
  if (::chmod(part.c_str(), file_mode_) != 0) throw system_failure(part, errno);
  return rename_without_replacing(part, parent, path_of(name));
}

Hash hash_of_file(int fd, const fs::path& path) {
  blake3::Hasher hasher;
  std::vector<std::byte> piece(piece_size);
  for (;;) {
    const ssize_t count = ::read(fd, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw system_failure(path, errno);
    if (count == 0) return Hash(hasher.finish());
    hasher.update(std::span<const std::byte>(piece).first(static_cast<std::size_t>(count)));
  }
}

}  // namespace iroh::tools
