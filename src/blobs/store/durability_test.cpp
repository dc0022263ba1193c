// SPDX-License-Identifier: MIT OR Apache-2.0
// What is left after kill -9, a full disk, and missing permissions. tests/blobs_crash kills real processes.
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>

#include "blobs/store/file_store_core.hpp"
#include "blobs/store/folder.hpp"
#include "blobs/store/store_test_support.hpp"

namespace iroh::blobs {
namespace {

class Durability : public testing::Test {
 protected:
  std::unique_ptr<FileStore> after_crash() {
    copy_as_after_a_crash(folder_ / "store", folder_ / "crashed");
    return open_store(folder_ / "crashed");
  }
  std::set<std::string> crashed_names() const { return names_in(folder_ / "crashed" / "data"); }
  /// Until nothing is due any more.
  void do_upkeep() {
    while (const auto due = store_->upkeep_due()) {
      while (std::chrono::steady_clock::now() < *due) ::usleep(1000);
      ASSERT_TRUE(store_->upkeep());
    }
  }

  TestFolder folder_;
  std::unique_ptr<FileStore> store_ = open_store(folder_ / "store");
};

// [blobs.md §4.3.5] [blobs.md 63] The row of a blob that is being received, and with it everything received, is there
// after a crash although the transfer never ended.
TEST_F(Durability, KeepsWhatARunningTransferReceived) {
  const Bytes bytes = letters(3'000'000);
  const Hash hash = Hash::of(bytes);
  const auto writer = *store_->write(hash, bytes.size());
  const auto ranges = ChunkRanges::range(0, 1600);
  ASSERT_TRUE(receive_into(*writer, bytes, ranges));
  const auto due = store_->upkeep_due();
  ASSERT_TRUE(due);
  EXPECT_LE(*due - std::chrono::steady_clock::now(), std::chrono::seconds(5));  // the row is there, the rest is due
  while (std::chrono::steady_clock::now() < *due) ::usleep(1000);
  ASSERT_TRUE(store_->upkeep());
  const auto crashed = after_crash();
  EXPECT_EQ(*crashed->bitfield(hash), Bitfield(bytes.size(), ranges));
  ASSERT_TRUE(receive(*crashed, bytes, ChunkRanges::from(1600)));
  EXPECT_EQ(read_all(*crashed, hash, bytes.size()), bytes);
}

// [blobs.md 63] What a crash left that nobody knows of is swept; files that are not the store's stay.
TEST_F(Durability, SweepsOrphans) {
  ASSERT_TRUE(store_->sync());
  const Bytes bytes = letters(100'000);
  ASSERT_TRUE(store_->import_bytes(bytes, {}));  // not committed
  write_file(folder_ / "store" / "temp" / "1-1.temp", bytes);
  write_file(folder_ / "store" / "data" / "notes", bytes);
  const auto crashed = after_crash();
  EXPECT_EQ(crashed_names(), (std::set<std::string>{"notes"}));
  EXPECT_TRUE(names_in(folder_ / "crashed" / "temp").empty());
  EXPECT_TRUE(crashed->list()->empty());
}

// [blobs.md 69]
TEST_F(Durability, MakesEverythingBeforeASyncSafe) {
  const Bytes small = letters(100);
  const Bytes large = letters(100'000);
  for (const Bytes& each : {small, large}) ASSERT_TRUE(store_->import_bytes(each, {}));
  ASSERT_TRUE(store_->set_tag("t", HashAndFormat::raw(Hash::of(small))));
  ASSERT_TRUE(store_->sync());
  EXPECT_FALSE(store_->upkeep_due());
  const Hash hash = Hash::of(large);
  store_->remove({&hash, 1}, true).value();  // not committed: the files must still be there
  const auto crashed = after_crash();
  EXPECT_EQ(read_all(*crashed, Hash::of(small), 100), small);
  EXPECT_EQ(read_all(*crashed, hash, large.size()), large);
  EXPECT_TRUE(crashed->tag("t"));
}

// [blobs.md §4.3.7] Deleted and made again in one transaction.
TEST_F(Durability, DoesNotDeleteFilesThatCameBack) {
  const Bytes bytes = letters(100'000);
  const Hash hash = Hash::of(bytes);
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(store_->import_bytes(bytes, {}));
    store_->remove({&hash, 1}, true).value();
    ASSERT_TRUE(receive(*store_, bytes, ChunkRanges::range(0, 16)));
    store_->remove({&hash, 1}, true).value();
    ASSERT_TRUE(store_->import_bytes(bytes, {}));
  }
  ASSERT_TRUE(store_->sync());
  EXPECT_EQ(read_all(*after_crash(), hash, bytes.size()), bytes);
}

// [blobs.md §4.3.5] A checkpoint is trusted, what came after it is found by a scan.
TEST_F(Durability, FindsWhatCameAfterACheckpoint) {
  const Bytes bytes = letters(3'000'000);
  const Hash hash = Hash::of(bytes);
  const BlobNames names(hash);
  const auto writer = *store_->write(hash, bytes.size());
  ASSERT_TRUE(receive_into(*writer, bytes, ChunkRanges::range(0, 500)));
  ASSERT_TRUE(store_->sync());
  EXPECT_TRUE(std::filesystem::exists(folder_ / "store" / "data" / names.checkpoint));
  EXPECT_EQ(std::filesystem::file_size(folder_ / "store" / "data" / names.bitfield), 0u);
  ASSERT_TRUE(receive_into(*writer, bytes, ChunkRanges::range(1024, 1500)));
  const auto crashed = after_crash();
  // 500 is in the middle of a group; 1500 too, but nothing but the scan knows of that.
  EXPECT_EQ(*crashed->bitfield(hash),
            Bitfield(bytes.size(), ChunkRanges::range(0, 500) | ChunkRanges::range(1024, 1488)));
}

TEST_F(Durability, WritesBitfieldsOfIdleBlobsSoon) {
  const Bytes bytes = letters(300'000);
  ASSERT_TRUE(receive(*store_, bytes, ChunkRanges::range(0, 100)));
  do_upkeep();
  EXPECT_GT(std::filesystem::file_size(folder_ / "store" / "data" / BlobNames(Hash::of(bytes)).bitfield), 0u);
}

/// Files may not grow beyond this for now: what a full disk is like, without one.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t limit) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now = {limit, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

// [blobs.md 93]
TEST_F(Durability, ReportsAFileThatCannotGrowAndGoesOnAfterwards) {
  const Bytes kept = letters(50'000);
  const Bytes large = letters(3'000'000);
  const Hash hash = Hash::of(large);
  ASSERT_TRUE(store_->import_bytes(kept, {}));
  {
    const FileSizeLimit limit(1'000'000);
    EXPECT_EQ(store_->import_bytes(large, {}).error(), boost::system::errc::file_too_large);
    EXPECT_EQ(*store_->bitfield(hash), Bitfield());
    const auto writer = *store_->write(hash, large.size());
    EXPECT_EQ(receive_into(*writer, large, ChunkRanges::all()).error(), boost::system::errc::file_too_large);
    EXPECT_FALSE(writer->flush());
    const auto exported = store_->export_file(Hash::of(kept), folder_ / "out", ExportMode::copy, {});
    EXPECT_TRUE(exported);
  }
  const Bitfield left = *store_->bitfield(hash);
  EXPECT_EQ(left.total_bytes() / 100'000, 7u) << "three writes of 256 KiB fit";
  EXPECT_TRUE(names_in(folder_ / "store" / "temp").empty());
  ASSERT_TRUE(receive(*store_, large, ChunkRanges::from(left.total_bytes() / 1024)));
  EXPECT_EQ(read_all(*store_, hash, large.size()), large);
  EXPECT_EQ(read_all(*store_, Hash::of(kept), kept.size()), kept);
}

// The database itself is what does not fit.
TEST_F(Durability, ReportsADatabaseThatCannotGrowAndGoesOnAfterwards) {
  ASSERT_TRUE(store_->import_bytes(letters(1000), {}));
  ASSERT_TRUE(store_->sync());
  base::SeededRandom random(3);
  std::vector<Bytes> blobs;
  bool has_failed = false;
  {
    const FileSizeLimit limit(400'000);
    for (int i = 0; i < 60 && !has_failed; ++i) {
      blobs.push_back(random_bytes(random, 16'000));
      has_failed = !store_->import_bytes(blobs.back(), {});
    }
    has_failed = !store_->sync() || has_failed;
  }
  EXPECT_TRUE(has_failed);
  // Nothing is claimed that is not there.
  for (const Bytes& each : blobs) {
    const auto found = read_all(*store_, Hash::of(each), each.size());
    if (found) {
      EXPECT_EQ(*found, each);
    }
    ASSERT_TRUE(store_->import_bytes(each, {}));
  }
  ASSERT_TRUE(store_->sync());
  EXPECT_EQ(read_all(*store_, Hash::of(letters(1000)), 1000), letters(1000));
  const auto crashed = after_crash();
  for (const Bytes& each : blobs) EXPECT_EQ(read_all(*crashed, Hash::of(each), each.size()), each);
}

/// Runs in a process of its own; the number it returns is its exit code.
template <class Body>
int in_child(const Body& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
constexpr int skipped = 77;

void write_line(const char* path, const std::string& line) {
  std::ofstream(path) << line;
}

/// From now on what this process mounts is seen by nobody else.
bool may_mount() {
  if (::geteuid() == 0 && ::unshare(CLONE_NEWNS) == 0) {
    return ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  }
  const auto user = std::to_string(::geteuid());
  const auto group = std::to_string(::getegid());
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  write_line("/proc/self/setgroups", "deny");
  write_line("/proc/self/uid_map", "0 " + user + " 1");
  write_line("/proc/self/gid_map", "0 " + group + " 1");
  return ::geteuid() == 0;
}

// [cases.md C-029] A file system of 8 MiB, and then of 64.
TEST_F(Durability, SurvivesAFullFileSystem) {
  const auto small = folder_ / "small";
  std::filesystem::create_directory(small);
  const int outcome = in_child([&]() -> int {
    if (!may_mount()) return skipped;
    if (::mount("tmpfs", small.c_str(), "tmpfs", 0, "size=8m") != 0) return skipped;
    const Bytes bytes = letters(20'000'000);
    const Hash hash = Hash::of(bytes);
    auto store = FileStore::open(small / "store");
    if (!store) return 1;
    const auto no_space = boost::system::errc::no_space_on_device;
    if ((*store)->import_bytes(bytes, {}).error() != no_space) return 2;
    if (receive(**store, bytes, ChunkRanges::all()).error() != no_space) return 3;
    const std::uint64_t received = (*store)->bitfield(hash)->total_bytes();
    if (received < 6'000'000) return 4;
    store->reset();
    if (::mount("tmpfs", small.c_str(), "tmpfs", MS_REMOUNT, "size=64m") != 0) return 5;
    store = FileStore::open(small / "store");
    if (!store) return 6;
    const Bitfield left = *(*store)->bitfield(hash);
    if (left.total_bytes() + bao::group_size < received) return 7;
    if (!receive(**store, bytes, ChunkRanges::all() - left.ranges())) return 8;
    return read_all(**store, hash, bytes.size()) == bytes ? 0 : 9;
  });
  if (outcome == skipped) GTEST_SKIP() << "no user namespaces here";
  EXPECT_EQ(outcome, 0);
}

// [cases.md C-032]
TEST_F(Durability, SaysWhenItMayNotReadOrWrite) {
  write_file(folder_ / "secret", letters(100));
  std::filesystem::permissions(folder_ / "secret", std::filesystem::perms::none);
  std::filesystem::create_directory(folder_ / "closed");
  std::filesystem::permissions(folder_ / "closed", std::filesystem::perms(0555));
  std::filesystem::create_directory(folder_ / "open");
  std::filesystem::permissions(folder_ / "open", std::filesystem::perms::all);
  const int outcome = in_child([&]() -> int {
    if (::geteuid() == 0 && (::setgid(65'534) != 0 || ::setuid(65'534) != 0)) return skipped;
    const auto denied = boost::system::errc::permission_denied;
    if (FileStore::open(folder_ / "closed").error() != denied) return 1;
    if (FileStore::open(folder_ / "closed" / "new").error() != denied) return 2;
    const auto store = FileStore::open(folder_ / "open");
    if (!store) return 3;
    if ((*store)->import_file(folder_ / "secret", ImportMode::copy, {}).error() != denied) return 4;
    const Hash hash = (*store)->import_bytes(letters(10), {})->hash;
    if ((*store)->export_file(hash, folder_ / "closed" / "x", ExportMode::copy, {}).error() != denied) return 5;
    return 0;
  });
  if (outcome == skipped) GTEST_SKIP() << "cannot become somebody else here";
  EXPECT_EQ(outcome, 0);
}

}  // namespace
}  // namespace iroh::blobs
