// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/blobs/tag.hpp"

#include <fmt/core.h>

#include "base/hex.hpp"
#include "base/utf8.hpp"

namespace iroh {

TagName TagName::automatic(std::chrono::system_clock::time_point now, unsigned attempt) {
  using namespace std::chrono;
  const auto day = floor<days>(now);
  const year_month_day date(day);
  const hh_mm_ss time(floor<milliseconds>(now - day));
  std::string name =
      fmt::format("auto-{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                  time.minutes().count(), time.seconds().count(), time.subseconds().count());
  // [blobs.md 9]
  if (attempt > 0) name += fmt::format("-{}", attempt);
  return TagName(std::move(name));
}

std::optional<TagName> TagName::after_prefix() const {
  std::string bound = name_;
  // [blobs.md 8] A carry into the byte before would let in a name that lacks the prefix.
  while (!bound.empty() && bound.back() == '\xff') bound.pop_back();
  if (bound.empty()) return std::nullopt;
  bound.back() = static_cast<char>(static_cast<unsigned char>(bound.back()) + 1);
  return TagName(std::move(bound));
}

std::string TagName::to_string() const {
  return base::is_utf8(name_) ? '"' + name_ + '"' : base::to_hex(base::as_bytes(name_));
}

}  // namespace iroh
