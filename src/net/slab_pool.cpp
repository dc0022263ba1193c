// SPDX-License-Identifier: MIT OR Apache-2.0
#include "net/slab_pool.hpp"

#include <utility>

#if defined(__SANITIZE_ADDRESS__)
#define IROH_POISON_SLABS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IROH_POISON_SLABS 1
#endif
#endif

#ifdef IROH_POISON_SLABS
#include <sanitizer/asan_interface.h>
#endif

namespace iroh::net {
namespace {

// Under AddressSanitizer a slice that outlives its reference is reported, although the slab is still allocated.
void poison([[maybe_unused]] std::span<std::byte> memory) noexcept {
#ifdef IROH_POISON_SLABS
  ASAN_POISON_MEMORY_REGION(memory.data(), memory.size());
#endif
}

void unpoison([[maybe_unused]] std::span<std::byte> memory) noexcept {
#ifdef IROH_POISON_SLABS
  ASAN_UNPOISON_MEMORY_REGION(memory.data(), memory.size());
#endif
}

}  // namespace

void Slab::recycle() noexcept {
  // The local reference keeps the pool alive until give_back() has returned.
  const auto pool = std::exchange(pool_, nullptr);
  pool->give_back(this);
}

SlabPool::~SlabPool() {
  for (Slab* slab : free_) {
    unpoison(slab->bytes());
    delete slab;
  }
}

const std::shared_ptr<SlabPool>& SlabPool::of_process() {
  static const std::shared_ptr<SlabPool> pool = create();
  return pool;
}

Slab* SlabPool::take() {
  Slab* slab = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      slab = free_.back();
      free_.pop_back();
    }
  }
  if (slab != nullptr) {
    unpoison(slab->bytes());
    slab->revive();
  } else {
    slab = new Slab();
  }
  slab->pool_ = shared_from_this();
  return slab;
}

void SlabPool::give_back(Slab* slab) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (free_.size() < free_slabs_max) {
      poison(slab->bytes());
      free_.push_back(slab);
      return;
    }
  }
  delete slab;
}

std::size_t SlabPool::free_slabs() const {
  const std::lock_guard lock(mutex_);
  return free_.size();
}

}  // namespace iroh::net
