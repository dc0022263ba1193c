// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace iroh::base {
namespace {

constexpr std::array<std::string_view, 6> names{"off", "error", "warn", "info", "debug", "trace"};
std::atomic<LogSink> log_sink{nullptr};

constexpr char to_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

}  // namespace

std::string_view to_string(LogLevel level) noexcept {
  return names[static_cast<std::size_t>(level)];
}

std::optional<LogLevel> parse_log_level(std::string_view text) noexcept {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (std::ranges::equal(text, names[i], {}, to_lower)) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

void set_log_sink(LogSink sink, LogLevel max_level) noexcept {
  log_sink.store(sink);
  detail::max_log_level.store(sink == nullptr ? LogLevel::off : max_level);
}

void detail::write_log(LogLevel level, std::string_view target, fmt::string_view format,
                       fmt::format_args arguments) noexcept {
  const LogSink sink = log_sink.load();
  if (sink == nullptr) return;
  try {
    fmt::basic_memory_buffer<char, 512> text;
    fmt::vformat_to(std::back_inserter(text), format, arguments);
    sink(level, target, {text.data(), text.size()});
  } catch (...) {
    // An argument that cannot be formatted, or no memory. Logging must not change what the program does.
    sink(level, target, "(log text could not be formatted)");
  }
}

}  // namespace iroh::base
