// SPDX-License-Identifier: MIT OR Apache-2.0
// Files of the user on the way in and out of a file store, and those that it only refers to.
#include <sys/stat.h>

#include "blobs/store/file_store.hpp"
#include "blobs/store/folder.hpp"
#include "blobs/store/store_test_support.hpp"

namespace iroh::blobs {
namespace {

class UsersFiles : public testing::Test {
 protected:
  Hash import(const std::filesystem::path& path, ImportMode mode) {
    const auto imported = store_->import_file(path, mode, {});
    EXPECT_TRUE(imported) << imported.error().message();
    return imported ? imported->hash : Hash::empty();
  }
  void reopen() {
    store_.reset();
    store_ = open_store(folder_ / "store");
  }
  std::set<std::string> data_names() {
    EXPECT_TRUE(store_->sync());
    return names_in(folder_ / "store" / "data");
  }
  std::filesystem::path file(std::string_view name, const Bytes& bytes) {
    write_file(folder_ / name, bytes);
    return folder_ / name;
  }
  Result<void> export_to(const Hash& hash, std::string_view name, ExportMode mode) {
    return store_->export_file(hash, folder_ / name, mode, {});
  }

  TestFolder folder_;
  std::unique_ptr<FileStore> store_ = open_store(folder_ / "store");
  const Bytes large_ = letters(5'000'000);
  const Hash hash_ = Hash::of(large_);
  const BlobNames names_ = BlobNames(hash_);
};

// [blobs.md §4.3.6]
TEST_F(UsersFiles, AreReferredToWhereTheyAre) {
  EXPECT_EQ(import(file("a", large_), ImportMode::reference), hash_);
  EXPECT_EQ(data_names(), (std::set{names_.outboard}));
  reopen();
  EXPECT_EQ(read_all(*store_, hash_, large_.size()), large_);
  EXPECT_EQ(serve(*store_, hash_, ChunkRanges::all()).bytes, bao::encode(large_, ChunkRanges::all()).bytes);
  // A small one is in the database, whatever becomes of the file.
  const Hash small = import(file("small", letters(5)), ImportMode::reference);
  std::filesystem::remove(folder_ / "small");
  EXPECT_EQ(read_all(*store_, small, 5), letters(5));
}

// [blobs.md 91]
TEST_F(UsersFiles, AreReadAtAnyOfTheirPaths) {
  import(file("b", large_), ImportMode::reference);
  import(file("a", large_), ImportMode::reference);
  std::filesystem::remove(folder_ / "a");
  EXPECT_EQ(read_all(*store_, hash_, large_.size()), large_);
  EXPECT_TRUE(export_to(hash_, "out", ExportMode::copy));
  EXPECT_EQ(read_file(folder_ / "out"), large_);
  std::filesystem::remove(folder_ / "b");
  EXPECT_EQ(store_->open(hash_).error(), BlobError::not_found);
  EXPECT_EQ(*store_->bitfield(hash_), Bitfield());
  EXPECT_EQ(export_to(hash_, "out", ExportMode::copy).error(), BlobError::not_found);
  ASSERT_TRUE(receive(*store_, large_, ChunkRanges::range(0, 100)));
  ASSERT_TRUE(receive(*store_, large_, ChunkRanges::all()));
  EXPECT_EQ(read_all(*store_, hash_, large_.size()), large_);
}

// [blobs.md 67]
TEST_F(UsersFiles, DoNotPoisonAnybodyWhenTheyChange) {
  import(file("a", large_), ImportMode::reference);
  const Hash other = store_->import_bytes(letters(70'000), {})->hash;
  damage(folder_ / "a", 1'000'000);
  const auto served = serve(*store_, hash_, ChunkRanges::all());
  ASSERT_TRUE(served.error);
  EXPECT_EQ(served.error->kind, bao::ErrorKind::leaf_mismatch);
  EXPECT_EQ(served.error->offset(), 1'000'000u / bao::group_size * bao::group_size);
  EXPECT_EQ(export_to(hash_, "out", ExportMode::copy).error(), BlobError::mismatch);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out"));
  std::filesystem::resize_file(folder_ / "a", 1000);
  EXPECT_EQ(store_->open(hash_).error(), BlobError::not_found);
  EXPECT_EQ(read_all(*store_, other, 70'000), letters(70'000));
  EXPECT_EQ(store_->import_bytes(large_, {})->hash, hash_);
  EXPECT_EQ(read_all(*store_, hash_, large_.size()), large_);
}

// [blobs.md §4.3.6] Owned beats external; external files add up.
TEST_F(UsersFiles, GiveWayToTheStoresOwn) {
  import(file("a", large_), ImportMode::reference);
  import(file("b", large_), ImportMode::copy);
  EXPECT_EQ(data_names(), (std::set{names_.data, names_.outboard}));
  import(folder_ / "a", ImportMode::reference);
  std::filesystem::remove(folder_ / "a");
  std::filesystem::remove(folder_ / "b");
  EXPECT_EQ(read_all(*store_, hash_, large_.size()), large_);
}

TEST_F(UsersFiles, MoveIntoTheStore) {
  const auto path = file("a", large_);
  struct stat before, after;
  ASSERT_EQ(::stat(path.c_str(), &before), 0);
  EXPECT_EQ(import(path, ImportMode::move), hash_);
  EXPECT_FALSE(std::filesystem::exists(path));
  ASSERT_EQ(::stat((folder_ / "store" / "data" / names_.data).c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino) << "copied";
  EXPECT_EQ(import(file("small", letters(5)), ImportMode::move), Hash::of(letters(5)));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "small"));
  // Again, although the store has it already.
  EXPECT_EQ(import(file("a", large_), ImportMode::move), hash_);
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(read_all(*store_, hash_, large_.size()), large_);
}

TEST_F(UsersFiles, AreNotMovedThroughLinksOrByRelativePaths) {
  std::filesystem::create_symlink(file("a", large_), folder_ / "link");
  EXPECT_FALSE(store_->import_file(folder_ / "link", ImportMode::move, {}));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "a"));
  EXPECT_EQ(import(folder_ / "link", ImportMode::copy), hash_);
  EXPECT_EQ(store_->import_file("a", ImportMode::reference, {}).error(), BlobError::invalid_path);
  std::filesystem::create_symlink("loop", folder_ / "loop");
  EXPECT_FALSE(store_->import_file(folder_ / "loop", ImportMode::copy, {}));
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(store_->import_file(folder_ / "pipe", ImportMode::copy, {}).error(), BlobError::invalid_path);
}

// Sharing blocks works on few file systems; where it does not, the error says so and nothing is left behind.
TEST_F(UsersFiles, ShareBlocksOrSayThatTheyCannot) {
  const auto imported = store_->import_file(file("a", large_), ImportMode::reflink, {});
  if (!imported) {
    EXPECT_EQ(imported.error(), BlobError::unsupported);
  }
  import(folder_ / "a", ImportMode::copy);
  const auto exported = export_to(hash_, "out", ExportMode::reflink);
  if (!exported) {
    EXPECT_EQ(exported.error(), BlobError::unsupported);
  }
  EXPECT_EQ(exported.has_value(), std::filesystem::exists(folder_ / "out"));
  EXPECT_TRUE(names_in(folder_ / "store" / "temp").empty());
}

// [blobs.md 66]
TEST_F(UsersFiles, BecomeTheStoresFilesOnExportByReference) {
  import(file("a", large_), ImportMode::copy);
  write_file(folder_ / "out", letters(10));
  ASSERT_TRUE(export_to(hash_, "out", ExportMode::reference));
  EXPECT_EQ(read_file(folder_ / "out"), large_);
  EXPECT_EQ(data_names(), (std::set{names_.outboard}));
  ASSERT_TRUE(export_to(hash_, "new/folder/out", ExportMode::reference));
  std::filesystem::remove(folder_ / "out");
  reopen();
  EXPECT_EQ(read_all(*store_, hash_, large_.size()), large_);
  // Onto itself.
  ASSERT_TRUE(export_to(hash_, "new/folder/out", ExportMode::reference));
  EXPECT_EQ(read_all(*store_, hash_, large_.size()), large_);
  EXPECT_EQ(names_in(folder_ / "new" / "folder"), (std::set<std::string>{"out"}));
}

// [blobs.md 66] With a reader in the middle of it.
TEST_F(UsersFiles, AreHandedOverUnderAnOpenReader) {
  import(file("a", large_), ImportMode::copy);
  const auto reader = *store_->open(hash_);
  std::vector<std::byte> out(1000);
  ASSERT_TRUE(reader->read(0, out));
  ASSERT_TRUE(export_to(hash_, "out", ExportMode::reference));
  ASSERT_TRUE(reader->read(4'000'000, out));
  EXPECT_TRUE(base::equal(out, large_.span().subspan(4'000'000, 1000)));
}

TEST_F(UsersFiles, TakeTheBlobOutOfTheStoreOnExportByMove) {
  import(file("a", large_), ImportMode::copy);
  const Hash small = store_->import_bytes(letters(7), {})->hash;
  ASSERT_TRUE(export_to(hash_, "out", ExportMode::move));
  ASSERT_TRUE(export_to(small, "small", ExportMode::move));
  EXPECT_EQ(read_file(folder_ / "out"), large_);
  EXPECT_EQ(read_file(folder_ / "small"), letters(7));
  EXPECT_TRUE(data_names().empty());
  EXPECT_TRUE(store_->list()->empty());
}

// [blobs.md 66] [blobs.md §4.3.6] The case in which links do not work; /dev/shm is another file system.
TEST_F(UsersFiles, CrossDevices) {
  struct stat here, there;
  const std::filesystem::path elsewhere = "/dev/shm";
  if (::stat(folder_.path().c_str(), &here) != 0 || ::stat(elsewhere.c_str(), &there) != 0 ||
      here.st_dev == there.st_dev || ::access(elsewhere.c_str(), W_OK) != 0) {
    GTEST_SKIP() << "no second file system here";
  }
  const auto target = elsewhere / ("iroh-store-test-" + std::to_string(::getpid()));
  import(file("a", large_), ImportMode::copy);
  ASSERT_TRUE(store_->export_file(hash_, target, ExportMode::reference, {}));
  EXPECT_EQ(data_names(), (std::set{names_.outboard})) << "the copy in the store is deleted";
  EXPECT_EQ(read_all(*store_, hash_, large_.size()), large_);
  EXPECT_EQ(import(target, ImportMode::move), hash_);
  EXPECT_FALSE(std::filesystem::exists(target));
  EXPECT_EQ(data_names(), (std::set{names_.data, names_.outboard}));
  EXPECT_EQ(read_all(*store_, hash_, large_.size()), large_);
}

TEST_F(UsersFiles, AreNotWrittenThroughLinks) {
  import(file("a", large_), ImportMode::copy);
  std::filesystem::create_symlink(file("precious", letters(10)), folder_ / "out");
  ASSERT_TRUE(export_to(hash_, "out", ExportMode::copy));
  EXPECT_EQ(read_file(folder_ / "precious"), letters(10));
  EXPECT_TRUE(std::filesystem::is_regular_file(std::filesystem::symlink_status(folder_ / "out")));
  std::filesystem::create_directory(folder_ / "directory");
  EXPECT_FALSE(export_to(hash_, "directory", ExportMode::copy));
  EXPECT_EQ(names_in(folder_.path()), (std::set<std::string>{"a", "directory", "out", "precious", "store"}));
}

// Whoever can write into the folder does not make us read or write elsewhere.
TEST_F(UsersFiles, AreNotReachedByLinksInsideTheStore) {
  import(file("a", large_), ImportMode::copy);
  ASSERT_TRUE(store_->sync());
  const auto data = folder_ / "store" / "data" / names_.data;
  store_.reset();
  std::filesystem::remove(data);
  std::filesystem::create_symlink(folder_ / "a", data);
  store_ = open_store(folder_ / "store");
  EXPECT_EQ(store_->open(hash_).error(), BlobError::not_found);
  std::filesystem::resize_file(folder_ / "a", 100);
  ASSERT_TRUE(receive(*store_, large_, ChunkRanges::range(0, 500)));
  EXPECT_EQ(std::filesystem::file_size(folder_ / "a"), 100u);
}

}  // namespace
}  // namespace iroh::blobs
