// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/number_format.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace iroh::tools {
namespace {

constexpr std::array<std::string_view, 9> byte_units{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"};

struct TimeUnit {
  std::string_view name;
  double seconds;
};
constexpr std::array<TimeUnit, 6> time_units{
    {{"second", 1}, {"minute", 60}, {"hour", 3600}, {"day", 86'400}, {"week", 604'800}, {"year", 31'536'000}}};

char to_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

/// The power of 1024 of "", "B", "K", "KB", "KiB", ...
std::optional<unsigned> size_shift(std::string_view unit) {
  constexpr std::string_view letters = "KMGT";
  if (unit.empty() || unit == "B" || unit == "b") return 0;
  const auto power = letters.find(to_upper(unit[0]));
  const std::string_view rest = unit.substr(1);
  if (power == letters.npos || !(rest.empty() || rest == "iB" || rest == "ib" || rest == "B")) return std::nullopt;
  return static_cast<unsigned>(10 * (power + 1));
}

}  // namespace

std::string format_bytes(std::uint64_t count) {
  if (count < 1024) return fmt::format("{} B", count);
  double value = static_cast<double>(count);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < byte_units.size(); ++unit) value /= 1024;
  return fmt::format("{:.2f} {}", value, byte_units[unit]);
}

std::string format_duration(std::chrono::nanoseconds duration) {
  const double seconds = std::chrono::duration<double>(duration).count();
  std::size_t unit = time_units.size() - 1;
  while (unit > 0 && seconds + time_units[unit - 1].seconds / 2 < 1.5 * time_units[unit].seconds) --unit;
  auto count = static_cast<std::uint64_t>(std::llround(seconds / time_units[unit].seconds));
  if (unit > 0 && count < 2) count = 2;
  return fmt::format("{} {}{}", count, time_units[unit].name, count == 1 ? "" : "s");
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.starts_with(' ')) text.remove_prefix(1);
  const auto shift = size_shift(text);
  if (!shift || count > std::numeric_limits<std::uint64_t>::max() >> *shift) return std::nullopt;
  return count << *shift;
}

}  // namespace iroh::tools
