// SPDX-License-Identifier: MIT OR Apache-2.0
// Import and export through a real store in a folder; no network.
#include "tools/lib/share/export.hpp"

#include <gtest/gtest.h>

#include "tools/lib/failure.hpp"
#include "tools/lib/share/import.hpp"
#include "tools/lib/share/temporary_folder.hpp"

namespace iroh::tools {
namespace {

namespace fs = std::filesystem;

/// Larger ones are files in the store, and are moved out of it.
const std::string large(50'000, 'x');

struct Place {
  Place() {
    for (const char* name : {"source/top", "target", "parts"}) fs::create_directories(folder / name);
  }
  Task<BlobStore> store() const { co_return co_await BlobStore::open(folder / "store"); }
  ExportParts parts() const { return {.folder = folder / "parts", .are_moved = true}; }

  TemporaryFolder folder;
  ProgressLines lines{false};
};

/// Runs the test's coroutine; what it throws is the test's failure.
void run_test(Task<> test) {
  EXPECT_EQ(run(std::move(test)), 0);
}

Task<Imported> import_top(const Place& place, BlobStore store, ProgressLines& lines) {
  SharedTree tree = walk(place.folder / "source/top");
  const ImportSettings settings{.mode = FileMode::copy};
  co_return co_await import_tree(store, std::move(tree), settings, lines);
}

Task<> export_to_target(Place& place, BlobStore store, const Collection& collection, const bool& is_interrupted) {
  const TargetFolder target(place.folder / "target");
  const ExportParts parts = place.parts();
  co_await export_collection(store, collection, target, parts, place.lines, is_interrupted);
}

/// The text of the Failure, or nothing.
Task<std::string> failure_of_export(Place& place, BlobStore store, const Collection& collection) {
  const bool is_interrupted = false;
  try {
    co_await export_to_target(place, store, collection, is_interrupted);
  } catch (const Failure& failure) {
    co_return failure.what();
  }
  co_return std::string();
}

void write_sources(const Place& place) {
  place.folder.write("source/top/a", large + "a");
  place.folder.write("source/top/b/empty", "");
  place.folder.write("source/top/b/same", large);
  place.folder.write("source/top/b/same too", large);
  place.folder.write("source/top/small", "small");
}

void expect_all_exported(const Place& place) {
  EXPECT_EQ(content_of(place.folder / "target/top/a"), large + "a");
  EXPECT_TRUE(fs::exists(place.folder / "target/top/b/empty"));
  EXPECT_EQ(content_of(place.folder / "target/top/b/same"), large);
  EXPECT_EQ(content_of(place.folder / "target/top/b/same too"), large);
  EXPECT_EQ(content_of(place.folder / "target/top/small"), "small");
  EXPECT_TRUE(fs::is_empty(place.folder / "parts"));
}

Task<> everything_arrives() {
  Place place;
  write_sources(place);
  const BlobStore store = co_await place.store();
  const Imported imported = co_await import_top(place, store, place.lines);
  const std::string failure = co_await failure_of_export(place, store, imported.collection);
  EXPECT_EQ(failure, "");
  expect_all_exported(place);
}
TEST(ShareExport, EverythingArrives) {
  run_test(everything_arrives());
}

Task<> one_bad_name() {
  Place place;
  const BlobStore store = co_await place.store();
  const TempTag tag = co_await store.add_bytes(Bytes::from_string("x"));
  for (const char* name : {"../x", "/x", "fine/../x", ".sendme-x/y", "fine"}) {
    Collection collection;
    collection.add("fine", tag.hash());
    collection.add(name, tag.hash());
    const std::string failure = co_await failure_of_export(place, store, collection);
    EXPECT_TRUE(failure.starts_with("refused: ")) << failure;
    EXPECT_TRUE(fs::is_empty(place.folder / "target")) << name;
  }
}
// [tools.md §2.7] rule 1
TEST(ShareExport, OneBadNameRefusesEverything) {
  run_test(one_bad_name());
}

Task<> existing_target() {
  Place place;
  write_sources(place);
  const BlobStore store = co_await place.store();
  const Imported imported = co_await import_top(place, store, place.lines);
  place.folder.write("target/top/small", "mine");
  const std::string failure = co_await failure_of_export(place, store, imported.collection);
  EXPECT_TRUE(failure.starts_with("target " + (place.folder / "target/top/small").native() + " already exists."));
  EXPECT_FALSE(fs::exists(place.folder / "target/top/a"));
  EXPECT_EQ(content_of(place.folder / "target/top/small"), "mine");
  fs::remove_all(place.folder / "target/top");
  const std::string again = co_await failure_of_export(place, store, imported.collection);
  EXPECT_EQ(again, "");
  expect_all_exported(place);
}
// [tools.md 17] Nothing was moved out of the store before the failure.
TEST(ShareExport, AnExistingTargetStopsItBeforeItBegins) {
  run_test(existing_target());
}

Task<bool> has_all(BlobStore store, const Collection& collection) {
  bool has = true;
  for (const auto& entry : collection.entries()) {
    const Bitfield known = co_await store.bitfield(entry.hash);
    has = has && known.is_complete();
  }
  co_return has;
}

Task<> taken_back() {
  Place place;
  write_sources(place);
  const BlobStore store = co_await place.store();
  const Imported imported = co_await import_top(place, store, place.lines);
  const TargetFolder target(place.folder / "target");
  const ExportParts parts = place.parts();
  // One file has its name already, another one has left the store and has none yet.
  ExportOptions options;
  options.mode = FileMode::move;
  const Hash a = Hash::of(large + "a");
  co_await store.export_path(a, parts.of(a), options);
  const bool is_placed = target.place(parts.of(a), "top/a");
  EXPECT_TRUE(is_placed);
  co_await store.export_path(Hash::of(large), parts.of(Hash::of(large)), options);
  const bool before = co_await has_all(store, imported.collection);
  EXPECT_FALSE(before);
  co_await take_back(store, imported.collection, target, parts);
  const bool after = co_await has_all(store, imported.collection);
  EXPECT_TRUE(after);
  const std::string failure = co_await failure_of_export(place, store, imported.collection);
  EXPECT_EQ(failure, "");
  expect_all_exported(place);
}
// [tools.md 18]
TEST(ShareExport, WhatAnInterruptedExportMovedIsFoundAgain) {
  run_test(taken_back());
}

Task<> interrupted() {
  Place place;
  write_sources(place);
  const BlobStore store = co_await place.store();
  const Imported imported = co_await import_top(place, store, place.lines);
  const bool is_interrupted = true;
  co_await export_to_target(place, store, imported.collection, is_interrupted);
  EXPECT_TRUE(fs::is_empty(place.folder / "target"));
}
TEST(ShareExport, StopsWhenItIsInterrupted) {
  run_test(interrupted());
}

Task<> by_reference() {
  Place place;
  write_sources(place);
  const BlobStore store = co_await place.store();
  SharedTree tree = walk(place.folder / "source/top");
  const ImportSettings settings{.mode = FileMode::reference};
  const Imported imported = co_await import_tree(store, std::move(tree), settings, place.lines);
  EXPECT_EQ(imported.collection.size(), 5U);
  EXPECT_EQ(imported.root.content(), imported.collection.to_blobs().root());
  const bool has = co_await has_all(store, imported.collection);
  EXPECT_TRUE(has);
  fs::remove(place.folder / "source/top/small");
  SharedTree broken{.files = {{"x", place.folder / "source/top/small", 5}}, .is_directory = false};
  bool has_failed = false;
  try {
    co_await import_tree(store, std::move(broken), settings, place.lines);
  } catch (const Failure&) {
    has_failed = true;
  }
  EXPECT_TRUE(has_failed);
}
// [tools.md §2.4]
TEST(ShareImport, FilesByReferenceAndAFileThatIsGone) {
  run_test(by_reference());
}

}  // namespace
}  // namespace iroh::tools
