// SPDX-License-Identifier: MIT OR Apache-2.0
// How fast a file store takes, checks and serves. IROH_BENCH_FOLDER names the folder; the default is the one for
// temporary files.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iostream>

#include "bao/decoder.hpp"
#include "bao/encoder.hpp"
#include "blobs/store/file_store.hpp"

namespace iroh::blobs {
namespace {

class BenchFolder {
 public:
  BenchFolder() {
    const char* chosen = std::getenv("IROH_BENCH_FOLDER");
    path_ = (chosen != nullptr ? std::filesystem::path(chosen) : std::filesystem::temp_directory_path()) /
            ("iroh-store-bench-" + std::to_string(::getpid()));
    clear();
  }
  BenchFolder(const BenchFolder&) = delete;
  BenchFolder& operator=(const BenchFolder&) = delete;
  ~BenchFolder() { std::filesystem::remove_all(path_); }
  void clear() const {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

std::string pattern(std::size_t size, std::uint64_t seed) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    seed = seed * 6'364'136'223'846'793'005u + 1'442'695'040'888'963'407u;
    text[i] = static_cast<char>(seed >> 56);
  }
  return text;
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

void import_small_files(benchmark::State& state) {
  const BenchFolder folder;
  constexpr std::uint64_t count = 10'000;
  std::filesystem::create_directories(folder / "in");
  for (std::uint64_t i = 0; i < count; ++i) write_file(folder / ("in/" + std::to_string(i)), pattern(4096, i));
  for (auto _ : state) {
    state.PauseTiming();
    std::filesystem::remove_all(folder / "store");
    auto store = *FileStore::open(folder / "store");
    state.ResumeTiming();
    for (std::uint64_t i = 0; i < count; ++i) {
      if (!store->import_file(folder / ("in/" + std::to_string(i)), ImportMode::copy, {})) std::abort();
    }
    if (!store->sync()) std::abort();
  }
}

void import_large_file(benchmark::State& state) {
  const BenchFolder folder;
  const std::size_t size = std::size_t{1} << 30;
  write_file(folder / "in", pattern(size, 1));
  const auto mode = state.range(0) == 0 ? ImportMode::copy : ImportMode::reference;
  for (auto _ : state) {
    state.PauseTiming();
    std::filesystem::remove_all(folder / "store");
    auto store = *FileStore::open(folder / "store");
    state.ResumeTiming();
    if (!store->import_file(folder / "in", mode, {})) std::abort();
    if (state.range(1) != 0 && !store->sync()) std::abort();
    state.PauseTiming();
    store.reset();
    state.ResumeTiming();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(size) * state.iterations());
}

void verify_large_file(benchmark::State& state) {
  const BenchFolder folder;
  const std::size_t size = std::size_t{1} << 30;
  write_file(folder / "in", pattern(size, 1));
  const auto store = *FileStore::open(folder / "store");
  const Hash hash = store->import_file(folder / "in", ImportMode::reference, {})->hash;
  for (auto _ : state) {
    if (!store->verify(hash, {})->bad.is_empty()) std::abort();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(size) * state.iterations());
}

/// From one store into another, without a network.
void transfer(benchmark::State& state) {
  const BenchFolder folder;
  const std::size_t size = std::size_t{1} << 30;
  write_file(folder / "in", pattern(size, 1));
  const auto from = *FileStore::open(folder / "from");
  const Hash hash = from->import_file(folder / "in", ImportMode::reference, {})->hash;
  const auto ranges = ChunkRanges::all();
  for (auto _ : state) {
    state.PauseTiming();
    std::filesystem::remove_all(folder / "to");
    auto to = *FileStore::open(folder / "to");
    state.ResumeTiming();
    {
      const auto reader = *from->open(hash);
      bao::Encoder encoder(hash.bytes(), bao::Geometry(size), ranges);
      const auto writer = *to->write(hash, size);
      while (const auto item = *encoder.next(*reader)) {
        if (state.range(0) != 0 && !writer->write(*item)) std::abort();
      }
      if (!writer->flush()) std::abort();
    }
    state.PauseTiming();
    to.reset();
    state.ResumeTiming();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(size) * state.iterations());
}

void open_with_a_million_blobs(benchmark::State& state) {
  const BenchFolder folder;
  {
    auto store = *FileStore::open(folder / "store");
    for (std::uint64_t i = 0; i < 1'000'000; ++i) {
      if (!store->import_bytes(Bytes::from_string(pattern(100, i)), {})) std::abort();
      if (i % 1000 == 0) store->temp_tags().close_scope(global_scope);
    }
  }
  for (auto _ : state) {
    auto store = *FileStore::open(folder / "store");
    if (!store->bitfield(Hash::of(pattern(100, 77)))->is_complete()) std::abort();
    state.PauseTiming();
    store.reset();
    state.ResumeTiming();
  }
}

BENCHMARK(import_small_files)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(5);
BENCHMARK(import_large_file)->Args({0, 0})->Args({0, 1})->Args({1, 0})->UseRealTime()->Iterations(3);
BENCHMARK(verify_large_file)->UseRealTime();
BENCHMARK(transfer)->Arg(0)->Arg(1)->UseRealTime()->Iterations(3);
BENCHMARK(open_with_a_million_blobs)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(3);

}  // namespace
}  // namespace iroh::blobs
