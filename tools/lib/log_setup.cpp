// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/log_setup.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>

namespace iroh::tools {
namespace {

// [tools.md 3] stderr only; one write per line, so that lines of several threads do not mix.
void write_line(base::LogLevel level, std::string_view target, std::string_view text) noexcept {
  try {
    fmt::basic_memory_buffer<char, 512> line;
    fmt::format_to(std::back_inserter(line), "{} {}: {}\n", base::to_string(level), target, text);
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
  } catch (...) {
    // No memory: the line is lost.
  }
}

}  // namespace

base::LogLevel log_level_of(std::string_view directives) noexcept {
  auto level = base::LogLevel::off;
  while (!directives.empty()) {
    const auto comma = std::min(directives.find(','), directives.size());
    std::string_view directive = directives.substr(0, comma);
    directives.remove_prefix(std::min(comma + 1, directives.size()));
    if (const auto equals = directive.rfind('='); equals != directive.npos) directive.remove_prefix(equals + 1);
    level = std::max(level, base::parse_log_level(directive).value_or(base::LogLevel::off));
  }
  return level;
}

void log_to_stderr() {
  const char* directives = std::getenv("IROH_LOG");
  if (directives == nullptr) directives = std::getenv("RUST_LOG");
  base::set_log_sink(&write_line, directives == nullptr ? base::LogLevel::error : log_level_of(directives));
}

}  // namespace iroh::tools
