// SPDX-License-Identifier: MIT OR Apache-2.0
// A fixed set of random interactions for every test run; `./dev sim --seeds N` runs more.
#include "tests/sim/quic/interaction.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace iroh::sim {
namespace {

constexpr std::uint64_t seeds_in_a_test_run = 40;

// [quic.md §9.1-36] [quic.md §9.1-38] [quic.md §9.1-39]
class Interactions : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Interactions, KeepEveryInvariant) {
  // Ten to a test, so that the list of tests stays readable.
  for (std::uint64_t seed = GetParam() * 10; seed < GetParam() * 10 + 10; ++seed) {
    const Plan plan = Plan::from_seed(seed);
    const Failure failure = run(plan);
    if (!failure) continue;
    const Plan shortest = shrink(plan, [](const Plan& one) { return run(one).has_value(); });
    ADD_FAILURE() << *failure << "\n" << describe(shortest);
    return;
  }
}
INSTANTIATE_TEST_SUITE_P(Tens, Interactions, testing::Range<std::uint64_t>(0, seeds_in_a_test_run / 10));

TEST(Plans, AreTheSameForTheSameSeedAndDifferOtherwise) {
  EXPECT_EQ(Plan::from_seed(1).operations, Plan::from_seed(1).operations);
  EXPECT_NE(Plan::from_seed(1).operations, Plan::from_seed(2).operations);
}

TEST(Plans, OfManySeedsUseEveryKindOfOperation) {
  std::array<bool, operation_kinds> used{};
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    for (const Operation& one : Plan::from_seed(seed).operations) used[static_cast<std::size_t>(one.kind)] = true;
  }
  EXPECT_EQ(std::ranges::count(used, true), std::ssize(used));
}

TEST(Shrinking, LeavesOnlyWhatTheFailureNeeds) {
  const Plan plan = Plan::from_seed(3);
  ASSERT_GT(plan.operations.size(), 9u);
  const Operation first = plan.operations[2];
  const Operation second = plan.operations[8];
  const Plan shortest = shrink(plan, [&](const Plan& one) {
    const auto found = std::ranges::find(one.operations, first);
    return found != one.operations.end() && std::find(found, one.operations.end(), second) != one.operations.end();
  });
  EXPECT_EQ(shortest.operations, (std::vector<Operation>{first, second}));
}

}  // namespace
}  // namespace iroh::sim
