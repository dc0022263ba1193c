// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/share/target_folder.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tools/lib/failure.hpp"
#include "tools/lib/share/temporary_folder.hpp"

namespace iroh::tools {
namespace {

using Present = TargetFolder::Present;

class ShareTargetFolder : public testing::Test {
 protected:
  std::filesystem::path part(std::string_view content) const { return folder_.write("parts/one", content); }
  static std::size_t count_in(const std::filesystem::path& path) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path), {}));
  }

  TemporaryFolder folder_;
  std::filesystem::path target_ = (std::filesystem::create_directory(folder_ / "target"), folder_ / "target");
};

TEST_F(ShareTargetFolder, GivesFilesTheirNamesAndMakesFolders) {
  const TargetFolder target(target_);
  EXPECT_TRUE(target.place(part("one"), "file"));
  EXPECT_TRUE(target.place(part("two"), "a/b/ü/Icon\r"));
  EXPECT_TRUE(target.place(part("three"), "a/b/x"));
  EXPECT_EQ(content_of(target_ / "file"), "one");
  EXPECT_EQ(content_of(target_ / "a/b/ü/Icon\r"), "two");
  EXPECT_EQ(content_of(target_ / "a/b/x"), "three");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "parts/one"));
}

// [tools.md 17]
TEST_F(ShareTargetFolder, NothingIsEverReplaced) {
  const TargetFolder target(target_);
  folder_.write("target/file", "mine");
  std::filesystem::create_directory(target_ / "folder");
  std::filesystem::create_symlink("/nowhere", target_ / "dangling");
  for (const char* name : {"file", "folder", "dangling"}) EXPECT_FALSE(target.place(part("theirs"), name)) << name;
  EXPECT_EQ(content_of(target_ / "file"), "mine");
  EXPECT_EQ(content_of(folder_ / "parts/one"), "theirs");
}

// [tools.md 11] However it got there, a link is not followed.
TEST_F(ShareTargetFolder, LinksOnTheWayAreNotFollowed) {
  const TargetFolder target(target_);
  std::filesystem::create_directory(folder_ / "elsewhere");
  std::filesystem::create_directory_symlink(folder_ / "elsewhere", target_ / "link");
  std::filesystem::create_directory(target_ / "a");
  std::filesystem::create_directory_symlink(folder_ / "elsewhere", target_ / "a/link");
  for (const char* name : {"link/file", "a/link/file", "a/link/b/file"}) {
    EXPECT_THROW(target.place(part("x"), name), Failure) << name;
    EXPECT_THROW(target.look(name, Hash::of("x"), 1), Failure) << name;
  }
  EXPECT_EQ(count_in(folder_ / "elsewhere"), 0U);
}

TEST_F(ShareTargetFolder, AFileWhereAFolderIsNeededIsAFailure) {
  const TargetFolder target(target_);
  folder_.write("target/a", "file");
  EXPECT_THROW(target.place(part("x"), "a/b"), Failure);
  EXPECT_EQ(content_of(target_ / "a"), "file");
}

/// The folder stays the one that was opened, even if its name comes to mean another one.
TEST_F(ShareTargetFolder, WorksBelowTheFolderThatWasOpened) {
  const TargetFolder target(target_);
  std::filesystem::create_directory(folder_ / "elsewhere");
  std::filesystem::rename(target_, folder_ / "moved");
  std::filesystem::create_directory_symlink(folder_ / "elsewhere", target_);
  EXPECT_TRUE(target.place(part("x"), "a/b"));
  EXPECT_EQ(content_of(folder_ / "moved/a/b"), "x");
  EXPECT_EQ(count_in(folder_ / "elsewhere"), 0U);
}

// [tools.md 18]
TEST_F(ShareTargetFolder, TellsWhatHasTheNameAlready) {
  const TargetFolder target(target_);
  folder_.write("target/a/file", "content");
  folder_.write("elsewhere", "content");
  std::filesystem::create_symlink(folder_ / "elsewhere", target_ / "link");
  ASSERT_EQ(::mkfifo((target_ / "pipe").c_str(), 0600), 0);
  const Hash hash = Hash::of("content");
  EXPECT_EQ(target.look("a/file", hash, 7), Present::same_content);
  EXPECT_EQ(target.look("a/file", hash, 8), Present::something_else);
  EXPECT_EQ(target.look("a/file", Hash::of("CONTENT"), 7), Present::something_else);
  EXPECT_EQ(target.look("link", hash, 7), Present::something_else);
  EXPECT_EQ(target.look("a", hash, 7), Present::something_else);
  EXPECT_EQ(target.look("pipe", Hash::empty(), 0), Present::something_else);
  for (const char* name : {"nothing", "a/nothing", "x/y/z"}) EXPECT_EQ(target.look(name, hash, 7), Present::nothing);
  EXPECT_FALSE(std::filesystem::exists(target_ / "x"));
}

// [tools.md §2.7] rule 8
TEST_F(ShareTargetFolder, FilesGetTheModeOfNewFiles) {
  const mode_t before = ::umask(027);
  const TargetFolder target(target_);
  const auto file = part("x");
  ASSERT_EQ(::chmod(file.c_str(), 0700), 0);
  EXPECT_TRUE(target.place(file, "file"));
  ::umask(before);
  struct stat facts{};
  ASSERT_EQ(::stat((target_ / "file").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777, 0640U);
}

TEST_F(ShareTargetFolder, HashesFilesOfAnySize) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, (std::size_t{1} << 20) + 1}) {
    const std::string content(size, 'x');
    folder_.write("target/file", content);
    EXPECT_EQ(TargetFolder(target_).look("file", Hash::of(content), size), Present::same_content) << size;
  }
}

}  // namespace
}  // namespace iroh::tools
