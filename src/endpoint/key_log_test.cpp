// SPDX-License-Identifier: MIT OR Apache-2.0
#include "endpoint/key_log.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "endpoint/test_support.hpp"

namespace iroh::endpoint {
namespace {

std::string content_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class KeyLogTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove(path_); }
  void TearDown() override {
    ::unsetenv("SSLKEYLOGFILE");
    std::filesystem::remove(path_);
  }

  const std::filesystem::path path_ =
      std::filesystem::path(testing::TempDir()) / ("key_log_test." + std::to_string(::getpid()));
};

// [endpoint.md §2.11], [endpoint.md 24]
TEST_F(KeyLogTest, WithoutTheVariableThereIsNone) {
  EXPECT_EQ(key_log_from_environment(), nullptr);
  ::setenv("SSLKEYLOGFILE", "", 1);
  EXPECT_EQ(key_log_from_environment(), nullptr);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(KeyLogTest, LinesAreAppendedToAFileForTheUserAlone) {
  std::ofstream(path_) << "# from an earlier run\n";
  std::filesystem::permissions(path_, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  ::setenv("SSLKEYLOGFILE", path_.c_str(), 1);
  const auto log = key_log_from_environment();
  ASSERT_NE(log, nullptr);
  (*log)("CLIENT_TRAFFIC_SECRET_0 aa bb");
  (*log)("SERVER_TRAFFIC_SECRET_0 aa cc");
  EXPECT_EQ(content_of(path_), "# from an earlier run\nCLIENT_TRAFFIC_SECRET_0 aa bb\nSERVER_TRAFFIC_SECRET_0 aa cc\n");
}

TEST_F(KeyLogTest, ANewFileIsReadableByNobodyElse) {
  ::setenv("SSLKEYLOGFILE", path_.c_str(), 1);
  ASSERT_NE(key_log_from_environment(), nullptr);
  struct stat status{};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0600u);
}

// [endpoint.md 24] Each side writes its two traffic secrets and more, under the client's random.
TEST_F(KeyLogTest, BothSidesOfAConnectionWriteTheSameSecrets) {
  ::setenv("SSLKEYLOGFILE", path_.c_str(), 1);
  run_test([]() -> Task<> {
    EndpointOptions left = dialler();
    EndpointOptions right = loopback();
    left.key_log = true;
    right.key_log = true;
    Pair pair = co_await connected_pair(std::move(left), std::move(right));
    co_await close(pair);
  }());
  std::map<std::string, std::vector<std::string>> secrets;
  std::istringstream lines(content_of(path_));
  for (std::string label, random, secret; lines >> label >> random >> secret;) {
    EXPECT_EQ(random.size(), 64u);
    secrets[label].push_back(secret);
  }
  for (const char* label : {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET",
                            "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0"}) {
    ASSERT_EQ(secrets[label].size(), 2u) << label;
    EXPECT_EQ(secrets[label][0], secrets[label][1]) << label;
  }
}

TEST_F(KeyLogTest, WithoutTheOptionNothingIsWritten) {
  ::setenv("SSLKEYLOGFILE", path_.c_str(), 1);
  run_test([]() -> Task<> {
    Pair pair = co_await connected_pair();
    co_await close(pair);
  }());
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(KeyLogTest, AFileThatCannotBeOpenedIsNoFailure) {
  ::setenv("SSLKEYLOGFILE", "/nonexistent/folder/keys", 1);
  EXPECT_EQ(key_log_from_environment(), nullptr);
}

}  // namespace
}  // namespace iroh::endpoint
