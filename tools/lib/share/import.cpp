// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/share/import.hpp"
#include "tools/lib/as_values.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <functional>
#include <utility>
#include <vector>

#include "tools/lib/failure.hpp"
#include "tools/lib/share/names.hpp"
#include "tools/lib/share/parallel.hpp"

namespace iroh::tools {
namespace {

/// Imports that wait for the store, so that it never waits for us.
constexpr std::size_t imports_at_once = 64;
/// Smaller files are hashed before a bar could be seen.
constexpr std::uint64_t own_bar_from = std::uint64_t{16} << 20;

Task<TempTag> import_file(BlobStore store, const SharedFile& file, FileMode mode, ProgressLines& lines,
                          ProgressLines::Key key) {
  AddOptions options;
  options.mode = mode;
  const bool has_bar = lines.is_shown() && file.size >= own_bar_from;
  if (has_bar) {
    options.progress = [&lines, &file, key](std::uint64_t done) {
      lines.set(key, {.label = "computing outboard " + displayed(file.name), .done = done, .total = file.size});
    };
  }
  auto [error, tag] = co_await store.add_path(file.path, std::move(options), as_values);
  if (has_bar) lines.remove(key);
  if (error) throw Failure(fmt::format("{}: {}", displayed(file.path.native()), error.message()));
  co_return std::move(tag);
}

}  // namespace

/// [tools.md §2.4] The root's tag protects everything, so the others can go.
Task<Imported> import_tree(BlobStore store, SharedTree tree, const ImportSettings& settings, ProgressLines& lines) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<TempTag> tags(tree.files.size());
  std::uint64_t done = 0;
  const auto import_one = [&](std::size_t index) -> Task<> {
    tags[index] = co_await import_file(store, tree.files[index], settings.mode, lines, index + 1);
    lines.set(0, {.label = "importing", .done = ++done, .total = tags.size(), .unit = Bar::Unit::items});
  };
  const std::function<Task<>(std::size_t)> job = import_one;
  co_await for_each_index(tags.size(), imports_at_once, job);
  Imported imported;
  for (std::size_t i = 0; i < tags.size(); ++i) imported.collection.add(tree.files[i].name, tags[i].hash());
  if (settings.is_single_blob) {
    imported.root = tags.front();
  } else {
    imported.root = co_await store.add_collection(imported.collection);
  }
  lines.clear();
  imported.tree = std::move(tree);
  imported.duration = std::chrono::steady_clock::now() - start;
  co_return imported;
}

}  // namespace iroh::tools
