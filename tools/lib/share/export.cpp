// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/share/export.hpp"
#include "tools/lib/as_values.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tools/lib/failure.hpp"
#include "tools/lib/share/names.hpp"
#include "tools/lib/share/parallel.hpp"

namespace iroh::tools {
namespace {

namespace fs = std::filesystem;
using Entry = Collection::Entry;
using Present = TargetFolder::Present;

/// Exports that wait for the store, so that it never waits for us.
constexpr std::size_t exports_at_once = 64;
/// Smaller blobs are not files in the store.
constexpr std::uint64_t moved_from = 16'384;

class Exporter {
 public:
  Exporter(BlobStore store, const Collection& collection, const TargetFolder& target, const ExportParts& parts,
           ProgressLines& lines, const bool& is_interrupted)
      : store_(std::move(store)),
        entries_(collection.entries()),
        target_(target),
        parts_(parts),
        lines_(lines),
        is_interrupted_(is_interrupted) {
    for (const Entry& entry : entries_) ++uses_[entry.hash];
  }

  Task<> run() {
    // [tools.md 10]
    if (const auto problem = names_problem(entries_)) throw Failure("refused: " + *problem);
    co_await look_at_targets();
    const std::function<Task<>(std::size_t)> job = [this](std::size_t index) { return export_one(index); };
    co_await for_each_index(entries_.size(), exports_at_once, job);
  }

 private:
  /// Before anything is moved, so that removing what is in the way loses nothing. [tools.md 17]
  Task<> look_at_targets() {
    is_there_.resize(entries_.size());
    for (std::size_t i = 0; i < entries_.size() && !is_interrupted_; ++i) {
      const Bitfield known = co_await store_.bitfield(entries_[i].hash);
      const Present present = target_.look(entries_[i].name, entries_[i].hash, known.size());
      if (present == Present::something_else) throw taken(entries_[i]);
      is_there_[i] = present == Present::same_content;
    }
  }

  Task<> export_one(std::size_t index) {
    const Entry& entry = entries_[index];
    if (is_interrupted_) co_return;
    if (!is_there_[index]) co_await export_missing(entry, index);
    lines_.set(0, {.label = "[4/4] exporting", .done = ++done_, .total = entries_.size(), .unit = Bar::Unit::items});
  }

  Task<> export_missing(const Entry& entry, std::size_t index) {
    const Bitfield known = co_await store_.bitfield(entry.hash);
    // Moved if nobody else needs it in the store: no second copy, and no time for making one.
    const bool is_moved = parts_.are_moved && uses_[entry.hash] == 1 && known.size() > moved_from;
    fs::path part = parts_.of(entry.hash);
    if (!is_moved) part += fmt::format("-{}", index);  // equal files may be exported at the same time
    ExportOptions options;
    options.mode = is_moved ? FileMode::move : FileMode::copy;
    auto [error] = co_await store_.export_path(entry.hash, part, std::move(options), as_values);
    if (error) throw Failure(fmt::format("{}: {}", displayed(entry.name), error.message()));
    if (!target_.place(part, entry.name)) throw taken(entry);
  }

  Failure taken(const Entry& entry) const {
    return Failure(
        fmt::format("target {} already exists. Export stopped.\nYou can remove the file or directory and "
                    "try again. The download will not be repeated.",
                    displayed(target_.path_of(entry.name).native())));
  }

  BlobStore store_;
  std::span<const Entry> entries_;
  const TargetFolder& target_;
  const ExportParts& parts_;
  ProgressLines& lines_;
  const bool& is_interrupted_;
  std::unordered_map<Hash, std::size_t> uses_;
  std::vector<bool> is_there_;
  std::size_t done_ = 0;
};

}  // namespace

Task<> take_back(BlobStore store, const Collection& collection, const TargetFolder& target, const ExportParts& parts) {
  if (names_problem(collection.entries())) co_return;
  for (const Entry& entry : collection.entries()) {
    const Bitfield known = co_await store.bitfield(entry.hash);
    if (known.is_complete()) continue;
    AddOptions options;
    fs::path path = parts.of(entry.hash);
    options.mode = FileMode::move;
    if (!fs::exists(path)) {
      if (target.look(entry.name, entry.hash, std::nullopt) != Present::same_content) continue;
      path = target.path_of(entry.name);
      options.mode = FileMode::reference;
    }
    // What cannot be taken back is fetched again.
    auto [error, tag] = co_await store.add_path(path, std::move(options), as_values);
  }
}

Task<> export_collection(BlobStore store, const Collection& collection, const TargetFolder& target,
                         const ExportParts& parts, ProgressLines& lines, const bool& is_interrupted) {
  Exporter exporter(std::move(store), collection, target, parts, lines, is_interrupted);
  co_await exporter.run();
}

}  // namespace iroh::tools
