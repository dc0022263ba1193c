// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blake3/tree.hpp"

#include <gtest/gtest.h>

#include <bit>

#include "base/hex.hpp"
#include "base/random.hpp"
#include "blake3/lanes.hpp"
#include "blake3/test_data.hpp"

namespace iroh::blake3 {
namespace {

ByteSpan chunks(ByteSpan data, std::size_t begin, std::size_t end) {
  return data.subspan(begin * chunk_size, std::min(data.size(), end * chunk_size) - begin * chunk_size);
}

struct NodeVector {
  std::size_t begin, end;
  const char* value;
};

/// [blobs.md §7.3.2]
constexpr NodeVector node_vectors[] = {
    {0, 1, "5c9e654411e393d1f4bec710ccd5bc5669ab177d610a0eb691fcfee92fb4e8b1"},
    {1, 2, "5b1f23b8390368a2c15095910389d1b716eb52a6dfd34d0aa66a22a21b761ca7"},
    {15, 16, "14e4b9a8c2343a2332b76cf060f6d36abdd1deefe818546883e6087ce4dd9045"},
    {99, 100, "bcd21064bd4cd4452b61b8d33f5bdfcf51997bdbb504bdeb247c9e3f285d04e4"},
    {0, 16, "5384f9b342c6cb86badedcbe662b0e980476a8db17db3cc1f13b19329749ab1f"},
    {16, 32, "406632eceb31aa6735f072ad0554f5963f4082b5139978455b44f67732cf949d"},
    {32, 48, "bccbba6c1168012dc733c21a85cc8500576e28489a119e848307770260b3c87f"},
    {48, 64, "762831a5a6c2ca9fad845da11b211517d966e798daa3de1a9cb06e2e61cbf785"},
    {64, 80, "229739fff0238a3b5e48b47ef009f632d0c7a7862925aa086cdda332e0644fc5"},
    {80, 96, "9f13dff9d2827e9260523c93f2bba41b2e12fa0c2a90298310f563b10e291a7d"},
    {96, 100, "ae12850e9b281f2d34df188975322d732133da1e6242c39053cdc5d9de28fb39"},
    {0, 32, "1e03bf3657c5076623059f21d92f2ec634dd276b07e3760625c73416f343d857"},
    {32, 64, "95d13beb8a252ab0a9ad34b90063717be147ef23b67b90a59d3d8ce3cc5e076a"},
    {64, 96, "53d96c0caf40d0926e0c6d173b355c4e6aea98ebc8bfc57655070a18b272aeac"},
    {0, 64, "88da791e722ac59740d9a44402e384ad99f1c79d4bab7449a0c2da1fafb91fb7"},
    {64, 100, "ae785d016c05c9a781d5e7305add12816970071714e2fbc33ab1043fbee2bd93"},
};

// [blobs.md 12]
TEST(Subtree, EqualsTheVectorsOfEveryLevel) {
  const auto data = official_pattern(102'400);
  for (const NodeVector& node : node_vectors) {
    EXPECT_EQ(base::to_hex(subtree(chunks(data, node.begin, node.end), node.begin)), node.value) << node.begin;
  }
}

// [blobs.md 12] The root flag only at the top: the same bytes, three times two values.
TEST(Subtree, DiffersBetweenRootAndInnerNode) {
  const auto data = official_pattern(102'400);
  const auto both = [&](std::size_t size) {
    const ByteSpan part = ByteSpan(data).first(size);
    EXPECT_NE(subtree(part, 0, Node::root), subtree(part, 0, Node::inner));
    return base::to_hex(subtree(part, 0, Node::inner));
  };
  EXPECT_EQ(both(1024), "5c9e654411e393d1f4bec710ccd5bc5669ab177d610a0eb691fcfee92fb4e8b1");
  EXPECT_EQ(both(1), "0df1a7881d71d287d0afc2fcd7d23d28f12e401ab858ca267f11c5f1710df315");
  EXPECT_EQ(both(0), "b4686b3c8d953f4d185d51bc9cd7bce6d9782d7659f8c06068d4c3ffa6e56841");
  const Digest left = subtree(chunks(data, 0, 64), 0);
  const Digest right = subtree(chunks(data, 64, 100), 64);
  EXPECT_EQ(parent(left, right, Node::root), hash(data));
  EXPECT_NE(parent(left, right), hash(data));
}

/// Straight from the definition, one compression at a time.
Digest naive_subtree(ByteSpan data, std::uint64_t first_chunk, Node node, const Mode& mode) {
  const Kernel& portable = *usable_kernels().front();
  if (data.size() <= chunk_size) return on::chunk(portable, data, first_chunk, node, mode);
  const std::size_t left = std::bit_floor((data.size() - 1) / chunk_size);
  return on::parent(portable, naive_subtree(data.first(left * chunk_size), first_chunk, Node::inner, mode),
                    naive_subtree(data.subspan(left * chunk_size), first_chunk + left, Node::inner, mode), node, mode);
}

TEST(Subtree, EqualsTheDefinitionOnEveryKernelForManySizes) {
  const auto data = official_pattern(600 * chunk_size);
  base::SeededRandom random(7);
  for (int round = 0; round < 120; ++round) {
    const std::size_t size = random.chance(1, 2) ? random.below(40 * chunk_size) : random.below(data.size() + 1);
    const ByteSpan part = ByteSpan(data).first(size);
    // Counters beyond 32 bits, and ones whose low word wraps within a run.
    const std::uint64_t first = random.chance(1, 2) ? 0 : (std::uint64_t{1} << (32 + random.below(20))) - 1024;
    const Node node = first == 0 && random.chance(1, 2) ? Node::root : Node::inner;
    const Digest expected = naive_subtree(part, first, node, {});
    for (const Kernel* kernel : usable_kernels()) {
      EXPECT_EQ(on::subtree(*kernel, part, first, node, {}), expected) << kernel->name << " " << size;
    }
  }
}

TEST(Subtrees, EqualOneCallForEachRun) {
  const auto data = official_pattern(1'200'000);
  base::SeededRandom random(3);
  for (int round = 0; round < 40; ++round) {
    const ByteSpan part = ByteSpan(data).first(random.below(data.size()) + 1);
    const std::size_t run = chunk_size << random.below(10);
    std::vector<Digest> out((part.size() - 1) / run + 1);
    for (const Kernel* kernel : usable_kernels()) {
      on::subtrees(*kernel, part, run, run / chunk_size * 5, out, {});
      for (std::size_t i = 0; i < out.size(); ++i) {
        const ByteSpan one = part.subspan(i * run, std::min(run, part.size() - i * run));
        ASSERT_EQ(out[i], subtree(one, run / chunk_size * (5 + i))) << kernel->name << " run " << i;
      }
    }
  }
}

/// The text of the vector kernels at one width, compiled for whatever this test is compiled for.
template <std::size_t n>
void hash_at_width(const HashManyJob& job) noexcept {
  std::size_t done = hash_runs<n>(job, 0);
  for (; done < job.count; ++done) hash_lanes<n>(job, done, 1);
}

// The wide kernels run only on processors that have them; their arithmetic is tested on every one.
TEST(Lanes, ComputeTheSameAtEveryWidth) {
  const auto data = official_pattern(70 * chunk_size);
  const Words key = initial_words;
  for (const std::size_t count : {1u, 3u, 4u, 5u, 8u, 9u, 16u, 17u, 31u, 64u}) {
    for (const bool parents : {false, true}) {
      HashManyJob job{.input = data.data(), .stride = parents ? block_size : chunk_size, .count = count};
      job.blocks = job.stride / block_size;
      job.key = &key;
      job.counter = parents ? 0 : (std::uint64_t{1} << 32) - 5;
      job.counter_increments = !parents;
      job.flags = parents ? flag_parent : 0;
      job.first_block_flags = parents ? 0 : flag_chunk_start;
      job.last_block_flags = parents ? 0 : flag_chunk_end;
      std::vector<Digest> expected(count);
      job.output = expected[0].data();
      usable_kernels().front()->hash_many(job);
      for (void (*hash_many)(const HashManyJob&) noexcept : {hash_at_width<4>, hash_at_width<8>, hash_at_width<16>}) {
        std::vector<Digest> actual(count);
        job.output = actual[0].data();
        hash_many(job);
        EXPECT_EQ(actual, expected) << count << (parents ? " parents" : " chunks");
      }
    }
  }
}

}  // namespace
}  // namespace iroh::blake3
