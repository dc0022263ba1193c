// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blake3/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <thread>
#include <vector>

#include "base/assert.hpp"

namespace iroh::blake3 {
namespace {

/// Small enough that threads finish together, large enough that handing a part out costs nothing.
constexpr std::size_t hash_part_size = std::size_t{1} << 20;

std::size_t parts_of(std::size_t size, std::size_t part_size) noexcept {
  return size / part_size + (size % part_size != 0 ? 1 : 0);
}

/// The root of a tree whose nodes at one level are given.
Digest fold_to_root(std::vector<Digest>& values) noexcept {
  std::size_t count = values.size();
  for (; count > 2; count = count / 2 + count % 2) {
    for (std::size_t i = 0; i < count / 2; ++i) values[i] = parent(values[2 * i], values[2 * i + 1]);
    if (count % 2 != 0) values[count / 2] = values[count - 1];
  }
  return parent(values[0], values[1], Node::root);
}

}  // namespace

void subtrees_in_parallel(ByteSpan data, std::size_t run_size, std::uint64_t first_chunk, std::span<Digest> out,
                          std::size_t part_size, const ParallelFor& parallel_for) {
  IROH_ASSERT(part_size % run_size == 0);
  parallel_for(parts_of(data.size(), part_size), [&](std::size_t part) {
    const std::size_t begin = part * part_size;
    const std::size_t size = std::min(part_size, data.size() - begin);
    subtrees(data.subspan(begin, size), run_size, first_chunk + begin / chunk_size,
             out.subspan(begin / run_size, parts_of(size, run_size)));
  });
}

Digest hash_in_parallel(ByteSpan data, const ParallelFor& parallel_for) {
  if (data.size() <= hash_part_size) return hash(data);
  std::vector<Digest> values(parts_of(data.size(), hash_part_size));
  subtrees_in_parallel(data, hash_part_size, 0, values, hash_part_size, parallel_for);
  return fold_to_root(values);
}

Digest hash_in_parallel(ByteSpan data, std::size_t thread_count) {
  const std::size_t useful = std::min(thread_count, data.size() / hash_part_size);
  return useful < 2 ? hash(data) : hash_in_parallel(data, on_threads(useful));
}

ParallelFor on_threads(std::size_t thread_count) {
  return [thread_count](std::size_t count, const std::function<void(std::size_t)>& task) {
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
      for (std::size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) task(i);
    };
    std::vector<std::jthread> helpers;
    for (std::size_t i = 1; i < std::min(thread_count, count); ++i) helpers.emplace_back(work);
    work();
  };
}

}  // namespace iroh::blake3
