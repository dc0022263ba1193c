// SPDX-License-Identifier: MIT OR Apache-2.0
// `iroh blob add`, `list`, `export`, `tag`, `gc`, `verify`: on the store alone.
#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/json/array.hpp>

#include "tools/lib/as_values.hpp"
#include "tools/lib/blob/commands.hpp"
#include "tools/lib/blob/open_store.hpp"
#include "tools/lib/failure.hpp"
#include "tools/lib/number_format.hpp"
#include "tools/lib/share/data_directory.hpp"
#include "tools/lib/share/export.hpp"
#include "tools/lib/share/import.hpp"
#include "tools/lib/share/names.hpp"
#include "tools/lib/share/session.hpp"
#include "tools/lib/share/walk.hpp"

namespace iroh::tools {
namespace {

namespace fs = std::filesystem;
using boost::json::object;

void print(const BlobOptions& options, const object& json, const std::string& line) {
  if (options.share.json) {
    print_json_line(json);
  } else {
    print_line(line);
  }
}

/// What is added is kept by a tag, so that it stays after this process.
Task<TagName> keep(BlobStore store, const BlobOptions& options, const HashAndFormat& content) {
  if (!options.tag) co_return co_await store.create_tag(content);
  TagName name(*options.tag);
  co_await store.set_tag(name, content);
  co_return name;
}

std::string state_of(const Bitfield& present) {
  if (present.is_complete()) return "complete";
  return fmt::format("partial, {} there", format_bytes(present.total_bytes()));
}

/// Its own work folder is in the target, so that files only have to be renamed.
Task<> export_tree(BlobStore store, const Hash& root, const BlobOptions& options) {
  const Collection collection = co_await store.collection(root);
  fs::create_directories(options.path);
  const TargetFolder target(options.path);
  const SendDirectory work(target.path());
  const ExportParts parts{.folder = work.path(), .are_moved = false};
  ProgressLines lines(!options.share.no_progress && !options.share.json);
  const bool is_interrupted = false;
  co_await export_collection(store, collection, target, parts, lines, is_interrupted);
}

Task<> export_file(BlobStore store, const Hash& hash, const BlobOptions& options) {
  const fs::path path = fs::absolute(options.path);
  const TargetFolder target(path.parent_path());
  const SendDirectory work(target.path());
  const fs::path part = work.path() / "part";
  co_await store.export_path(hash, part);
  const bool is_placed = target.place(part, path.filename().native());
  if (!is_placed) throw Failure(fmt::format("{} is there already", displayed(path.native())));
}

/// True if it is intact.
Task<bool> verify_one(BlobStore store, const BlobOptions& options, const Hash& hash) {
  const VerifyReport report = co_await store.verify(hash);
  const bool is_intact = report.is_intact();
  object json{{"hash", hash.to_string()}, {"intact", is_intact}, {"complete", report.after.is_complete()}};
  if (report.first) json["error"] = report.first->to_string();
  print(options, json,
        fmt::format("{} {}", hash.to_string(),
                    is_intact ? "intact" : "damaged: " + (report.first ? report.first->to_string() : "unreadable")));
  co_return is_intact;
}

}  // namespace

Task<int> blob_add(BlobOptions options) {
  SharedTree tree = walk(options.path);
  const std::uint64_t size = tree.total_size();
  const BlobStore store = co_await open_store(options);
  ProgressLines lines(!options.share.no_progress && !options.share.json);
  const ImportSettings settings{.mode = options.by_reference ? FileMode::reference : FileMode::copy,
                                .is_single_blob = !tree.is_directory};
  const Imported imported = co_await import_tree(store, std::move(tree), settings, lines);
  lines.clear();
  const HashAndFormat content = imported.root.content();
  const TagName tag = co_await keep(store, options, content);
  co_await store.sync();
  print(options, {{"content", content.to_string()}, {"bytes", size}, {"tag", tag.view()}},
        fmt::format("{} {} tag {}", content.to_string(), format_bytes(size), tag.to_string()));
  co_return exit_ok;
}

Task<int> blob_list(BlobOptions options) {
  const BlobStore store = co_await open_store(options);
  const std::vector<Hash> hashes = co_await store.list();
  for (const Hash& hash : hashes) {
    const Bitfield present = co_await store.bitfield(hash);
    print(options,
          {{"hash", hash.to_string()},
           {"size", present.size()},
           {"present", present.total_bytes()},
           {"complete", present.is_complete()}},
          fmt::format("{} {} {}", hash.to_string(), format_bytes(present.size()), state_of(present)));
  }
  co_return exit_ok;
}

Task<int> blob_export(BlobOptions options) {
  const BlobStore store = co_await open_store(options);
  const HashAndFormat content = co_await find_content(store, options.content);
  if (content.format == BlobFormat::hash_seq) {
    co_await export_tree(store, content.hash, options);
  } else {
    co_await export_file(store, content.hash, options);
  }
  print(options, {{"content", content.to_string()}, {"path", options.path}}, "exported to " + displayed(options.path));
  co_return exit_ok;
}

Task<int> blob_tag_list(BlobOptions options) {
  const BlobStore store = co_await open_store(options);
  const std::vector<TagInfo> tags = co_await store.tags();
  for (const TagInfo& tag : tags) {
    print(options, {{"tag", displayed(tag.name.view())}, {"content", tag.content.to_string()}},
          fmt::format("{} {}", tag.content.to_string(), displayed(tag.name.to_string())));
  }
  co_return exit_ok;
}

Task<int> blob_tag_set(BlobOptions options) {
  const BlobStore store = co_await open_store(options);
  const HashAndFormat content = co_await find_content(store, options.content);
  co_await store.set_tag(TagName(*options.tag), content);
  co_await store.sync();
  co_return exit_ok;
}

Task<int> blob_tag_delete(BlobOptions options) {
  const BlobStore store = co_await open_store(options);
  TagRange range = TagRange::single(TagName(*options.tag));
  const std::size_t count = co_await store.delete_tags(std::move(range));
  co_await store.sync();
  if (count == 0) throw Failure("there is no such tag");
  co_return exit_ok;
}

Task<int> blob_tag_rename(BlobOptions options) {
  const BlobStore store = co_await open_store(options);
  auto [error] = co_await store.rename_tag(TagName(*options.tag), TagName(options.other_tag), as_values);
  if (error == BlobError::not_found) throw Failure("there is no such tag");
  if (error) throw Failure(error.message());
  co_await store.sync();
  co_return exit_ok;
}

Task<int> blob_gc(BlobOptions options) {
  const BlobStore store = co_await open_store(options);
  const std::size_t count = co_await store.collect_garbage();
  co_await store.sync();
  print(options, {{"deleted", count}}, fmt::format("deleted {} blobs", count));
  co_return exit_ok;
}

Task<int> blob_verify(BlobOptions options) {
  const BlobStore store = co_await open_store(options);
  std::vector<Hash> hashes;
  if (options.content.empty()) {
    hashes = co_await store.list();
  } else {
    const HashAndFormat content = co_await find_content(store, options.content);
    hashes.push_back(content.hash);
  }
  bool are_intact = true;
  for (const Hash& hash : hashes) {
    const bool is_intact = co_await verify_one(store, options, hash);
    are_intact = are_intact && is_intact;
  }
  co_return are_intact ? exit_ok : exit_failure;
}

}  // namespace iroh::tools
