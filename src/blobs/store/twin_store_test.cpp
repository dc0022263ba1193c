// SPDX-License-Identifier: MIT OR Apache-2.0
// The file store against the memory store: whatever is done to both, with restarts and crashes of the one, they agree.
#include <map>

#include "blobs/store/garbage.hpp"
#include "blobs/store/memory_store.hpp"
#include "blobs/store/store_test_support.hpp"

namespace iroh::blobs {
namespace {

class Twins {
 public:
  explicit Twins(std::uint64_t seed) : random_(seed) {
    for (int i = 0; i < 8; ++i) blobs_.push_back(random_bytes(random_, 1 + bao::interesting_size(random_, 90'000)));
    for (const Bytes& each : blobs_) hashes_.push_back(Hash::of(each));
    options_.inline_data_limit = random_.chance(1, 3) ? 0 : 16'384;
    options_.inline_outboard_limit = random_.chance(1, 3) ? 0 : 16'384;
    options_.max_open_files = 1 + random_.below(8);
    files_ = open_store(folder_ / "store", options_);
  }

  void step() {
    const std::size_t i = random_.below(blobs_.size());
    switch (random_.below(12)) {
      case 0:
        return import_bytes(i);
      case 1:
        return import_file(i);
      case 2:
      case 3:
      case 4:
        return receive_part(i);
      case 5:
        return keep_writing(i);
      case 6:
        return remove(i);
      case 7:
        return tag(i);
      case 8:
        return collect();
      case 9:
        return export_file(i);
      case 10:
        return reopen();
      default:
        return upkeep();
    }
  }

  void compare() {
    writers_.clear();
    for (std::size_t i = 0; i < blobs_.size(); ++i) {
      const Bitfield expected = *memory_.bitfield(hashes_[i]);
      ASSERT_EQ(*files_->bitfield(hashes_[i]), expected);
      if (expected == Bitfield()) continue;
      // What of partial groups is in the tree is not compared: it cannot be served.
      const auto ranges = bao::interesting_ranges(random_, bao::Geometry(blobs_[i].size()).chunks());
      const auto from_files = serve(*files_, hashes_[i], ranges);
      const auto from_memory = serve(memory_, hashes_[i], ranges);
      ASSERT_EQ(from_files.bytes, from_memory.bytes);
      ASSERT_EQ(from_files.error.has_value(), from_memory.error.has_value());
    }
    ASSERT_EQ(*files_->list_tags(TagRange::all()), *memory_.list_tags(TagRange::all()));
    const auto in_files = *files_->list();
    const auto in_memory = *memory_.list();
    ASSERT_EQ(std::set(in_files.begin(), in_files.end()), std::set(in_memory.begin(), in_memory.end()));
    ASSERT_TRUE(names_in(folder_ / "store" / "temp").empty());
  }

 private:
  void import_bytes(std::size_t i) {
    for_both([&](Store& store) { ASSERT_EQ(store.import_bytes(blobs_[i], {})->hash, hashes_[i]); });
  }
  void import_file(std::size_t i) {
    const auto path = folder_ / ("in-" + std::to_string(i));
    write_file(path, blobs_[i]);
    const auto mode = std::array{ImportMode::copy, ImportMode::reference, ImportMode::move}[random_.below(3)];
    ASSERT_EQ(files_->import_file(path, mode, {})->hash, hashes_[i]);
    ASSERT_EQ(memory_.import_bytes(blobs_[i], {})->hash, hashes_[i]);
  }
  void receive_part(std::size_t i) {
    const auto ranges = bao::interesting_ranges(random_, bao::Geometry(blobs_[i].size()).chunks());
    if (ranges.is_empty()) return;
    for_both([&](Store& store) { ASSERT_TRUE(receive(store, blobs_[i], ranges)); });
  }
  /// Two writers of one blob, one of which stays open over what follows.
  void keep_writing(std::size_t i) {
    auto writer = *files_->write(hashes_[i], blobs_[i].size());
    const auto ranges = bao::interesting_ranges(random_, bao::Geometry(blobs_[i].size()).chunks());
    ASSERT_TRUE(receive_into(*writer, blobs_[i], ranges));
    receive_part(i);
    const auto twin = *memory_.write(hashes_[i], blobs_[i].size());
    ASSERT_TRUE(receive_into(*twin, blobs_[i], ranges));
    if (memory_.bitfield(hashes_[i])->ranges().is_empty()) memory_.remove({&hashes_[i], 1}, true).value();
    writers_.push_back(std::move(writer));
  }
  void remove(std::size_t i) {
    writers_.clear();
    for_both([&](Store& store) { ASSERT_TRUE(store.remove({&hashes_[i], 1}, true)); });
  }
  void tag(std::size_t i) {
    const TagName name(std::string_view("01234").substr(random_.below(5), 1));
    if (random_.chance(1, 3)) {
      for_both([&](Store& store) { ASSERT_TRUE(store.delete_tags(TagRange::prefix(name))); });
    } else {
      for_both([&](Store& store) { ASSERT_TRUE(store.set_tag(name, HashAndFormat::raw(hashes_[i]))); });
    }
  }
  void collect() {
    writers_.clear();
    for_both([&](Store& store) {
      store.temp_tags().close_scope(global_scope);
      ASSERT_TRUE(collect_garbage(store));
    });
  }
  void export_file(std::size_t i) {
    if (!memory_.bitfield(hashes_[i])->is_complete()) return;
    const auto mode = random_.chance(1, 2) ? ExportMode::copy : ExportMode::reference;
    const auto path = folder_ / ("out-" + std::to_string(i));
    const auto done = files_->export_file(hashes_[i], path, mode, {});
    ASSERT_TRUE(done) << done.error().message();
    ASSERT_EQ(read_file(path), blobs_[i]);
  }
  void reopen() {
    writers_.clear();
    if (random_.chance(1, 2)) {
      files_.reset();
    } else {
      // Everything was answered and made safe: kill -9 loses nothing.
      ASSERT_TRUE(files_->sync());
      copy_as_after_a_crash(folder_ / "store", folder_ / "crashed");
      files_.reset();
      std::filesystem::remove_all(folder_ / "store");
      std::filesystem::rename(folder_ / "crashed", folder_ / "store");
    }
    files_ = open_store(folder_ / "store", options_);
    memory_.temp_tags().close_scope(global_scope);
  }
  void upkeep() { ASSERT_TRUE(files_->upkeep()); }

  template <class Do>
  void for_both(const Do& action) {
    action(*files_);
    action(memory_);
  }

  TestFolder folder_;
  base::SeededRandom random_;
  std::vector<Bytes> blobs_;
  std::vector<Hash> hashes_;
  FileStoreOptions options_;
  MemoryStore memory_;
  std::unique_ptr<FileStore> files_;
  std::vector<std::unique_ptr<BlobWriter>> writers_;
};

// [blobs.md 59] [blobs.md 63]
TEST(TwinStores, AgreeWhateverIsDoneToThem) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    Twins twins(seed);
    for (int step = 0; step < 60; ++step) {
      twins.step();
      if (step % 3 == 0) twins.compare();
      ASSERT_FALSE(testing::Test::HasFatalFailure()) << "seed " << seed << " step " << step;
    }
  }
}

}  // namespace
}  // namespace iroh::blobs
