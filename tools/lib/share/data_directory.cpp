// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/share/data_directory.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/byte_span.hpp"
#include "base/hex.hpp"
#include "tools/lib/failure.hpp"
#include "tools/lib/share/names.hpp"

namespace iroh::tools {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view send_prefix = ".sendme-send-";
constexpr const char* lock_name = "lock";

Failure system_failure(const fs::path& path) {
  return Failure(fmt::format("{}: {}", displayed(path.native()), std::strerror(errno)));
}

std::string random_hex() {
  std::array<std::byte, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    throw Failure(fmt::format("no random numbers: {}", std::strerror(errno)));
  return base::to_hex(bytes);
}

/// A locked file, or -1; held until it is closed, by whatever end of the process.
int open_locked(const fs::path& path, int more_flags) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | more_flags, 0600);
  if (fd >= 0 && ::flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  errno = error;
  return -1;
}

bool is_own_folder(const fs::path& path) {
  struct stat facts{};
  return ::lstat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode) && facts.st_uid == ::geteuid();
}

void remove_all_quietly(const fs::path& path) noexcept {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

/// The original program has its store directly in the folder.
bool has_foreign_content(const fs::path& path) {
  for (const auto& entry : fs::directory_iterator(path)) {
    const std::string name = entry.path().filename().native();
    if (name != "store" && name != "parts" && name != lock_name) return true;
  }
  return false;
}

}  // namespace

SendDirectory::SendDirectory(const fs::path& parent) : path_(parent / (std::string(send_prefix) + random_hex())) {
  if (::mkdir(path_.c_str(), 0700) != 0) throw system_failure(path_);
  lock_ = open_locked(path_ / lock_name, O_CREAT | O_EXCL);
  if (lock_ >= 0) return;
  const Failure failure = system_failure(path_ / lock_name);
  remove_all_quietly(path_);
  throw failure;
}

SendDirectory::~SendDirectory() {
  remove_all_quietly(path_);
  ::close(lock_);
}

// [tools.md §2.2]
void remove_dead_send_directories(const fs::path& parent) noexcept try {
  for (const auto& entry : fs::directory_iterator(parent)) {
    const std::string name = entry.path().filename().native();
    if (!name.starts_with(send_prefix) || name.size() != send_prefix.size() + 32) continue;
    if (!is_own_folder(entry.path())) continue;
    const int lock = open_locked(entry.path() / lock_name, 0);
    if (lock < 0) continue;
    remove_all_quietly(entry.path());
    ::close(lock);
  }
} catch (...) {
  // What cannot be seen or removed is left to others.
}

ReceiveDirectory::ReceiveDirectory(const fs::path& parent, const Hash& hash)
    : path_(parent / (".sendme-recv-" + hash.to_string())) {
  if (::mkdir(path_.c_str(), 0777) != 0 && errno != EEXIST) throw system_failure(path_);
  if (!is_own_folder(path_)) throw Failure(displayed(path_.native()) + ": not a folder of this user");
  if (has_foreign_content(path_)) {
    throw Failure(fmt::format("{} was left by another program: finish with that program, or remove the folder",
                              displayed(path_.native())));
  }
  lock_ = open_locked(path_ / lock_name, O_CREAT);
  if (lock_ < 0 && errno == EWOULDBLOCK)
    throw Failure("another process is receiving this: " + displayed(path_.native()));
  if (lock_ < 0) throw system_failure(path_ / lock_name);
  std::error_code error;
  fs::create_directory(path_ / "parts", error);
  if (error) throw Failure(fmt::format("{}: {}", displayed((path_ / "parts").native()), error.message()));
}

ReceiveDirectory::~ReceiveDirectory() {
  ::close(lock_);
}

void ReceiveDirectory::remove() {
  remove_all_quietly(path_);
}

}  // namespace iroh::tools
