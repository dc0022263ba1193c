// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/share/names.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace iroh::tools {
namespace {

using namespace std::string_literals;

std::string repeated(const std::string& text, std::size_t count, const std::string& separator) {
  std::string result = text;
  for (std::size_t i = 1; i < count; ++i) result += separator + text;
  return result;
}

std::optional<std::string> problem_of(const std::vector<std::string>& names) {
  std::vector<Collection::Entry> entries;
  for (const auto& name : names) entries.push_back({name, Hash::empty()});
  return names_problem(entries);
}

// [tools.md 10]
TEST(ShareNames, NamesThatCouldLeaveTheFolderAreRefused) {
  for (const std::string& name : {""s,
                                  "/a"s,
                                  "a/"s,
                                  "a//b"s,
                                  "."s,
                                  "./a"s,
                                  ".."s,
                                  "../a"s,
                                  "a/../b"s,
                                  "a/.."s,
                                  "a/./b"s,
                                  "/"s,
                                  "\0"s,
                                  "a\0b"s,
                                  "a\\b"s,
                                  "c:\\a"s,
                                  "..\\a"s,
                                  "\xff"s,
                                  "a/\xc3"s,
                                  "\xed\xa0\x80"s,
                                  ".sendme-x/a"s,
                                  ".sendme-"s,
                                  std::string(256, 'a'),
                                  "b/" + std::string(256, 'a'),
                                  repeated("a", 257, "/"),
                                  repeated(std::string(200, 'a'), 21, "/")}) {
    EXPECT_TRUE(name_problem(name)) << displayed(name);
    EXPECT_TRUE(problem_of({"fine", name})) << displayed(name);
  }
}

// [tools.md 10]
TEST(ShareNames, OtherNamesAreAllowed) {
  for (const std::string& name :
       {"a..b"s, "..a"s, "a b"s, "ü"s, "Icon\r"s, "a\nb"s, ".bashrc"s, "c:"s, "CON"s, "a/.sendme-x"s, "..."s, " "s,
        std::string(255, 'a'), repeated("a", 256, "/"), "\xf0\x9f\x98\x80/\xe6\x97\xa5"s}) {
    EXPECT_EQ(name_problem(name), std::nullopt) << displayed(name);
  }
}

// [tools.md 10]
TEST(ShareNames, DuplicatesAndFilesThatAreFoldersAreRefused) {
  EXPECT_TRUE(problem_of({"a", "b", "a"}));
  EXPECT_TRUE(problem_of({"a/b", "c", "a"}));
  // What sorts between the two must not hide it.
  EXPECT_TRUE(problem_of({"a", "a!", "a-", "a.txt", "a/b"}));
  EXPECT_EQ(problem_of({"a.txt", "a/b", "a/c", "ab", "A"}), std::nullopt);
  EXPECT_EQ(problem_of({}), std::nullopt);
}

TEST(ShareNames, EveryPairOfNamesIsJudgedAsByComparingAllPairs) {
  base::SeededRandom random(7);
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::string> names(1 + random.below(6));
    for (auto& name : names) {
      const std::size_t length = 1 + random.below(4);
      for (std::size_t i = 0; i < length; ++i) name += "a!/0"[random.below(4)];
    }
    bool is_bad = false;
    for (std::size_t i = 0; i < names.size(); ++i) {
      is_bad |= name_problem(names[i]).has_value();
      for (std::size_t j = 0; j < names.size(); ++j)
        is_bad |= i != j && (names[i] == names[j] || names[j].starts_with(names[i] + "/"));
    }
    ASSERT_EQ(problem_of(names).has_value(), is_bad) << testing::PrintToString(names);
  }
}

// [tools.md §2.7] rule 9
TEST(ShareNames, ControlCharactersDoNotReachTheTerminal) {
  EXPECT_EQ(displayed("Icon\r"), "Icon\\x0d");
  EXPECT_EQ(displayed("\x1b[2Jü"), "\\x1b[2Jü");
  EXPECT_EQ(displayed("\xc2\x9b"), "\\x9b");
  EXPECT_EQ(displayed("a\xff"), "a\\xff");
  EXPECT_EQ(displayed("plain ü/日"), "plain ü/日");
}

}  // namespace
}  // namespace iroh::tools
