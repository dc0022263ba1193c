// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/share/walk.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/byte_span.hpp"
#include "blake3/test_data.hpp"
#include "iroh/blobs/collection.hpp"
#include "tools/lib/failure.hpp"
#include "tools/lib/share/temporary_folder.hpp"

namespace iroh::tools {
namespace {

std::vector<std::string> names_of(const SharedTree& tree) {
  std::vector<std::string> names;
  for (const SharedFile& file : tree.files) names.push_back(file.name);
  return names;
}

std::string root_of(const SharedTree& tree) {
  Collection collection;
  for (const SharedFile& file : tree.files) collection.add(file.name, Hash::of(content_of(file.path)));
  return collection.to_blobs().root().hash.to_string();
}

/// Byte i is i mod 251.
// [tools.md 7]
TEST(ShareWalk, TheVectorsFromFilesOnDisk) {
  const TemporaryFolder folder;
  const auto f1 = folder.write("somefile.bin", std::string(100, '\0'));
  EXPECT_EQ(root_of(walk(f1)), "c1b3754230cda01ff9d6dd0f881afaa8d57bc8f6eb5b87ac3baa4d00241053b1");
  EXPECT_FALSE(walk(f1).is_directory);
  const auto f2 = folder.write("graceful-close.bin", std::string(64, '\xab'));
  EXPECT_EQ(root_of(walk(f2)), "33c758e0c512140053a6addc70a1cd502062478ac10cd99c5b920369b82e6d6e");

  for (int i = 0; i < 5; ++i) {
    for (int j = 0; j < 5; ++j) {
      for (int k = 0; k < 5; ++k) {
        const std::string name =
            "data/dir-" + std::to_string(i) + "/subdir-" + std::to_string(j) + "/file-" + std::to_string(k);
        folder.write(name, std::string(static_cast<std::size_t>(100 * i + 10 * j + k), '\0'));
      }
    }
  }
  const SharedTree d1 = walk(folder / "data");
  EXPECT_EQ(root_of(d1), "8603a58e7be40c1ac6cce729254d3fb051abed29dc0d5ecc225d91056fb481f9");
  EXPECT_EQ(d1.total_size(), 27'750U);
  EXPECT_TRUE(d1.is_directory);

  folder.write("d/a.txt", "hello");
  folder.write("d/b/c.txt", "hello world");
  folder.write("d/big", std::string(base::as_text(blake3::letter_pattern(16'385))));
  EXPECT_EQ(root_of(walk(folder / "d")), "081708dda4bd325b8566bf5ab712fd9b4e2fae7a0b2619f6d55d866cb52d0ef4");

  std::filesystem::create_directory(folder / "empty");
  EXPECT_EQ(root_of(walk(folder / "empty")), "c69e3bb6adb62a337f033d8d5d34498f7e58af9eadfbd8a835b6b0f7e861dbad");
}

// [tools.md 8]
TEST(ShareWalk, OnlyRegularFilesCountAndLinksAreNotFollowed) {
  const TemporaryFolder folder;
  folder.write("top/b", "b");
  folder.write("top/a/z", "z");
  folder.write("top/a.txt", "a");
  folder.write("outside/secret", "secret");
  std::filesystem::create_directories(folder / "top/empty/inside");
  std::filesystem::create_symlink(folder / "outside/secret", folder / "top/link");
  std::filesystem::create_directory_symlink(folder / "outside", folder / "top/linked");
  std::filesystem::create_directory_symlink(folder / "top", folder / "top/loop");
  ASSERT_EQ(::mkfifo((folder / "top/pipe").c_str(), 0600), 0);
  EXPECT_EQ(names_of(walk(folder / "top")), (std::vector<std::string>{"top/a.txt", "top/a/z", "top/b"}));
}

// [tools.md §2.4] The path itself is resolved.
TEST(ShareWalk, ALinkAsPathIsWhatItPointsTo) {
  const TemporaryFolder folder;
  folder.write("real/file", "x");
  std::filesystem::create_directory_symlink(folder / "real", folder / "alias");
  EXPECT_EQ(names_of(walk(folder / "alias")), std::vector<std::string>{"real/file"});
  EXPECT_EQ(names_of(walk(folder / "alias/./../alias/")), std::vector<std::string>{"real/file"});
}

// [tools.md 21]
TEST(ShareWalk, DataFoldersOfTheToolsAreLeftOut) {
  const TemporaryFolder folder;
  folder.write("top/file", "x");
  folder.write("top/.sendme-send-0123/store/data", "x");
  folder.write("top/sub/.sendme-recv-0123/data", "x");
  folder.write("top/sub/.sendme-note", "a file is just a file");
  EXPECT_EQ(names_of(walk(folder / "top")), (std::vector<std::string>{"top/file", "top/sub/.sendme-note"}));
  EXPECT_THROW(walk(folder / "top/.sendme-send-0123"), Failure);
}

// [tools.md 8]
TEST(ShareWalk, NamesThatReceiversRefuseFailEverything) {
  for (const char* name : {"a\\b", "\xff\xfe", "sub/x\\"}) {
    const TemporaryFolder folder;
    folder.write("top/fine", "x");
    folder.write("top/" + std::string(name), "x");
    EXPECT_THROW(walk(folder / "top"), Failure) << name;
  }
}

TEST(ShareWalk, OddBytesThatAreLegalStayAsTheyAre) {
  const TemporaryFolder folder;
  for (const char* name : {"top/Icon\r", "top/ü \n\t", "top/\x01\x7f", "top/日本/😀"}) folder.write(name, "x");
  EXPECT_EQ(names_of(walk(folder / "top")),
            (std::vector<std::string>{"top/\x01\x7f", "top/Icon\r", "top/ü \n\t", "top/日本/😀"}));
}

TEST(ShareWalk, WhatIsNotThereOrNoFileIsAFailure) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_THROW(walk(folder / "pipe"), Failure);
  EXPECT_THROW(walk(folder / "nothing"), Failure);
  EXPECT_THROW(walk("/"), Failure);
  EXPECT_THROW(walk(""), Failure);
}

}  // namespace
}  // namespace iroh::tools
