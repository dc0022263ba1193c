// SPDX-License-Identifier: MIT OR Apache-2.0
#include "endpoint/key_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "base/log.hpp"

namespace iroh::endpoint {
namespace {

class KeyLogFile {
 public:
  explicit KeyLogFile(int fd) noexcept : fd_(fd) {}
  KeyLogFile(const KeyLogFile&) = delete;
  KeyLogFile& operator=(const KeyLogFile&) = delete;
  ~KeyLogFile() { ::close(fd_); }

  /// One write in append mode: lines of several threads, or processes, do not mix.
  void append(std::string_view line) const {
    std::string text(line);
    text += '\n';
    if (::write(fd_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
      base::log(base::LogLevel::warn, "endpoint", "the key log cannot be written: {}", std::strerror(errno));
    }
  }

 private:
  int fd_;
};

}  // namespace

std::shared_ptr<const tls::KeyLog> key_log_from_environment() {
  // [endpoint.md 24] Without the variable no file is written.
  const char* path = std::getenv("SSLKEYLOGFILE");
  if (path == nullptr || *path == '\0') return nullptr;
  // Secrets are for the user alone.
  const int fd = ::open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) {
    base::log(base::LogLevel::warn, "endpoint", "no key log: {}: {}", path, std::strerror(errno));
    return nullptr;
  }
  base::log(base::LogLevel::warn, "endpoint", "TLS secrets are written to {}", path);
  const auto file = std::make_shared<KeyLogFile>(fd);
  return std::make_shared<const tls::KeyLog>([file](std::string_view line) { file->append(line); });
}

}  // namespace iroh::endpoint
