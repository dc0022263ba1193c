// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/share/walk.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tools/lib/failure.hpp"
#include "tools/lib/share/names.hpp"

namespace iroh::tools {

namespace fs = std::filesystem;

namespace {

Failure path_failure(const fs::path& path, const std::string& text) {
  return Failure(fmt::format("{}: {}", displayed(path.native()), text));
}

void add(SharedTree& tree, const fs::directory_entry& entry, const fs::path& root) {
  std::string name = entry.path().lexically_relative(root).native();
  // [tools.md 8] One name that cannot be given fails everything, before anything is shared.
  if (const auto problem = name_problem(name)) throw path_failure(entry.path(), "the name " + *problem);
  tree.files.push_back({std::move(name), entry.path(), entry.file_size()});
}

void add_below(SharedTree& tree, const fs::path& top, const fs::path& root) {
  // Neither option: links to folders are not followed, and a folder that cannot be read is an error.
  for (fs::recursive_directory_iterator at(top), end; at != end; ++at) {
    const fs::file_status status = at->symlink_status();
    if (fs::is_directory(status)) {
      if (at->path().filename().native().starts_with(data_directory_prefix)) at.disable_recursion_pending();
    } else if (fs::is_regular_file(status)) {
      add(tree, *at, root);
    }
  }
}

}  // namespace

std::uint64_t SharedTree::total_size() const noexcept {
  std::uint64_t sum = 0;
  for (const SharedFile& file : files) sum += file.size;
  return sum;
}

// [tools.md §2.4] Names begin with the last component of the canonical path.
SharedTree walk(const fs::path& path) {
  try {
    const fs::path top = fs::canonical(path);
    const fs::path root = top.parent_path();
    if (top == root) throw path_failure(path, "the root folder has no name to share it under");
    SharedTree tree{.files = {}, .is_directory = fs::is_directory(top)};
    if (!tree.is_directory && !fs::is_regular_file(top)) throw path_failure(path, "neither a file nor a folder");
    if (top.filename().native().starts_with(data_directory_prefix))
      throw path_failure(path, "this is a data folder of these tools");
    if (tree.is_directory) {
      add_below(tree, top, root);
    } else {
      add(tree, fs::directory_entry(top), root);
    }
    std::sort(tree.files.begin(), tree.files.end(),
              [](const SharedFile& a, const SharedFile& b) { return a.name < b.name; });
    return tree;
  } catch (const fs::filesystem_error& error) {
    throw path_failure(error.path1().empty() ? path : error.path1(), error.code().message());
  }
}

}  // namespace iroh::tools
