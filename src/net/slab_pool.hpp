// SPDX-License-Identifier: MIT OR Apache-2.0
// Receive memory: 64 KiB slabs, reference-counted and recycled last in, first out, so that an idle endpoint keeps
// touching the same one. [performance.md 2.2]
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "iroh/base/bytes.hpp"

namespace iroh::net {

/// The largest UDP datagram fits, and so does the largest train that the kernel coalesces.
inline constexpr std::size_t slab_bytes = 64 * 1024;

class SlabPool;

class Slab final : public SharedBuffer {
 public:
  std::span<std::byte> bytes() noexcept { return memory_; }

 private:
  friend class SlabPool;
  Slab() noexcept {}  // not "= default": the memory stays uninitialised, and its pages untouched
  void recycle() noexcept override;

  std::shared_ptr<SlabPool> pool_;  // while lent
  alignas(64) std::byte memory_[slab_bytes];
};

/// Slabs may come back on any thread, also after the last socket has gone.
/// How many are lent is bounded by who holds them: the endpoint charges its memory budget for pinned slabs.
class SlabPool : public std::enable_shared_from_this<SlabPool> {
 public:
  /// Free slabs that are kept; more go back to the heap. After a burst an endpoint would otherwise sit on its peak.
  static constexpr std::size_t free_slabs_max = 32;

  /// One for all endpoints of the process: idle ones have no memory of their own. [performance.md §4]
  static const std::shared_ptr<SlabPool>& of_process();
  static std::shared_ptr<SlabPool> create() { return std::shared_ptr<SlabPool>(new SlabPool()); }
  SlabPool(const SlabPool&) = delete;
  SlabPool& operator=(const SlabPool&) = delete;
  ~SlabPool();

  /// A slab with one reference, which the caller owns.
  Slab* take();
  std::size_t free_slabs() const;

 private:
  friend class Slab;
  SlabPool() { free_.reserve(free_slabs_max); }
  void give_back(Slab* slab) noexcept;

  mutable std::mutex mutex_;
  std::vector<Slab*> free_;
};

}  // namespace iroh::net
