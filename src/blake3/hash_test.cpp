// SPDX-License-Identifier: MIT OR Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/hex.hpp"
#include "base/random.hpp"
#include "blake3/hash_vectors.hpp"
#include "blake3/hasher.hpp"
#include "blake3/parallel.hpp"
#include "blake3/test_data.hpp"
#include "blake3/tree.hpp"

namespace iroh::blake3 {
namespace {

Mode key_mode() {
  return Mode::keyed(base::as_bytes(vector_key).first<digest_size>());
}
Mode context_mode() {
  return Mode::derive_key(base::as_bytes(vector_context));
}

void expect_output(ByteSpan input, const Mode& mode, std::string_view head, std::string_view tail) {
  Hasher hasher(mode);
  hasher.update(input);
  std::vector<std::byte> output(vector_output_size);
  hasher.finish(output);
  EXPECT_EQ(base::to_hex(ByteSpan(output).first(digest_size)), head) << input.size();
  EXPECT_EQ(base::to_hex(ByteSpan(output).last(8)), tail) << input.size();
  std::vector<std::byte> end(8);
  hasher.finish(end, vector_output_size - 8);
  EXPECT_EQ(base::to_hex(end), tail) << input.size();
}

// [blobs.md 11]
TEST(Hash, EqualsThePublishedVectorsInEveryModeOnEveryKernel) {
  const auto data = official_pattern(102'400);
  for (const HashVector& vector : hash_vectors) {
    const ByteSpan input = ByteSpan(data).first(vector.input_size);
    for (const Kernel* kernel : usable_kernels()) {
      const auto on_kernel = [&](const Mode& mode) {
        return base::to_hex(on::subtree(*kernel, input, 0, Node::root, mode));
      };
      EXPECT_EQ(on_kernel({}), vector.hash) << kernel->name << " " << input.size();
      EXPECT_EQ(on_kernel(key_mode()), vector.keyed) << kernel->name << " " << input.size();
      EXPECT_EQ(on_kernel(context_mode()), vector.derived) << kernel->name << " " << input.size();
    }
  }
}

// [blobs.md 11] And with extended output, from its beginning and from the middle.
TEST(Hasher, EqualsThePublishedVectorsInEveryMode) {
  const auto data = official_pattern(102'400);
  for (const HashVector& vector : hash_vectors) {
    const ByteSpan input = ByteSpan(data).first(vector.input_size);
    expect_output(input, {}, vector.hash, vector.hash_tail);
    expect_output(input, key_mode(), vector.keyed, vector.keyed_tail);
    expect_output(input, context_mode(), vector.derived, vector.derived_tail);
  }
}

TEST(Hasher, DoesNotCareHowTheDataIsCut) {
  const auto data = official_pattern(300'000);
  base::SeededRandom random(1);
  for (int round = 0; round < 60; ++round) {
    const std::size_t size = random.below(data.size() + 1);
    const std::size_t longest = std::size_t{1} << (1 + random.below(18));
    Hasher hasher;
    for (ByteSpan rest = ByteSpan(data).first(size); !rest.empty();) {
      const std::size_t piece = std::min<std::size_t>(rest.size(), random.below(longest + 1));
      hasher.update(rest.first(piece));
      rest = rest.subspan(piece);
      if (random.chance(1, 8)) (void)hasher.finish();  // looking at the hash changes nothing
    }
    EXPECT_EQ(base::to_hex(hasher.finish()), base::to_hex(hash(ByteSpan(data).first(size)))) << size;
  }
}

TEST(ParallelHash, EqualsTheHashOfOneThread) {
  constexpr std::size_t part = std::size_t{1} << 20;
  const auto data = official_pattern(5 * part + 12'345);
  for (const std::size_t size :
       {std::size_t{0}, part - 1, part, part + 1, 2 * part, 3 * part, 4 * part + 1, data.size()}) {
    const ByteSpan input = ByteSpan(data).first(size);
    for (const std::size_t threads : {1u, 2u, 3u, 8u}) {
      EXPECT_EQ(hash_in_parallel(input, threads), hash(input)) << size << " " << threads;
    }
  }
}

TEST(ParallelSubtrees, EqualThoseOfOneThread) {
  const auto data = official_pattern(1'000'001);
  constexpr std::size_t run = 16 * chunk_size;
  std::vector<Digest> expected(data.size() / run + 1);
  std::vector<Digest> actual(expected.size());
  subtrees(data, run, 64, expected);
  subtrees_in_parallel(data, run, 64, actual, 4 * run, on_threads(3));
  EXPECT_EQ(actual, expected);
}

}  // namespace
}  // namespace iroh::blake3
