// SPDX-License-Identifier: MIT OR Apache-2.0
// Names in collections: which of them may become files here, and how they are shown. [tools.md §2.7]
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "iroh/blobs/collection.hpp"

namespace iroh::tools {

// Without these bounds a sender could make us build paths that no system call takes, after much work.
constexpr std::size_t max_component_bytes = 255;
constexpr std::size_t max_components = 256;
constexpr std::size_t max_name_bytes = 4096;

/// Folders whose name begins so are the tools' own.
constexpr std::string_view data_directory_prefix = ".sendme-";

/// What is wrong with a name, for the user; nothing if it may become a path below the target folder.
std::optional<std::string> name_problem(std::string_view name);
/// The same for all names together: also duplicates, and names that are folders of others.
std::optional<std::string> names_problem(std::span<const Collection::Entry> entries);

/// For a terminal: control characters are escaped, and bytes that are not UTF-8.
std::string displayed(std::string_view name);

/// Everything up to the first '/'.
std::string_view first_component(std::string_view name) noexcept;

}  // namespace iroh::tools
