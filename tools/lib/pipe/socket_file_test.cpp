// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/pipe/socket_file.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "tools/lib/failure.hpp"

namespace iroh::tools {
namespace {

// [tools.md 39]
class SocketFileTest : public testing::Test {
 protected:
  SocketFileTest() {
    char directory[] = "/tmp/iroh-socket-XXXXXX";
    directory_ = ::mkdtemp(directory);
    path_ = directory_ + "/s";
  }
  ~SocketFileTest() override {
    ::unlink(path_.c_str());
    ::rmdir(directory_.c_str());
  }
  bool exists() const {
    struct stat facts{};
    return ::lstat(path_.c_str(), &facts) == 0;
  }

  std::string directory_;
  std::string path_;
};

TEST_F(SocketFileTest, IsForItsOwnerAloneAndRemovedAtTheEnd) {
  {
    const SocketFile file(path_);
    struct stat facts{};
    ASSERT_EQ(::lstat(path_.c_str(), &facts), 0);
    EXPECT_TRUE(S_ISSOCK(facts.st_mode));
    EXPECT_EQ(facts.st_mode & 077, 0U);
  }
  EXPECT_FALSE(exists());
}

TEST_F(SocketFileTest, ReplacesASocketThatNobodyListensOn) {
  const int dead = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path_.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(dead, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(dead);
  ASSERT_TRUE(exists());
  EXPECT_NO_THROW(SocketFile{path_});
}

TEST_F(SocketFileTest, DoesNotRemoveAFileThatHasTakenItsPlace) {
  {
    const SocketFile file(path_);
    const std::string other = path_ + "2";
    std::ofstream(other) << "precious";
    ASSERT_EQ(::rename(other.c_str(), path_.c_str()), 0);
  }
  EXPECT_TRUE(exists());
}

TEST_F(SocketFileTest, LeavesAListeningSocketAlone) {
  const SocketFile file(path_);
  EXPECT_THROW(SocketFile{path_}, Failure);
  EXPECT_TRUE(exists());
}

TEST_F(SocketFileTest, LeavesOtherFilesAlone) {
  std::ofstream(path_) << "precious";
  EXPECT_THROW(SocketFile{path_}, Failure);
  std::string content;
  std::ifstream(path_) >> content;
  EXPECT_EQ(content, "precious");
}

TEST_F(SocketFileTest, RefusesAPathThatIsTooLong) {
  EXPECT_THROW(SocketFile{std::string(200, 'x')}, Failure);
}

}  // namespace
}  // namespace iroh::tools
