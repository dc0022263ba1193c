// SPDX-License-Identifier: MIT OR Apache-2.0
// Runs every fuzz target over its corpus and over seeded changes of it, and makes sure that a target can fail at all.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "fuzz/canary.hpp"
#include "fuzz/mutate.hpp"
#include "fuzz/registry.hpp"

// Only there in builds with a sanitizer.
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace iroh::fuzz {
namespace {

constexpr std::uint64_t seed = 20251125;

// What runs at the moment: printed if the process dies of it, to become a file in the corpus.
const Input* current_input = nullptr;

void print_current_input() {
  if (current_input == nullptr) return;
  std::fputs("fuzz: the input was, in hex: ", stderr);
  for (const std::uint8_t byte : *current_input) std::fprintf(stderr, "%02x", static_cast<unsigned>(byte));
  std::fputs("\n", stderr);
  current_input = nullptr;
}

void on_abort(int) {
  print_current_input();
}

void run(const Target& target, const Input& input) {
  current_input = &input;
  target.run(input);
  current_input = nullptr;
}

std::filesystem::path corpus_of(std::string_view name) {
  return std::filesystem::path(IROH_FUZZ_CORPUS) / name;
}

// In the order of their names, so that a run can be repeated.
std::vector<Input> read_corpus(std::string_view name) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(corpus_of(name), error)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<Input> inputs;
  for (const auto& file : files) {
    std::ifstream stream(file, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }
  return inputs;
}

class FuzzCorpus : public testing::TestWithParam<Target> {
 protected:
  static void SetUpTestSuite() {
    std::signal(SIGABRT, on_abort);
    if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(print_current_input);
  }
};

TEST_P(FuzzCorpus, IsSurvivedByItsTarget) {
  const auto inputs = read_corpus(GetParam().name);
  ASSERT_FALSE(inputs.empty()) << "no samples in " << corpus_of(GetParam().name);
  for (const Input& input : inputs) run(GetParam(), input);
  run(GetParam(), {});
}

TEST_P(FuzzCorpus, IsSurvivedByItsTargetWithRandomChanges) {
  const auto inputs = read_corpus(GetParam().name);
  ASSERT_FALSE(inputs.empty()) << "no samples in " << corpus_of(GetParam().name);
  base::SeededRandom random(seed);
  for (int i = 0; i < GetParam().mutations; ++i) {
    const Input& one = inputs[random.below(inputs.size())];
    const Input& other = inputs[random.below(inputs.size())];
    run(GetParam(), mutate(one, other, random));
  }
}

std::string name_of(const testing::TestParamInfo<Target>& info) {
  return std::string(info.param.name);
}

INSTANTIATE_TEST_SUITE_P(Target, FuzzCorpus, testing::ValuesIn(targets().begin(), targets().end()), name_of);

TEST(FuzzRegistry, FindsEveryTargetOnceByName) {
  for (const Target& target : targets()) {
    EXPECT_EQ(find_target(target.name), &target);
    EXPECT_EQ(std::ranges::count(targets(), target.name, &Target::name), 1);
  }
  EXPECT_EQ(find_target("nothing"), nullptr);
  ASSERT_NE(find_target("canary"), nullptr);
}

TEST(FuzzCorpusFolder, HoldsNothingThatNoTargetReads) {
  for (const auto& entry : std::filesystem::directory_iterator(IROH_FUZZ_CORPUS)) {
    EXPECT_NE(find_target(entry.path().filename().string()), nullptr) << entry.path();
  }
}

TEST(FuzzMutations, AreRepeatableAndDifferFromTheirOrigin) {
  const Input one{1, 2, 3, 4, 5, 6, 7, 8};
  base::SeededRandom first(1);
  base::SeededRandom second(1);
  int changed = 0;
  for (int i = 0; i < 200; ++i) {
    const Input mutated = mutate(one, one, first);
    EXPECT_EQ(mutated, mutate(one, one, second));
    changed += mutated != one ? 1 : 0;
  }
  EXPECT_GT(changed, 180);
}

void run_canary(std::string_view text) {
  fuzz_canary(Input(text.begin(), text.end()));
}

TEST(FuzzCanaryDeathTest, DiesOfTheInputThatMustKillIt) {
  run_canary("birch");
  EXPECT_DEATH(run_canary("bird"), "assertion failed");
}

TEST(FuzzCanaryDeathTest, DiesOfItsCorpusThroughTheRegistry) {
  const auto inputs = read_corpus("canary");
  ASSERT_FALSE(inputs.empty());
  const Target& canary = *find_target("canary");
  EXPECT_DEATH(
      {
        std::signal(SIGABRT, on_abort);
        for (const Input& input : inputs) run(canary, input);
      },
      "the input was, in hex: 62697264");
}

}  // namespace
}  // namespace iroh::fuzz
