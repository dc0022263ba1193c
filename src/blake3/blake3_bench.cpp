// SPDX-License-Identifier: MIT OR Apache-2.0
// Bytes a second: whole hashes by size and kernel, groups of 16 chunks in a row, threads. [blobs.md §2.12]
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "blake3/hasher.hpp"
#include "blake3/parallel.hpp"
#include "blake3/tree.hpp"

namespace iroh::blake3 {
namespace {

constexpr std::size_t group_size = 16 * chunk_size;

std::vector<std::byte> pattern(std::size_t size) {
  std::vector<std::byte> data(size);
  for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<std::byte>(i % 251);
  return data;
}

void report(benchmark::State& state, std::size_t size) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
}

void whole_hash(benchmark::State& state, const Kernel& kernel, std::size_t size) {
  const auto data = pattern(size);
  for (auto _ : state) benchmark::DoNotOptimize(on::subtree(kernel, data, 0, Node::root, {}));
  report(state, size);
}

/// What validation and outboards need: the chaining value of every group.
void groups(benchmark::State& state, const Kernel& kernel, std::size_t size) {
  const auto data = pattern(size);
  std::vector<Digest> out(size / group_size);
  for (auto _ : state) {
    on::subtrees(kernel, data, group_size, 0, out, {});
    benchmark::DoNotOptimize(out.data());
  }
  report(state, size);
}

void in_pieces(benchmark::State& state) {
  const auto data = pattern(static_cast<std::size_t>(state.range(0)));
  Hasher hasher;
  for (auto _ : state) hasher.update(data);
  benchmark::DoNotOptimize(hasher.finish());
  report(state, data.size());
}
BENCHMARK(in_pieces)->Arg(1000)->Arg(65'536)->Arg(1'000'000);

void on_many_threads(benchmark::State& state) {
  const auto data = pattern(std::size_t{16} << 20);
  for (auto _ : state) {
    benchmark::DoNotOptimize(hash_in_parallel(data, static_cast<std::size_t>(state.range(0))));
  }
  report(state, data.size());
}
BENCHMARK(on_many_threads)->Arg(1)->Arg(2)->Arg(4)->UseRealTime();

const bool registered = [] {
  for (const Kernel* kernel : usable_kernels()) {
    for (const std::size_t size : {64u, 1024u, 4096u, 16'384u, 65'536u, 1'048'576u, 16'777'216u}) {
      const std::string title = std::string(kernel->name).append("/").append(std::to_string(size));
      benchmark::RegisterBenchmark(("whole_hash/" + title).c_str(), whole_hash, std::cref(*kernel), size);
      if (size >= group_size) {
        benchmark::RegisterBenchmark(("groups/" + title).c_str(), groups, std::cref(*kernel), size);
      }
    }
  }
  return true;
}();

}  // namespace
}  // namespace iroh::blake3
