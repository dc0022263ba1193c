// SPDX-License-Identifier: MIT OR Apache-2.0
// What every store must do, written once; each kind of store is one type parameter.
#include "blobs/store/file_store.hpp"
#include "blobs/store/garbage.hpp"
#include "blobs/store/memory_store.hpp"
#include "blobs/store/store_test_support.hpp"
#include "iroh/blobs/hash_seq.hpp"

namespace iroh::blobs {
namespace {

constexpr std::size_t standard_sizes[] = {0, 1, 1024, 16'383, 16'384, 16'385, 1'048'576, 8'388'608};

Bytes text(std::string_view words) {
  return Bytes::copy_of(words);
}

struct InMemory {
  static std::unique_ptr<Store> open(const std::filesystem::path&) { return std::make_unique<MemoryStore>(); }
  /// Larger than any file system has room for.
  static constexpr std::uint64_t huge = std::uint64_t{1} << 50;
};
struct InFiles {
  static std::unique_ptr<Store> open(const std::filesystem::path& folder) {
    auto opened = FileStore::open(folder / "store");
    EXPECT_TRUE(opened) << opened.error().message();
    return std::move(*opened);
  }
  /// As large as ext4 lets a sparse file be.
  static constexpr std::uint64_t huge = std::uint64_t{1} << 43;
};

template <class Kind>
class StoreTest : public testing::Test {
 protected:
  StoreTest() : owner_(Kind::open(folder_.path())), store_(*owner_) {}

  HashAndFormat add(Bytes data, ScopeId scope = global_scope) {
    return *store_.import_bytes(std::move(data), {.scope = scope});
  }
  bool has(const Hash& hash) { return store_.bitfield(hash)->is_complete(); }

  void receive(const Bytes& data, const ChunkRanges& ranges) { ASSERT_TRUE(blobs::receive(store_, data, ranges)); }
  bao::Encoded serve(const Hash& hash, const ChunkRanges& ranges) { return blobs::serve(store_, hash, ranges); }

  TestFolder folder_;
  std::unique_ptr<Store> owner_;
  Store& store_;
};

using Stores = testing::Types<InMemory, InFiles>;
TYPED_TEST_SUITE(StoreTest, Stores);

// [blobs.md §7.2]
TYPED_TEST(StoreTest, KeepsWhatIsImportedAndServesIt) {
  for (const std::size_t size : standard_sizes) {
    const Bytes data = letters(size);
    const HashAndFormat content = this->add(data);
    EXPECT_EQ(content, HashAndFormat::raw(Hash::of(data)));
    EXPECT_EQ(this->store_.bitfield(content.hash), Bitfield::complete(size));
    EXPECT_EQ(read_all(this->store_, content.hash, size), data);
    EXPECT_EQ(this->serve(content.hash, ChunkRanges::all()).bytes, bao::encode(data, ChunkRanges::all()).bytes);
  }
}

// [blobs.md 57]
TYPED_TEST(StoreTest, AlwaysHasTheEmptyBlob) {
  EXPECT_TRUE(this->has(Hash::empty()));
  EXPECT_EQ(read_all(this->store_, Hash::empty(), 0), Bytes());
  EXPECT_TRUE(this->store_.write(Hash::empty(), 5));
  EXPECT_TRUE(this->store_.list()->empty());
}

// [blobs.md 59] In any order, overlapping, and each with writers of its own.
TYPED_TEST(StoreTest, ReceivesRangesInAnyOrder) {
  base::SeededRandom random(31);
  for (int round = 0; round < 15; ++round) {
    const Bytes data = letters(bao::interesting_size(random, 600'000) + 1);
    const Hash hash = Hash::of(data);
    const std::uint64_t chunks = bao::Geometry(data.size()).chunks();
    ChunkRanges expected;
    for (int part = 0; part < 4; ++part) {
      const ChunkRanges ranges = bao::interesting_ranges(random, chunks);
      if (ranges.is_empty()) continue;
      this->receive(data, ranges);
      expected |= bao::Selection(ranges, bao::Geometry(data.size())).to_ranges();
      EXPECT_EQ(*this->store_.bitfield(hash), Bitfield(data.size(), expected));
    }
    this->receive(data, ChunkRanges::all());
    EXPECT_EQ(read_all(this->store_, hash, data.size()), data);
    EXPECT_EQ(this->serve(hash, ChunkRanges::all()).bytes, bao::encode(data, ChunkRanges::all()).bytes);
  }
}

// [blobs.md §4.5] What is there of a partial blob is served; the first missing item ends it.
TYPED_TEST(StoreTest, ServesPartialBlobs) {
  const Bytes data = letters(100'000);
  const Hash hash = Hash::of(data);
  const ChunkRanges part = ChunkRanges::range(16, 32);
  this->receive(data, part);
  const auto served = this->serve(hash, part);
  EXPECT_EQ(served.bytes.size(), 16'584u);
  EXPECT_EQ(served.bytes, bao::encode(data, part).bytes);
  const auto more = this->serve(hash, ChunkRanges::range(16, 48));
  ASSERT_TRUE(more.error);
  EXPECT_EQ(more.error->kind, bao::ErrorKind::parent_missing);
  const auto reader = *this->store_.open(hash);
  std::vector<std::byte> out(2000);
  EXPECT_TRUE(reader->read(16 * 1024, out));
  EXPECT_EQ(reader->read(15 * 1024, out).error(), BlobError::not_found);
  EXPECT_EQ(read_all(this->store_, hash, data.size()).error(), BlobError::incomplete);
}

// [blobs.md 22] The last chunk of a huge blob costs a page.
TYPED_TEST(StoreTest, TakesAChunkFarAwayWithoutTheGap) {
  constexpr std::uint64_t size = TypeParam::huge;
  const auto writer = *this->store_.write(Hash::of("huge"), size);
  const std::vector<std::byte> chunk(1024);
  const bao::Node node = {size / 1024 - 1, size / 1024};
  ASSERT_TRUE(writer->write({bao::ItemKind::leaf, node, chunk}));
  EXPECT_EQ(writer->bitfield().validated_size(), size);
}

TYPED_TEST(StoreTest, FailsForWhatItDoesNotHave) {
  const Hash unknown = Hash::of("unknown");
  EXPECT_EQ(this->store_.open(unknown).error(), BlobError::not_found);
  EXPECT_EQ(*this->store_.bitfield(unknown), Bitfield());
  EXPECT_EQ(this->store_.tag("no").error(), BlobError::not_found);
  EXPECT_EQ(this->store_.export_file(unknown, this->folder_ / "x", ExportMode::copy, {}).error(), BlobError::not_found);
}

// [blobs.md §4.3.6]
TYPED_TEST(StoreTest, ImportsAndExportsFiles) {
  const auto target = this->folder_ / "new" / "folder" / "file";
  for (const std::size_t size : standard_sizes) {
    const Bytes data = letters(size);
    const auto content = this->add(data);
    ASSERT_TRUE(this->store_.export_file(content.hash, target, ExportMode::copy, {}));  // replaces the one before
    EXPECT_EQ(std::filesystem::file_size(target), size);
    EXPECT_EQ(this->store_.import_file(target, ImportMode::copy, {}), content);
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(target.parent_path()), {}), 1) << "temporary files left";
}

// [blobs.md §4.3.6]
TYPED_TEST(StoreTest, RefusesPathsThatAreRelativeOrNoFiles) {
  const Hash hash = this->add(text("x")).hash;
  EXPECT_EQ(this->store_.export_file(hash, "relative", ExportMode::copy, {}).error(), BlobError::invalid_path);
  EXPECT_EQ(this->store_.import_file("relative", ImportMode::copy, {}).error(), BlobError::invalid_path);
  EXPECT_EQ(this->store_.import_file(this->folder_.path(), ImportMode::copy, {}).error(), BlobError::invalid_path);
  EXPECT_EQ(this->store_.import_file("/dev/null", ImportMode::copy, {}).error(), BlobError::invalid_path);
  EXPECT_TRUE(this->store_.import_file(this->folder_ / "missing", ImportMode::copy, {}).error());
  this->receive(letters(50'000), ChunkRanges::chunk(0));
  const auto partial = this->store_.export_file(Hash::of(letters(50'000)), this->folder_ / "p", ExportMode::copy, {});
  EXPECT_EQ(partial.error(), BlobError::incomplete);
}

// [blobs.md 8]
TYPED_TEST(StoreTest, KeepsTagsInOrder) {
  const auto content = HashAndFormat::raw(Hash::of("x"));
  for (const char* name : {"b", "a", "ab", "a\xff", "c", ""}) EXPECT_TRUE(this->store_.set_tag(name, content));
  const auto names = [&](const TagRange& range) {
    std::vector<TagName> found;
    const auto infos = *this->store_.list_tags(range);
    for (const TagInfo& info : infos) found.push_back(info.name);
    return found;
  };
  EXPECT_EQ(names(TagRange::all()), (std::vector<TagName>{"", "a", "ab", "a\xff", "b", "c"}));
  EXPECT_EQ(names(TagRange::prefix("a")), (std::vector<TagName>{"a", "ab", "a\xff"}));
  EXPECT_EQ(names({TagName("ab"), TagName("b")}), (std::vector<TagName>{"ab", "a\xff"}));
  EXPECT_EQ(this->store_.rename_tag("none", "x").error(), BlobError::not_found);
  EXPECT_TRUE(this->store_.rename_tag("a", "c"));
  EXPECT_EQ(*this->store_.delete_tags(TagRange::single("a")), 0u);
  EXPECT_EQ(*this->store_.delete_tags(TagRange::prefix("a")), 2u);
  EXPECT_EQ(*this->store_.delete_tags(TagRange::all()), 3u);
}

// [blobs.md 9]
TYPED_TEST(StoreTest, FindsFreeNamesForAutomaticTags) {
  const auto content = HashAndFormat::raw(Hash::of("x"));
  const std::chrono::system_clock::time_point now{};
  EXPECT_EQ(create_tag(this->store_, content, now), TagName("auto-1970-01-01T00:00:00.000Z"));
  EXPECT_EQ(create_tag(this->store_, content, now), TagName("auto-1970-01-01T00:00:00.000Z-1"));
}

// [blobs.md 71]
TYPED_TEST(StoreTest, CollectsWhatNothingNames) {
  auto& store = this->store_;
  std::map<char, HashAndFormat> blobs;
  for (const char name : std::string("abcdefgh")) {
    blobs.emplace(name, this->add(text(std::string(20'000, name))));
    if (name != 'a') store.temp_tags().release(global_scope, blobs.at(name));
  }
  const auto sequence = [&](char first, char second) {
    const std::vector<Hash> hashes = {blobs.at(first).hash, blobs.at(second).hash};
    return *store.import_bytes(HashSeq(hashes).bytes(), {.format = BlobFormat::hash_seq});
  };
  ASSERT_TRUE(store.set_tag("c", blobs.at('c')));
  const HashAndFormat held = sequence('d', 'e');
  const HashAndFormat tagged = sequence('f', 'g');
  ASSERT_TRUE(store.set_tag("fg", tagged));
  store.temp_tags().release(global_scope, tagged);
  ASSERT_TRUE(store.set_tag("h", blobs.at('h')));
  ASSERT_TRUE(store.delete_tags(TagRange::single("h")));
  const auto report = *collect_garbage(store);
  EXPECT_EQ(report.deleted, 2u);
  for (const char name : std::string("acdefg")) {
    EXPECT_TRUE(this->has(blobs.at(name).hash)) << name;
    EXPECT_TRUE(report.live.contains(blobs.at(name).hash)) << name;
  }
  EXPECT_TRUE(this->has(held.hash) && this->has(tagged.hash));
  EXPECT_FALSE(this->has(blobs.at('b').hash));
  EXPECT_FALSE(this->has(blobs.at('h').hash));
  EXPECT_EQ(store.open(blobs.at('b').hash).error(), BlobError::not_found);
}

// [blobs.md 77]
TYPED_TEST(StoreTest, FollowsAHashSeqThatIsAlsoARawRoot) {
  auto& store = this->store_;
  const HashAndFormat child = this->add(text("child"));
  store.temp_tags().release(global_scope, child);
  const std::vector<Hash> hashes = {child.hash};
  const Hash root = this->add(HashSeq(hashes).bytes()).hash;
  ASSERT_TRUE(store.set_tag("a", HashAndFormat::raw(root)));
  ASSERT_TRUE(store.set_tag("b", HashAndFormat::hash_seq(root)));
  EXPECT_EQ(collect_garbage(store)->deleted, 0u);
  EXPECT_TRUE(this->has(child.hash));
}

// [blobs.md §1.8] The part of the sequence that is there protects; the part that is not does no harm.
TYPED_TEST(StoreTest, MarksTheChildrenInThePresentPartOfASequence) {
  auto& store = this->store_;
  std::vector<Hash> hashes;
  for (int i = 0; i < 1000; ++i) hashes.push_back(Hash::of("child " + std::to_string(i)));
  for (const int i : {95, 96, 127, 128}) {
    store.temp_tags().release(global_scope, this->add(text("child " + std::to_string(i))));
  }
  const HashSeq sequence(hashes);
  this->receive(sequence.bytes(), ChunkRanges::chunk(3));
  ASSERT_TRUE(store.set_tag("s", HashAndFormat::hash_seq(Hash::of(sequence.bytes()))));
  EXPECT_EQ(collect_garbage(store)->deleted, 2u);
  EXPECT_TRUE(this->has(hashes[96]) && this->has(hashes[127]));
  EXPECT_FALSE(this->has(hashes[95]) || this->has(hashes[128]));
}

// [blobs.md 73], and whatever is open survives as well.
TYPED_TEST(StoreTest, DoesNotCollectWhatIsBeingTransferred) {
  auto& store = this->store_;
  const Hash read = this->add(text("being read")).hash;
  store.temp_tags().release(global_scope, HashAndFormat::raw(read));
  const Hash written = Hash::of(letters(50'000));
  {
    const auto reader = *store.open(read);
    const auto writer = *store.write(written, 50'000);
    ASSERT_TRUE(writer->write({bao::ItemKind::leaf, {0, 16}, letters(50'000).span().first(bao::group_size)}));
    EXPECT_EQ(collect_garbage(store)->deleted, 0u);
    EXPECT_EQ(collect_garbage(store)->deleted, 0u);
  }
  EXPECT_EQ(collect_garbage(store)->deleted, 2u);
  this->receive(letters(50'000), ChunkRanges::chunk(0));
  EXPECT_EQ(*store.remove({&written, 1}, false), 0u) << "written to since the last cycle began";
  EXPECT_EQ(*store.remove({&written, 1}, true), 1u);
}

// [blobs.md 74]
TYPED_TEST(StoreTest, StopsProtectingWhenAScopeEnds) {
  auto& store = this->store_;
  const ScopeId scope = store.temp_tags().open_scope();
  const auto inside = this->add(text("inside"), scope);
  const auto both = this->add(text("both"), scope);
  this->add(text("both"));
  EXPECT_EQ(store.temp_tags().list().size(), 2u);
  store.temp_tags().close_scope(scope);
  store.temp_tags().release(scope, inside);  // a handle that is still alive
  EXPECT_EQ(collect_garbage(store)->deleted, 1u);
  EXPECT_FALSE(this->has(inside.hash));
  EXPECT_TRUE(this->has(both.hash));
}

// [blobs.md 76]
TYPED_TEST(StoreTest, SkipsExactlyTheCycleThatIsAborted) {
  auto& store = this->store_;
  const auto content = this->add(text("x"));
  const auto kept = this->add(text("kept"));
  for (const auto& each : {content, kept}) store.temp_tags().release(global_scope, each);
  EXPECT_TRUE(collect_garbage(store, [](auto&) { return false; })->is_skipped);
  EXPECT_TRUE(this->has(content.hash));
  const auto report = collect_garbage(store, [&](auto& live) { return live.insert(kept.hash).second; });
  EXPECT_EQ(report->deleted, 1u);
  EXPECT_TRUE(this->has(kept.hash));
}

}  // namespace
}  // namespace iroh::blobs
