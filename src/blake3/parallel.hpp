// SPDX-License-Identifier: MIT OR Apache-2.0
// Hashing large data on several threads. The tree splits at powers of two, so parts are independent of each other.
#pragma once

#include <cstddef>
#include <functional>

#include "blake3/tree.hpp"

namespace iroh::blake3 {

/// Runs task(0) to task(count - 1) in any order, on any threads, and returns when all are done.
using ParallelFor = std::function<void(std::size_t count, const std::function<void(std::size_t)>& task)>;

/// As subtrees(), with the work cut into parts of `part_size` bytes (a multiple of run_size).
void subtrees_in_parallel(ByteSpan data, std::size_t run_size, std::uint64_t first_chunk, std::span<Digest> out,
                          std::size_t part_size, const ParallelFor& parallel_for);

Digest hash_in_parallel(ByteSpan data, const ParallelFor& parallel_for);
/// With threads that live as long as the call. Data too small to gain is hashed by the caller alone.
Digest hash_in_parallel(ByteSpan data, std::size_t thread_count);

/// Starts thread_count - 1 threads per call and works on the caller's thread as well.
ParallelFor on_threads(std::size_t thread_count);

}  // namespace iroh::blake3
