// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/base/bytes.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <thread>
#include <vector>

namespace iroh::base {
namespace {

TEST(Bytes, SlicesShareTheMemoryAndKeepItAlive) {
  std::optional<Bytes> whole = Bytes::copy_of("hello, world");
  const Bytes part = whole->slice(7, 5);
  EXPECT_EQ(part.data(), whole->data() + 7);
  whole.reset();
  EXPECT_EQ(part.text(), "world");
  EXPECT_TRUE(part.owner().get()->is_unique());
}

TEST(Bytes, ClipsSlices) {
  const Bytes bytes = Bytes::copy_of("abc");
  EXPECT_EQ(bytes.slice(1).text(), "bc");
  EXPECT_EQ(bytes.slice(2, 100).text(), "c");
  EXPECT_TRUE(bytes.slice(100).empty());
  EXPECT_TRUE(Bytes().slice(1, 1).empty());
}

TEST(Bytes, TakesOverAStringWithoutCopying) {
  std::string text(1000, 'x');
  const char* memory = text.data();
  const Bytes bytes = Bytes::from_string(std::move(text));
  EXPECT_EQ(bytes.text().data(), memory);
  EXPECT_EQ(bytes, Bytes::copy_of(std::string(1000, 'x')));
}

TEST(Bytes, MovesItsEnds) {
  Bytes bytes = Bytes::copy_of("abcdef");
  bytes.remove_prefix(2);
  bytes.truncate(3);
  bytes.truncate(10);
  EXPECT_EQ(bytes.text(), "cde");
}

class CountingBuffer final : public SharedBuffer {
 public:
  explicit CountingBuffer(int& recycled) : recycled_(recycled) {}
  ~CountingBuffer() override = default;

 private:
  void recycle() noexcept override {
    ++recycled_;
    revive();
  }
  int& recycled_;
};

TEST(Bytes, GivesALentBufferBackOnce) {
  int recycled = 0;
  CountingBuffer buffer(recycled);
  for (int round = 1; round <= 2; ++round) {
    Bytes bytes(SharedBufferRef::adopt(&buffer), {});
    Bytes copy = bytes;
    EXPECT_FALSE(buffer.is_unique());
    Bytes moved = std::move(copy);
    bytes = moved;
    EXPECT_EQ(recycled, round - 1);
    bytes = Bytes();
    moved = Bytes();
    EXPECT_EQ(recycled, round);
  }
}

TEST(Bytes, SlicesOfOneBufferCanBeUsedByManyThreads) {
  const Bytes whole = Bytes::copy_of("0123456789");
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < 4; ++i) {
    threads.emplace_back([part = whole.slice(i, 4), i] {
      for (int round = 0; round < 1000; ++round) {
        const Bytes copy = part.slice(1);
        ASSERT_EQ(copy.text(), std::string_view("0123456789").substr(i + 1, 3));
      }
    });
  }
  threads.clear();
  EXPECT_TRUE(whole.owner().get()->is_unique());
}

}  // namespace
}  // namespace iroh::base
