// SPDX-License-Identifier: MIT OR Apache-2.0
#include "bao/geometry.hpp"

#include <gtest/gtest.h>

#include "bao/naive_model.hpp"
#include "bao/outboard.hpp"
#include "base/hex.hpp"
#include "base/random.hpp"
#include "blake3/test_data.hpp"

namespace iroh::bao {
namespace {

using blake3::letter_pattern;
using blake3::official_pattern;

struct OutboardVector {
  std::size_t size;
  const char* pre_order;
  const char* post_order;
};

/// Of A(n). [blobs.md §7.3.3]
constexpr OutboardVector outboard_vectors[] = {
    {16'385, "f7dac24093b3d30fe5c2266431687008f3e92f0f7a645723b53c328a494b6d4e",
     "f7dac24093b3d30fe5c2266431687008f3e92f0f7a645723b53c328a494b6d4e"},
    {32'769, "c0b80864008262704441b736e7b6d00c5623aa20f8ae4659e5839663ef4e514d",
     "1f628b5b81f425f2da291a18bfc4ab174b443f5fd81402089c6f35356a889434"},
    {100'000, "5102cb59d8a6001ca6438a95a268ab6778dc91275867bac38db60091ff3ef3dc",
     "985bc9855f4712dcffc0f4381327184e9a25fe54a4fdceff4e5a8d34231157b6"},
    {1'048'576, "8e83925f83921be8eff9db86a7ea107c3cd90bbedcbb1c58666145b2f33540e3",
     "2cad3b27c3fc81ba9527a498e232043e8c1c8a9fd819fe82aca5e075c882138e"},
    {8'388'608, "9706df15ed82d555e6442c4e0251e9f6deac789eb5aca381b375754f8d25b5da",
     "877eda573ec5c5907797f51d3ab42b6566a64c3dce317caed56d003f084ca090"},
};

void expect_outboard(ByteSpan data, const char* pre_order, const char* post_order) {
  const Outboard outboard = make_outboard(data);
  EXPECT_EQ(outboard.hash, blake3::hash(data));
  EXPECT_EQ(base::to_hex(blake3::hash(outboard.bytes)), pre_order) << data.size();
  const auto reordered = to_post_order(outboard.bytes, Geometry(data.size()));
  EXPECT_EQ(base::to_hex(blake3::hash(reordered)), post_order) << data.size();
}

// [blobs.md 13]
TEST(Outboard, EqualsTheVectorsInBothOrders) {
  for (const OutboardVector& vector : outboard_vectors) {
    expect_outboard(letter_pattern(vector.size), vector.pre_order, vector.post_order);
  }
  expect_outboard(official_pattern(102'400), "3790276c1e3c86bf2e6ed24831ca633d54f738fc9861538d27c7992ab429338c",
                  "a6721089f02de05de0919035270be0cc585b656253f38fbf80d73274d961acc4");
  EXPECT_EQ(base::to_hex(make_outboard(letter_pattern(16'385)).bytes),
            "4ab3676c97d1d53d0bf573553df4de0a4638c39fc28e36525d610abde31a12a8"
            "13178c03e8006bf1175833147a8c6f67a871cb72d729189d75ac348cc11d1b94");
}

TEST(Outboard, IsEmptyUpToOneGroup) {
  for (const std::size_t size : {0u, 1u, 16'384u}) EXPECT_TRUE(make_outboard(letter_pattern(size)).bytes.empty());
}

TEST(Outboard, DoesNotCareHowTheDataIsCut) {
  base::SeededRandom random(4);
  const auto data = official_pattern(70 * group_size + 333);
  const Outboard expected = make_outboard(data);
  for (int round = 0; round < 20; ++round) {
    std::vector<std::byte> pairs(expected.bytes.size());
    OutboardBuilder builder(Geometry(data.size()), pairs);
    for (ByteSpan rest = data; !rest.empty();) {
      const std::size_t piece = std::min(rest.size(), group_size * (1 + random.below(40)));
      if (random.chance(1, 2)) {
        builder.update(rest.first(piece));
      } else {
        builder.update(rest.first(piece), blake3::on_threads(2));
      }
      rest = rest.subspan(piece);
    }
    EXPECT_EQ(builder.finish(), expected.hash);
    EXPECT_EQ(pairs, expected.bytes);
  }
}

TEST(Outboard, EqualsTheNaiveTwin) {
  base::SeededRandom random(5);
  for (int round = 0; round < 60; ++round) {
    const unsigned group_log = random.chance(1, 2) ? 4 : 0;
    const auto data = official_pattern(random.below(group_log == 0 ? 40'000 : 400'000));
    naive::Bytes expected;
    const naive::Blob blob{data, std::uint64_t{1} << group_log};
    naive::pre_order(blob, 0, blob.chunks(), expected);
    const Outboard outboard = make_outboard(data, group_log);
    EXPECT_EQ(outboard.bytes, expected) << data.size();
    EXPECT_EQ(outboard.hash, blake3::hash(data));
  }
}

/// Counts pairs on a walk in pre-order and one in post-order, and compares with the formulas at each node.
void check_indices(const Geometry& geometry, const Node& node, std::uint64_t& pre, std::uint64_t& post) {
  if (!geometry.is_stored(node)) return;
  EXPECT_EQ(geometry.pre_order_index(node), pre++) << geometry.size();
  check_indices(geometry, node.left(), pre, post);
  check_indices(geometry, node.right(), pre, post);
  EXPECT_EQ(geometry.post_order_index(node), post++) << geometry.size();
}

// [blobs.md 13]
TEST(Geometry, NumbersPairsAsAWalkDoes) {
  for (const std::uint64_t size : {16'385u, 32'769u, 100'000u, 1'048'577u, 8'388'608u, 5'000'000u}) {
    const Geometry geometry(size);
    std::uint64_t pre = 0;
    std::uint64_t post = 0;
    check_indices(geometry, geometry.root(), pre, post);
    EXPECT_EQ(pre * pair_size, geometry.outboard_size());
    EXPECT_EQ(post, pre);
  }
}

// [blobs.md 22]
TEST(Geometry, DoesNotOverflowAtTheLargestSizes) {
  const Geometry largest(UINT64_MAX);
  EXPECT_EQ(largest.chunks(), std::uint64_t{1} << 54);
  EXPECT_EQ(largest.groups(), std::uint64_t{1} << 50);
  const Node last = {largest.chunks() - 1, largest.chunks()};
  EXPECT_EQ(largest.length(last), 1023u);
  EXPECT_EQ(largest.length(largest.root()), UINT64_MAX);
  EXPECT_EQ(Geometry(0).chunks(), 1u);
  EXPECT_EQ(Geometry(0).length({0, 1}), 0u);
}

}  // namespace
}  // namespace iroh::bao
