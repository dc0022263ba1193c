// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/share/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/utf8.hpp"

namespace iroh::tools {
namespace {

std::optional<std::string> component_problem(std::string_view component) {
  if (component.empty()) return "has an empty component";
  if (component == "." || component == "..") return fmt::format("has the component {}", component);
  if (component.size() > max_component_bytes) return "has a component of more than 255 bytes";
  return std::nullopt;
}

/// Orders names so that a folder stands directly before what is in it.
bool path_less(std::string_view left, std::string_view right) {
  const auto rank = [](char c) { return c == '/' ? 0 : static_cast<int>(static_cast<unsigned char>(c)) + 1; };
  return std::lexicographical_compare(left.begin(), left.end(), right.begin(), right.end(),
                                      [&](char a, char b) { return rank(a) < rank(b); });
}

bool is_folder_of(std::string_view folder, std::string_view name) {
  return name.size() > folder.size() && name.starts_with(folder) && name[folder.size()] == '/';
}

bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

std::string bytes_escaped(std::string_view name) {
  std::string text;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    text += byte >= 0x20 && byte < 0x7f ? std::string(1, c) : fmt::format("\\x{:02x}", byte);
  }
  return text;
}

}  // namespace

// [tools.md 10] Leading, trailing and double slashes are empty components.
std::optional<std::string> name_problem(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > max_name_bytes) return "is longer than 4096 bytes";
  if (name.find('\0') != name.npos) return "has a zero byte";
  // Upstream never sends it, and on Windows it would separate folders.
  if (name.find('\\') != name.npos) return "has a backslash";
  if (!base::is_utf8(name)) return "is not UTF-8";
  // A sender could reach into the data folder of another transfer.
  if (first_component(name).starts_with(data_directory_prefix)) return "is reserved";
  std::size_t components = 1;
  for (std::string_view rest = name;; ++components) {
    const auto slash = rest.find('/');
    if (auto problem = component_problem(rest.substr(0, slash))) return problem;
    if (slash == rest.npos) break;
    rest.remove_prefix(slash + 1);
  }
  if (components > max_components) return "has more than 256 components";
  return std::nullopt;
}

std::optional<std::string> names_problem(std::span<const Collection::Entry> entries) {
  std::vector<std::string_view> names;
  names.reserve(entries.size());
  for (const auto& entry : entries) {
    if (const auto problem = name_problem(entry.name))
      return fmt::format("the name \"{}\" {}", displayed(entry.name), *problem);
    names.push_back(entry.name);
  }
  std::sort(names.begin(), names.end(), path_less);
  for (std::size_t i = 1; i < names.size(); ++i) {
    if (names[i] == names[i - 1]) return fmt::format("the name \"{}\" is there twice", displayed(names[i]));
    if (is_folder_of(names[i - 1], names[i]))
      return fmt::format("\"{}\" is a file, and a folder for \"{}\"", displayed(names[i - 1]), displayed(names[i]));
  }
  return std::nullopt;
}

std::string displayed(std::string_view name) {
  const auto points = base::decode_utf8(name);
  if (!points) return bytes_escaped(name);
  std::string text;
  for (const char32_t point : *points) {
    if (is_control(point)) {
      text += fmt::format("\\x{:02x}", static_cast<unsigned>(point));
    } else {
      base::append_utf8(text, point);
    }
  }
  return text;
}

std::string_view first_component(std::string_view name) noexcept {
  return name.substr(0, name.find('/'));
}

}  // namespace iroh::tools
