// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/share/data_directory.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <optional>

#include "tools/lib/failure.hpp"
#include "tools/lib/share/temporary_folder.hpp"

namespace iroh::tools {
namespace {

// [tools.md 20]
TEST(ShareDataDirectory, TheSendersIsPrivateAndGoneAfterwards) {
  const TemporaryFolder parent;
  std::filesystem::path path;
  {
    const SendDirectory one(parent.path());
    const SendDirectory other(parent.path());
    path = one.path();
    EXPECT_NE(path, other.path());
    EXPECT_TRUE(path.filename().native().starts_with(".sendme-send-"));
    EXPECT_EQ(path.filename().native().size(), 13U + 32);
    struct stat facts{};
    ASSERT_EQ(::stat(path.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777, 0700U);
    std::filesystem::create_directories(one.store() / "data");
  }
  EXPECT_TRUE(std::filesystem::is_empty(parent.path()));
}

// [tools.md §2.2]
TEST(ShareDataDirectory, FoldersOfDeadSendersAreRemovedAndNoOthers) {
  const TemporaryFolder parent;
  const std::string digits(32, '0');
  parent.write(".sendme-send-" + digits + "/lock", "");
  parent.write(".sendme-send-" + digits + "/store/data", "x");
  // The original program's has no lock, and this one is no data folder at all.
  parent.write(".sendme-send-" + std::string(32, '1') + "/blobs.db", "x");
  parent.write(".sendme-send-notes/lock", "x");
  const SendDirectory living(parent.path());
  remove_dead_send_directories(parent.path());
  EXPECT_FALSE(std::filesystem::exists(parent / (".sendme-send-" + digits)));
  EXPECT_TRUE(std::filesystem::exists(parent / (".sendme-send-" + std::string(32, '1') + "/blobs.db")));
  EXPECT_TRUE(std::filesystem::exists(parent / ".sendme-send-notes/lock"));
  EXPECT_TRUE(std::filesystem::exists(living.path()));
}

// [tools.md 16]
TEST(ShareDataDirectory, TheReceiversStaysUntilItIsRemoved) {
  const TemporaryFolder parent;
  const Hash hash = Hash::of("content");
  const auto path = parent / (".sendme-recv-" + hash.to_string());
  {
    const ReceiveDirectory first(parent.path(), hash);
  }
  EXPECT_TRUE(std::filesystem::exists(path));
  ReceiveDirectory second(parent.path(), hash);
  EXPECT_EQ(second.path(), path);
  EXPECT_EQ(second.parts(), path / "parts");
  second.remove();
  EXPECT_FALSE(std::filesystem::exists(path));
}

// [tools.md §2.5] step 2
TEST(ShareDataDirectory, TwoReceiversOfTheSameContentDoNotShareIt) {
  const TemporaryFolder parent;
  const ReceiveDirectory first(parent.path(), Hash::of("content"));
  EXPECT_THROW(ReceiveDirectory(parent.path(), Hash::of("content")), Failure);
  EXPECT_NO_THROW(ReceiveDirectory(parent.path(), Hash::of("other content")));
}

// [tools.md §2.5] step 2
TEST(ShareDataDirectory, WhatTheOriginalProgramLeftIsNotTouched) {
  const TemporaryFolder parent;
  const Hash hash = Hash::of("content");
  const std::string name = ".sendme-recv-" + hash.to_string();
  parent.write(name + "/blobs.db", "theirs");
  EXPECT_THROW(ReceiveDirectory(parent.path(), hash), Failure);
  EXPECT_EQ(content_of(parent / (name + "/blobs.db")), "theirs");
}

TEST(ShareDataDirectory, ALinkIsNotADataFolder) {
  const TemporaryFolder parent;
  const Hash hash = Hash::of("content");
  std::filesystem::create_directory(parent / "elsewhere");
  std::filesystem::create_directory_symlink(parent / "elsewhere", parent / (".sendme-recv-" + hash.to_string()));
  EXPECT_THROW(ReceiveDirectory(parent.path(), hash), Failure);
  EXPECT_TRUE(std::filesystem::is_empty(parent / "elsewhere"));
}

}  // namespace
}  // namespace iroh::tools
