// SPDX-License-Identifier: MIT OR Apache-2.0
// Where a file store keeps what, and what it knows after a restart.
#include "blobs/store/file_store.hpp"

#include "blobs/store/folder.hpp"
#include "blobs/store/garbage.hpp"
#include "blobs/store/partial_files.hpp"
#include "blobs/store/store_test_support.hpp"

namespace iroh::blobs {
namespace {

constexpr std::size_t blob_sizes[] = {0, 1, 1024, 16'383, 16'384, 16'385, 1'048'576, 8'388'608};

class FileStoreTest : public testing::Test {
 protected:
  void reopen(const FileStoreOptions& options = {}) {
    store_.reset();
    store_ = open_store(folder_ / "store", options);
  }
  std::filesystem::path data(const std::string& name) const { return folder_ / "store" / "data" / name; }
  std::set<std::string> data_names() const { return names_in(folder_ / "store" / "data"); }
  bool has_temporary_files() const { return !names_in(folder_ / "store" / "temp").empty(); }
  bool has(const Hash& hash) { return store_->bitfield(hash)->is_complete(); }

  Result<HashAndFormat> import_pieces(const Bytes& bytes, std::size_t piece) {
    const auto import = *store_->import_stream({});
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      const auto done = import->append(bytes.slice(at, piece));
      if (!done) return std::unexpected(done.error());
    }
    return import->finish();
  }

  TestFolder folder_;
  std::unique_ptr<FileStore> store_ = open_store(folder_ / "store");
};

std::set<std::string> expected_names(const Hash& hash, std::size_t size, const FileStoreOptions& options = {}) {
  const BlobNames names(hash);
  std::set<std::string> expected;
  const std::uint64_t outboard = bao::Geometry(size).outboard_size();
  if (size > options.inline_data_limit) expected.insert(names.data);
  if (outboard > options.inline_outboard_limit) expected.insert(names.outboard);
  return expected;
}

// [blobs.md 58]
TEST_F(FileStoreTest, PlacesBlobsBySizeWhateverWayTheyCome) {
  const auto path = folder_ / "file";
  for (const std::size_t size : blob_sizes) {
    const Bytes bytes = letters(size);
    const Hash hash = Hash::of(bytes);
    write_file(path, bytes);
    for (int way = 0; way < 5; ++way) {
      const auto import = [&]() -> Result<HashAndFormat> {
        if (way == 0) return store_->import_bytes(bytes, {});
        if (way == 1) return import_pieces(bytes, 1023);
        if (way == 2) return import_pieces(bytes, 999'999);
        if (way == 3) return store_->import_file(path, ImportMode::copy, {});
        const auto received = receive(*store_, bytes, ChunkRanges::all());
        if (!received) return std::unexpected(received.error());
        return HashAndFormat::raw(hash);
      };
      const auto imported = import();
      ASSERT_TRUE(imported) << imported.error().message();
      EXPECT_EQ(imported->hash, hash);
      ASSERT_TRUE(store_->sync());
      EXPECT_EQ(data_names(), expected_names(hash, size)) << size << " way " << way;
      reopen();
      EXPECT_EQ(read_all(*store_, hash, size), bytes);
      EXPECT_EQ(serve(*store_, hash, ChunkRanges::all()).bytes, bao::encode(bytes, ChunkRanges::all()).bytes);
      EXPECT_FALSE(has_temporary_files());
      store_->remove({&hash, 1}, true).value();
      ASSERT_TRUE(store_->sync());
      EXPECT_TRUE(data_names().empty());
    }
  }
}

// [blobs.md 65]
TEST_F(FileStoreTest, PlacesBlobsByAnyLimits) {
  constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();
  for (const std::uint64_t limit : {std::uint64_t{0}, std::uint64_t{40'000}, unlimited}) {
    const FileStoreOptions options{.inline_data_limit = limit, .inline_outboard_limit = limit};
    reopen(options);
    for (const std::size_t size : blob_sizes) {
      const Bytes bytes = letters(size);
      const Hash hash = Hash::of(bytes);
      for (const bool is_received : {false, true}) {
        if (is_received && size > 0) {
          ASSERT_TRUE(receive(*store_, bytes, ChunkRanges::last_chunk()));
          ASSERT_TRUE(receive(*store_, bytes, ChunkRanges::all()));
        } else {
          ASSERT_EQ(import_pieces(bytes, 999)->hash, hash);
        }
        ASSERT_TRUE(store_->sync());
        EXPECT_EQ(data_names(), expected_names(hash, size, options)) << size << " limit " << limit;
        EXPECT_EQ(read_all(*store_, hash, size), bytes);
        EXPECT_EQ(serve(*store_, hash, ChunkRanges::all()).bytes, bao::encode(bytes, ChunkRanges::all()).bytes);
        store_->remove({&hash, 1}, true).value();
        ASSERT_TRUE(store_->sync());
      }
    }
  }
}

// [blobs.md 61] The vectors of §4.3.1.
TEST(BitfieldFile, IsAsTheVectorsSay) {
  const auto hex = [](const std::vector<std::byte>& bytes) {
    std::string text;
    for (const std::byte byte : bytes) {
      constexpr std::string_view digits = "0123456789abcdef";
      text.push_back(digits[std::to_integer<std::size_t>(byte) / 16]);
      text.push_back(digits[std::to_integer<std::size_t>(byte) % 16]);
    }
    return text;
  };
  EXPECT_EQ(hex(encode_bitfield_file({100'000, ChunkRanges::range(16, 32)})),
            "424df8895a55f19ca81c3d65ecd6c03a69e5437e4d498455321909fbf0e491a103a08d061020");
  EXPECT_EQ(hex(encode_bitfield_file({1'048'577, ChunkRanges::range(0, 512)})),
            "61b6110d71450167c67f02f30053b31e77c915c2ccfb9329164f1496bc30446c03818040008004");
}

// [blobs.md 60]
TEST_F(FileStoreTest, CompletesAPartialBlobOverRestarts) {
  const Bytes bytes = letters(1'048'577);
  const Hash hash = Hash::of(bytes);
  ASSERT_TRUE(receive(*store_, bytes, ChunkRanges::last_chunk()));
  reopen();
  EXPECT_EQ(*store_->bitfield(hash), Bitfield(bytes.size(), ChunkRanges::chunk(1024)));
  EXPECT_EQ(serve(*store_, hash, ChunkRanges::last_chunk()).bytes, bao::encode(bytes, ChunkRanges::last_chunk()).bytes);
  ASSERT_TRUE(receive(*store_, bytes, ChunkRanges::range(0, 1024)));
  EXPECT_TRUE(has(hash));
  reopen();
  EXPECT_EQ(read_all(*store_, hash, bytes.size()), bytes);
}

// [blobs.md 62]
TEST_F(FileStoreTest, MarksTheBitfieldFileAsDirtyWhileItIsWrittenTo) {
  const Bytes bytes = letters(300'000);
  const BlobNames names(Hash::of(bytes));
  auto writer = *store_->write(Hash::of(bytes), bytes.size());
  ASSERT_TRUE(receive_into(*writer, bytes, ChunkRanges::range(0, 16)));
  EXPECT_EQ(std::filesystem::file_size(data(names.bitfield)), 0u);
  EXPECT_EQ(data_names(), (std::set{names.data, names.outboard, names.sizes, names.bitfield}));
  writer.reset();
  reopen();
  EXPECT_EQ(read_bitfield_file(AT_FDCWD, data(names.bitfield)), Bitfield(bytes.size(), ChunkRanges::range(0, 16)));
  EXPECT_EQ(read_last_size(AT_FDCWD, data(names.sizes)), bytes.size());
  ASSERT_TRUE(receive(*store_, bytes, ChunkRanges::range(32, 48)));
  EXPECT_EQ(std::filesystem::file_size(data(names.bitfield)), 0u);
  ASSERT_TRUE(store_->sync());
  EXPECT_EQ(*read_bitfield_file(AT_FDCWD, data(names.bitfield)), *store_->bitfield(Hash::of(bytes)));
}

// [blobs.md 61]
TEST_F(FileStoreTest, FindsAgainWhatADamagedBitfieldFileSaid) {
  const Bytes bytes = letters(300'000);
  const Hash hash = Hash::of(bytes);
  const BlobNames names(hash);
  const auto ranges = ChunkRanges::range(5, 50) | ChunkRanges::range(96, 128);
  const auto in_whole_groups = ChunkRanges::range(16, 48) | ChunkRanges::range(96, 128);
  ASSERT_TRUE(receive(*store_, bytes, ranges));
  for (int way = 0; way < 4; ++way) {
    store_.reset();
    if (way == 0) std::filesystem::remove(data(names.bitfield));
    if (way == 1) std::filesystem::resize_file(data(names.bitfield), 33);
    if (way == 2) damage(data(names.bitfield), 34);
    if (way == 3) std::filesystem::resize_file(data(names.bitfield), 0);
    reopen();
    EXPECT_EQ(*store_->bitfield(hash), Bitfield(bytes.size(), in_whole_groups)) << way;
    reopen();
    EXPECT_EQ(*store_->bitfield(hash), Bitfield(bytes.size(), in_whole_groups)) << way;
  }
}

// [blobs.md 64] [blobs.md 72]
TEST_F(FileStoreTest, DeletesExactlyItsOwnFiles) {
  const Bytes large = letters(8'000'000);
  const Bytes part = letters(2'000'000);
  const Bytes external = letters(5'000'000);
  write_file(folder_ / "external", external);
  ASSERT_TRUE(store_->import_bytes(large, {}));
  ASSERT_TRUE(store_->import_file(folder_ / "external", ImportMode::reference, {}));
  ASSERT_TRUE(receive(*store_, part, ChunkRanges::range(0, 19)));
  ASSERT_TRUE(store_->sync());
  write_file(data("somebody's notes"), letters(3));
  const BlobNames of_part(Hash::of(part));
  const BlobNames of_large(Hash::of(large));
  const BlobNames of_external(Hash::of(external));
  EXPECT_EQ(data_names(),
            (std::set<std::string>{of_large.data, of_large.outboard, of_part.data, of_part.outboard, of_part.sizes,
                                   of_part.bitfield, of_external.outboard, "somebody's notes"}));
  for (const Bytes& each : {large, external}) {
    store_->temp_tags().release(global_scope, HashAndFormat::raw(Hash::of(each)));
  }
  EXPECT_EQ(collect_garbage(*store_)->deleted, 3u);
  EXPECT_EQ(data_names(), (std::set<std::string>{"somebody's notes"}));
  EXPECT_EQ(read_file(folder_ / "external"), external);
  reopen();
  EXPECT_TRUE(store_->list()->empty());
}

TEST_F(FileStoreTest, KeepsTagsOverARestart) {
  const auto content = HashAndFormat::hash_seq(Hash::of("x"));
  ASSERT_TRUE(store_->set_tag("a\xff", content));
  ASSERT_TRUE(store_->set_tag("", content));
  reopen();
  EXPECT_EQ(store_->list_tags(TagRange::all())->size(), 2u);
  EXPECT_EQ(store_->tag("a\xff"), content);
}

// [blobs.md §4.3.8]
TEST_F(FileStoreTest, FailsAtOnceWhenItIsOpenAlready) {
  EXPECT_EQ(FileStore::open(folder_ / "store").error(), BlobError::store_in_use);
  store_.reset();
  EXPECT_TRUE(FileStore::open(folder_ / "store"));
}

TEST_F(FileStoreTest, RefusesFoldersOfOtherStoresAndDamagedDatabases) {
  std::filesystem::create_directories(folder_ / "foreign" / "data");
  write_file(folder_ / "foreign" / "blobs.db", letters(100));
  EXPECT_EQ(FileStore::open(folder_ / "foreign").error(), BlobError::corrupt_store);
  store_.reset();
  const auto database = folder_ / "store" / Folder::database_name;
  write_file(database, letters(5000));
  EXPECT_EQ(FileStore::open(folder_ / "store").error(), BlobError::corrupt_store);
  write_file(folder_ / "file", letters(1));
  EXPECT_FALSE(FileStore::open(folder_ / "file"));
}

TEST_F(FileStoreTest, FailsAfterItWasClosedWhateverIsStillOpen) {
  const Bytes bytes = letters(100'000);
  ASSERT_TRUE(store_->import_bytes(bytes, {}));
  const auto reader = *store_->open(Hash::of(bytes));
  const auto writer = *store_->write(Hash::of("other"), 100'000);
  store_.reset();
  std::vector<std::byte> out(10);
  EXPECT_FALSE(reader->read(0, out));
  EXPECT_FALSE(reader->pair(0));
  const std::vector<std::byte> chunk(1024);
  EXPECT_FALSE(writer->write({bao::ItemKind::leaf, {0, 1}, chunk}));
}

// Many blobs open at a time take few handles.
TEST_F(FileStoreTest, KeepsFewFilesOpen) {
  reopen({.max_open_files = 4});
  std::vector<std::unique_ptr<BlobReader>> readers;
  std::vector<Bytes> blobs;
  const auto count_handles = [] { return names_in("/proc/self/fd").size(); };
  const std::size_t before = count_handles();
  for (std::size_t i = 0; i < 50; ++i) {
    blobs.push_back(letters(20'000 + i));
    ASSERT_TRUE(store_->import_bytes(blobs.back(), {}));
    readers.push_back(*store_->open(Hash::of(blobs.back())));
  }
  for (int round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < readers.size(); ++i) {
      std::vector<std::byte> out(blobs[i].size());
      ASSERT_TRUE(readers[i]->read(0, out));
      EXPECT_TRUE(base::equal(out, blobs[i]));
    }
  }
  EXPECT_LE(count_handles(), before + 4);
}

}  // namespace
}  // namespace iroh::blobs
