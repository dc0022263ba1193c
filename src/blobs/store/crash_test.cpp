// SPDX-License-Identifier: MIT OR Apache-2.0
// Processes killed at random moments while they import, receive and collect garbage: what they leave must open, verify,
// and have everything they were told is safe. [blobs.md §4.3.5]
#include <sys/wait.h>

#include <csignal>

#include "base/random.hpp"
#include "blobs/store/garbage.hpp"
#include "blobs/store/store_test_support.hpp"

namespace iroh::blobs {
namespace {

constexpr std::uint64_t rounds = 15;
/// Received in random parts over all rounds.
constexpr std::size_t shared_size = 1'500'001;

Bytes blob(std::uint64_t number) {
  base::SeededRandom random(1000 + number);
  return random_bytes(random, 1 + random.below(random.chance(1, 2) ? 20'000 : 200'000));
}
TagName tag_of(std::uint64_t number) {
  return TagName(std::to_string(number).c_str());
}

/// What the victim tells its parent once it is safe: the number of a blob.
void report(int pipe, std::uint64_t number) {
  if (::write(pipe, &number, sizeof(number)) != sizeof(number)) ::_exit(2);
}

/// Works until it is killed.
[[noreturn]] void be_the_victim(const std::filesystem::path& folder, std::uint64_t first, int pipe) {
  base::SeededRandom random(first);
  const auto store = FileStore::open(folder / "store");
  if (!store) ::_exit(1);
  const Bytes shared = letters(shared_size);
  std::vector<std::uint64_t> unsafe;
  for (std::uint64_t number = first;; ++number) {
    const Bytes bytes = blob(number);
    const auto path = folder / "users" / std::to_string(number);
    bool is_done = true;
    switch (random.below(5)) {
      case 0:
        is_done = (*store)->import_bytes(bytes, {}).has_value();
        break;
      case 1:
        write_file(path, bytes);
        is_done =
            (*store)->import_file(path, random.chance(1, 2) ? ImportMode::move : ImportMode::copy, {}).has_value();
        break;
      case 2: {
        const auto half = bao::Geometry(bytes.size()).chunks() / 2;
        is_done = receive(**store, bytes, ChunkRanges::from(half)) && receive(**store, bytes, ChunkRanges::all());
        break;
      }
      case 3: {
        const auto chunks = bao::Geometry(shared_size).chunks();
        is_done = receive(**store, shared, bao::interesting_ranges(random, chunks)).has_value();
        break;
      }
      default:
        is_done = (*store)->import_bytes(Bytes::copy_of("garbage " + std::to_string(number)), {}).has_value();
        (*store)->temp_tags().close_scope(global_scope);
        is_done = is_done &&
                  collect_garbage(**store, [&](std::set<Hash>& live) { return live.insert(Hash::of(shared)).second; });
    }
    if (!is_done) ::_exit(3);
    if (*(*store)->bitfield(Hash::of(bytes)) != Bitfield()) {
      if (!(*store)->set_tag(tag_of(number), HashAndFormat::raw(Hash::of(bytes)))) ::_exit(4);
      unsafe.push_back(number);
    }
    if (!random.chance(1, 4)) continue;
    if (!(*store)->sync()) ::_exit(5);
    for (const std::uint64_t each : unsafe) report(pipe, each);
    unsafe.clear();
  }
}

class Crash : public testing::Test {
 protected:
  /// The numbers that were reported as safe.
  std::vector<std::uint64_t> run_victim(std::uint64_t round, std::uint64_t microseconds) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) be_the_victim(folder_.path(), round * 100'000, ends[1]);
    ::close(ends[1]);
    // The first report shows that it is at work.
    std::vector<std::uint64_t> safe;
    std::uint64_t number = 0;
    if (::read(ends[0], &number, sizeof(number)) == sizeof(number)) safe.push_back(number);
    ::usleep(static_cast<useconds_t>(microseconds));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "it ended by itself with " << WEXITSTATUS(status);
    while (::read(ends[0], &number, sizeof(number)) == sizeof(number)) safe.push_back(number);
    ::close(ends[0]);
    return safe;
  }

  /// [blobs.md 63] Nothing is claimed that does not verify.
  void verify_everything(FileStore& store) {
    const std::vector<Hash> hashes = *store.list();
    for (const Hash& hash : hashes) {
      const Bitfield before = *store.bitfield(hash);
      if (hash == Hash::of(shared_)) {
        EXPECT_TRUE(is_right(store));
      }
      const auto report = store.verify(hash, {});
      ASSERT_TRUE(report) << report.error().message();
      // What is there of a group without the rest of it cannot be proven to others, and is right nevertheless.
      EXPECT_TRUE(report->bad.is_empty() || !before.is_complete());
    }
  }
  /// What the store claims to have of the shared blob, byte by byte.
  bool is_right(FileStore& store) {
    const auto reader = store.open(Hash::of(shared_));
    if (!reader) return false;
    const Bitfield& bitfield = (*reader)->bitfield();
    for (std::uint64_t chunk = 0; chunk * 1024 < shared_size; ++chunk) {
      if (!bitfield.ranges().contains(chunk)) continue;
      const Bytes expected = shared_.slice(chunk * 1024, 1024);
      std::vector<std::byte> out(expected.size());
      if (!(*reader)->read(chunk * 1024, out) || !base::equal(out, expected)) return false;
    }
    return true;
  }
  /// Files of the user are whole, unless the victim died while it made them itself.
  void check_users_files() {
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "users")) {
      const Bytes expected = blob(std::stoull(entry.path().filename()));
      const Bytes bytes = read_file(entry.path());
      EXPECT_TRUE(bytes.size() < expected.size() || bytes == expected);
    }
  }

  TestFolder folder_;
  const Bytes shared_ = letters(shared_size);
};

// [blobs.md 63]
TEST_F(Crash, LosesNothingThatWasSafeAndClaimsNothingThatIsNotThere) {
  std::filesystem::create_directories(folder_ / "users");
  base::SeededRandom random(63);
  std::vector<std::uint64_t> safe;
  std::uint64_t received = 0;
  for (std::uint64_t round = 1; round <= rounds; ++round) {
    const auto more = run_victim(round, random.below(60'000));
    safe.insert(safe.end(), more.begin(), more.end());
    const auto store = open_store(folder_ / "store");
    ASSERT_TRUE(store) << "round " << round;
    for (const std::uint64_t number : safe) {
      const Bytes expected = blob(number);
      ASSERT_EQ(read_all(*store, Hash::of(expected), expected.size()), expected) << "round " << round << " " << number;
      ASSERT_TRUE(store->tag(tag_of(number)));
    }
    const std::uint64_t now = store->bitfield(Hash::of(shared_))->total_bytes();
    verify_everything(*store);
    check_users_files();
    EXPECT_TRUE(names_in(folder_ / "store" / "temp").empty());
    // Whole groups stay; what a check cannot prove it gives up.
    EXPECT_GE(now + bao::group_size, received) << "round " << round;
    received = store->bitfield(Hash::of(shared_))->total_bytes();
  }
  EXPECT_FALSE(safe.empty());
}

}  // namespace
}  // namespace iroh::blobs
