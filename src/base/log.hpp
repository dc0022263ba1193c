// SPDX-License-Identifier: MIT OR Apache-2.0
// Logging as the library sees it: a level, a target ("quic", "tls", ...) and a text. One sink for the process, none by
// default; a program installs one. The text is formatted only if the level is enabled.
#pragma once

#include <fmt/core.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>

namespace iroh::base {

enum class LogLevel : std::uint8_t { off, error, warn, info, debug, trace };

std::string_view to_string(LogLevel level) noexcept;
/// "off", "error", "warn", "info", "debug" or "trace", in any case.
std::optional<LogLevel> parse_log_level(std::string_view text) noexcept;

/// Called from any thread, also from several at once; must not throw, block for long, or log.
using LogSink = void (*)(LogLevel level, std::string_view target, std::string_view text) noexcept;

/// Sends everything up to max_level to the sink. nullptr: logging is off again.
void set_log_sink(LogSink sink, LogLevel max_level) noexcept;

namespace detail {
inline std::atomic<LogLevel> max_log_level{LogLevel::off};
void write_log(LogLevel level, std::string_view target, fmt::string_view format, fmt::format_args arguments) noexcept;
}  // namespace detail

inline bool is_log_enabled(LogLevel level) noexcept {
  return level != LogLevel::off && level <= detail::max_log_level.load(std::memory_order_relaxed);
}

/// log(LogLevel::debug, "quic", "path {} validated", id);
template <class... Args>
void log(LogLevel level, std::string_view target, fmt::format_string<Args...> format, Args&&... args) noexcept {
  if (is_log_enabled(level)) detail::write_log(level, target, format, fmt::make_format_args(args...));
}

}  // namespace iroh::base
