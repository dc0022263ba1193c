// SPDX-License-Identifier: MIT OR Apache-2.0
/// Tags: persistent names for content; what a tag names is kept. [blobs.md §1.6]
#pragma once

#include <chrono>
#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "iroh/blobs/hash.hpp"

namespace iroh {

/// Any bytes, ordered byte by byte; usually text.
class TagName {
 public:
  TagName() noexcept = default;
  TagName(std::string_view name) : name_(name) {}
  TagName(const char* name) : name_(name) {}
  /// "auto-2026-11-25T10:30:00.123Z", with "-1", "-2" and so on behind from the second attempt.
  static TagName automatic(std::chrono::system_clock::time_point now, unsigned attempt);

  std::string_view view() const noexcept { return name_; }
  /// The smallest name that is greater.
  TagName successor() const { return TagName(name_ + '\0'); }
  /// The smallest name that is greater than all with this prefix; nothing if there is none.
  std::optional<TagName> after_prefix() const;
  /// In double quotes if it is UTF-8, else in hex.
  std::string to_string() const;

  friend bool operator==(const TagName&, const TagName&) noexcept = default;
  /// char_traits<char> compares as unsigned bytes.
  friend std::strong_ordering operator<=>(const TagName&, const TagName&) noexcept = default;

 private:
  explicit TagName(std::string&& name) noexcept : name_(std::move(name)) {}
  std::string name_;
};

/// Names from `from` on, up to `to` exclusively; without bounds where there is nothing.
struct TagRange {
  std::optional<TagName> from;
  std::optional<TagName> to;

  static TagRange all() { return {}; }
  static TagRange single(const TagName& name) { return {name, name.successor()}; }
  static TagRange prefix(const TagName& prefix) { return {prefix, prefix.after_prefix()}; }
  static TagRange closed(const TagName& first, const TagName& last) { return {first, last.successor()}; }

  bool contains(const TagName& name) const noexcept { return (!from || *from <= name) && (!to || name < *to); }
};

struct TagInfo {
  TagName name;
  HashAndFormat content;
  friend bool operator==(const TagInfo&, const TagInfo&) = default;
};

}  // namespace iroh
