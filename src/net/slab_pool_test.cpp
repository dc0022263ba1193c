// SPDX-License-Identifier: MIT OR Apache-2.0
#include "net/slab_pool.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>

namespace iroh::net {
namespace {

TEST(SlabPool, GivesTheSlabThatCameBackLast) {
  const auto pool = SlabPool::create();
  Slab* first = pool->take();
  Slab* second = pool->take();
  EXPECT_NE(first, second);
  first->release();
  second->release();
  EXPECT_EQ(pool->take(), second);  // [performance.md 2.2]
  EXPECT_EQ(pool->take(), first);
  first->release();
  second->release();
}

TEST(SlabPool, IsTheSameForTheWholeProcess) {
  EXPECT_EQ(SlabPool::of_process(), SlabPool::of_process());
}

TEST(SlabPool, TakesASlabBackOnlyWithTheLastSlice) {
  const auto pool = SlabPool::create();
  Slab* slab = pool->take();
  std::memset(slab->bytes().data(), 7, slab->bytes().size());
  auto owner = SharedBufferRef::adopt(slab);
  EXPECT_TRUE(slab->is_unique());
  Bytes slice(owner, slab->bytes().subspan(100, 50));
  owner = {};
  EXPECT_EQ(pool->free_slabs(), 0u);
  EXPECT_EQ(slice.span()[49], std::byte{7});
  slice = {};
  EXPECT_EQ(pool->free_slabs(), 1u);
}

TEST(SlabPool, KeepsABoundedNumberOfFreeSlabs) {
  const auto pool = SlabPool::create();
  std::vector<Slab*> lent;
  for (std::size_t i = 0; i < SlabPool::free_slabs_max + 5; ++i) lent.push_back(pool->take());
  for (Slab* slab : lent) slab->release();
  EXPECT_EQ(pool->free_slabs(), SlabPool::free_slabs_max);
}

TEST(SlabPool, LivesUntilTheLastSlabIsBackOnWhateverThread) {
  auto pool = SlabPool::create();
  auto slab = SharedBufferRef::adopt(pool->take());
  const std::weak_ptr<SlabPool> observer = pool;
  pool.reset();
  EXPECT_FALSE(observer.expired());
  std::thread([last = std::move(slab)]() mutable { last = {}; }).join();
  EXPECT_TRUE(observer.expired());
}

}  // namespace
}  // namespace iroh::net
