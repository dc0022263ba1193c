// SPDX-License-Identifier: MIT OR Apache-2.0
// Checks of stored data, and what other stores left behind.
#include "blobs/store/verify.hpp"

#include "blobs/store/file_hasher.hpp"
#include "blobs/store/folder.hpp"
#include "blobs/store/partial_files.hpp"
#include "blobs/store/store_test_support.hpp"

namespace iroh::blobs {
namespace {

class Verify : public testing::Test {
 protected:
  std::filesystem::path data(const std::string& name) const { return folder_ / "store" / "data" / name; }

  TestFolder folder_;
  std::unique_ptr<FileStore> store_ = open_store(folder_ / "store");
};

// [blobs.md 23]
TEST_F(Verify, FindsNothingWrongWithWhatIsRight) {
  for (const std::size_t size : {1u, 16'385u, 5'000'000u, 9'000'001u}) {
    const Bytes bytes = letters(size);
    ASSERT_TRUE(store_->import_bytes(bytes, {}));
    std::uint64_t last = 0;
    const auto report = store_->verify(Hash::of(bytes), [&](std::uint64_t done) { last = done; });
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->bad.is_empty());
    EXPECT_EQ(report->after, Bitfield::complete(size));
    EXPECT_EQ(last, size);
  }
  EXPECT_EQ(store_->verify(Hash::of("unknown"), {}).error(), BlobError::not_found);
  EXPECT_TRUE(store_->verify(Hash::empty(), {}));
}

// [blobs.md 41] The rest of it can be fetched again.
TEST_F(Verify, TurnsADamagedBlobIntoAPartialOne) {
  for (const std::size_t size : {100'000u, 6'000'000u}) {
    const Bytes bytes = letters(size);
    const Hash hash = Hash::of(bytes);
    ASSERT_TRUE(store_->import_bytes(bytes, {}));
    ASSERT_TRUE(store_->sync());
    damage(data(BlobNames(hash).data), 70'000);
    const auto report = store_->verify(hash, {});
    ASSERT_TRUE(report);
    EXPECT_EQ(report->bad, ChunkRanges::range(64, 80));
    ASSERT_TRUE(report->first_error);
    EXPECT_EQ(report->first_error->offset(), 65'536u);
    EXPECT_EQ(*store_->bitfield(hash), Bitfield(size, ChunkRanges::all() - ChunkRanges::range(64, 80)));
    store_.reset();
    store_ = open_store(folder_ / "store");
    EXPECT_EQ(*store_->bitfield(hash), report->after);
    ASSERT_TRUE(receive(*store_, bytes, report->bad));
    EXPECT_EQ(read_all(*store_, hash, size), bytes);
    EXPECT_TRUE(store_->verify(hash, {})->bad.is_empty());
  }
}

// [blobs.md 41]
TEST_F(Verify, FindsADamagedOutboard) {
  const Bytes bytes = letters(6'000'000);
  const Hash hash = Hash::of(bytes);
  ASSERT_TRUE(store_->import_bytes(bytes, {}));
  ASSERT_TRUE(store_->sync());
  damage(data(BlobNames(hash).outboard), 3 * bao::pair_size);
  EXPECT_TRUE(serve(*store_, hash, ChunkRanges::all()).error);
  const auto report = store_->verify(hash, {});
  ASSERT_TRUE(report);
  EXPECT_FALSE(report->bad.is_empty());
  EXPECT_EQ(report->first_error->kind, bao::ErrorKind::parent_mismatch);
  ASSERT_TRUE(receive(*store_, bytes, report->bad));
  EXPECT_EQ(serve(*store_, hash, ChunkRanges::all()).bytes, bao::encode(bytes, ChunkRanges::all()).bytes);
}

TEST_F(Verify, ForgetsFilesOfTheUserThatChanged) {
  const Bytes bytes = letters(3'000'000);
  const Hash hash = Hash::of(bytes);
  for (const char* name : {"a", "b"}) {
    write_file(folder_ / name, bytes);
    ASSERT_TRUE(store_->import_file(folder_ / name, ImportMode::reference, {}));
  }
  damage(folder_ / "a", 1000);
  EXPECT_TRUE(store_->verify(hash, {})->bad.is_empty()) << "b is good";
  EXPECT_EQ(read_all(*store_, hash, bytes.size()), bytes);
  damage(folder_ / "b", 2000);
  const auto report = store_->verify(hash, {});
  EXPECT_EQ(report->bad, ChunkRanges::range(0, 16));
  EXPECT_EQ(report->after, Bitfield());
  EXPECT_EQ(store_->open(hash).error(), BlobError::not_found);
  EXPECT_EQ(std::filesystem::file_size(folder_ / "b"), bytes.size());
}

TEST_F(Verify, ChecksWhatIsThereOfAPartialBlob) {
  const Bytes bytes = letters(1'010'000);
  const Hash hash = Hash::of(bytes);
  ASSERT_TRUE(receive(*store_, bytes, ChunkRanges::range(32, 128) | ChunkRanges::last_chunk()));
  const auto before = *store_->bitfield(hash);
  ASSERT_TRUE(store_->sync());
  damage(data(BlobNames(hash).data), 50 * 1024);
  const auto report = store_->verify(hash, {});
  EXPECT_EQ(report->before, before);
  // The last chunk alone cannot be proven to anybody.
  EXPECT_EQ(report->bad, ChunkRanges::range(48, 64) | ChunkRanges::chunk(986));
  EXPECT_EQ(*store_->bitfield(hash), Bitfield(bytes.size(), ChunkRanges::range(32, 48) | ChunkRanges::range(64, 128)));
  ASSERT_TRUE(receive(*store_, bytes, ChunkRanges::all()));
  EXPECT_EQ(read_all(*store_, hash, bytes.size()), bytes);
}

// The hash and the outboard do not depend on how the work is cut.
TEST(FileHasher, AgreesWithTheOutboardOfBytesInMemory) {
  const TestFolder folder;
  base::SeededRandom random(5);
  for (const std::size_t size : {0u, 1u, 16'384u, 16'385u, 262'144u, 262'145u, 4'194'305u, 13'000'001u}) {
    const Bytes bytes = random_bytes(random, size);
    write_file(folder / "in", bytes);
    const auto in = *File::open_users((folder / "in").string());
    const auto expected = bao::make_outboard(bytes);
    for (const std::size_t threads : {1u, 2u, 7u}) {
      std::filesystem::remove(folder / "copy");
      const auto copy = *File::open_at(AT_FDCWD, (folder / "copy").string(), O_RDWR | O_CREAT);
      const auto outboard = *File::open_at(AT_FDCWD, (folder / "outboard").string(), O_RDWR | O_CREAT | O_TRUNC);
      const auto hashed = *hash_file({.source = in, .size = size, .copy_to = &copy, .threads = threads});
      EXPECT_EQ(hashed.hash, Hash(expected.hash));
      EXPECT_EQ(hashed.outboard, expected.bytes);
      EXPECT_EQ(read_file(folder / "copy"), bytes);
      EXPECT_TRUE(hash_file({.source = in, .size = size, .outboard = &outboard, .threads = threads}));
      EXPECT_EQ(read_file(folder / "outboard"), Bytes::copy_of(expected.bytes));
    }
    EXPECT_EQ(hash_file({.source = in, .size = size + 1}).error(), BlobError::truncated);
  }
}

/// What the Rust implementation would have in its folder.
class Adoption : public Verify {
 protected:
  void lay_down(const Bytes& bytes, bool has_outboard) {
    const BlobNames names(Hash::of(bytes));
    write_file(theirs_ / names.data, bytes);
    if (has_outboard) write_file(theirs_ / names.outboard, Bytes::copy_of(bao::make_outboard(bytes).bytes));
  }
  /// Chunks [0, chunks) of it.
  void lay_down_part(const Bytes& bytes, std::uint64_t chunks) {
    lay_down(bytes, true);
    const BlobNames names(Hash::of(bytes));
    std::filesystem::resize_file(theirs_ / names.data, chunks * 1024);
    const auto sizes = *File::open_at(AT_FDCWD, (theirs_ / names.sizes).string(), O_RDWR | O_CREAT);
    ASSERT_TRUE(write_size_slot(sizes, (chunks - 1) * 1024, bytes.size()));
  }

  const std::filesystem::path theirs_ = [this] {
    std::filesystem::create_directories(folder_ / "theirs" / "data");
    return folder_ / "theirs" / "data";
  }();
};

// [blobs.md §4.3.1]
TEST_F(Adoption, TakesWhatCanBeProvenAndNothingElse) {
  const Bytes inline_outboard = letters(500'000);
  const Bytes large = letters(6'000'000);
  const Bytes part = letters(700'001);
  const Bytes small = letters(4000);
  const Bytes wrong = letters(80'000);
  for (const ImportMode mode : {ImportMode::copy, ImportMode::move}) {
    lay_down(inline_outboard, false);
    lay_down(large, true);
    lay_down(small, false);
    lay_down_part(part, 64);
    lay_down(wrong, false);
    damage(theirs_ / BlobNames(Hash::of(wrong)).data, 5);
    const auto report = store_->adopt(folder_ / "theirs", mode);
    ASSERT_TRUE(report) << report.error().message();
    EXPECT_EQ(report->complete, 3u);
    EXPECT_EQ(report->partial, 1u);
    EXPECT_EQ(report->rejected, 1u);
    EXPECT_EQ(names_in(theirs_).size(), mode == ImportMode::copy ? 8u : 1u);
    store_.reset();
    store_ = open_store(folder_ / "store");
    for (const Bytes& each : {inline_outboard, large, small}) {
      EXPECT_EQ(read_all(*store_, Hash::of(each), each.size()), each);
      EXPECT_TRUE(store_->verify(Hash::of(each), {})->bad.is_empty());
    }
    EXPECT_EQ(*store_->bitfield(Hash::of(part)), Bitfield(part.size(), ChunkRanges::range(0, 64)));
    EXPECT_EQ(*store_->bitfield(Hash::of(wrong)), Bitfield());
    ASSERT_TRUE(receive(*store_, part, ChunkRanges::from(64)));
    EXPECT_EQ(read_all(*store_, Hash::of(part), part.size()), part);
    const auto hashes = *store_->list();
    store_->remove(hashes, true).value();
  }
  EXPECT_EQ(store_->adopt(folder_ / "theirs", ImportMode::reference).error(), BlobError::unsupported);
  EXPECT_FALSE(store_->adopt(folder_ / "nowhere", ImportMode::copy));
}

}  // namespace
}  // namespace iroh::blobs
