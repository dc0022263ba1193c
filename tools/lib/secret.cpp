// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/secret.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "tools/lib/failure.hpp"

namespace iroh::tools {
namespace {

constexpr mode_t owner_only = 0600;

class File {
 public:
  explicit File(int fd) noexcept : fd_(fd) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

Failure file_failure(const std::string& path) {
  return Failure(fmt::format("{}: {}", path, std::strerror(errno)));
}

}  // namespace

// [tools.md 1] 64 lower-case hex digits, or base32 in any case; nothing else.
Secret secret_from(std::optional<std::string_view> value) {
  if (!value) return {SecretKey::generate(), true};
  auto key = SecretKey::parse(*value);
  if (!key) throw Failure("invalid secret");
  return {*std::move(key), false};
}

Secret secret_from_environment() {
  const char* value = std::getenv("IROH_SECRET");
  return secret_from(value == nullptr ? std::nullopt : std::optional<std::string_view>(value));
}

std::string secret_key_line(const SecretKey& key) {
  return "using secret key " + key.to_hex();
}

SecretKey read_secret_file(const std::string& path) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat facts{};
  if (file.fd() < 0 || ::fstat(file.fd(), &facts) != 0) throw file_failure(path);
  if ((facts.st_mode & 077) != 0) throw Failure(path + ": others can read this key; chmod 600 it first");
  char text[SecretKey::size * 2 + 2];
  const ssize_t size = ::read(file.fd(), text, sizeof text);
  if (size < 0) throw file_failure(path);
  std::string_view line(text, static_cast<std::size_t>(size));
  if (line.ends_with('\n')) line.remove_suffix(1);
  auto key = SecretKey::parse(line);
  if (!key) throw Failure(path + ": invalid secret");
  return *std::move(key);
}

void write_secret_file(const std::string& path, const SecretKey& key) {
  const File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, owner_only));
  if (file.fd() < 0) throw file_failure(path);
  const std::string line = key.to_hex() + "\n";
  if (::write(file.fd(), line.data(), line.size()) != static_cast<ssize_t>(line.size())) throw file_failure(path);
}

}  // namespace iroh::tools
