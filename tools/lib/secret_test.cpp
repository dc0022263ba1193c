// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/secret.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "tools/lib/failure.hpp"

namespace iroh::tools {
namespace {

const std::string hex_of_ones = "0101010101010101010101010101010101010101010101010101010101010101";
const std::string base32_of_ones = "aeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaq";

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return text;
}

// [tools.md 1]
TEST(Secret, HexAndBothCasesOfBase32GiveTheSameKey) {
  const SecretKey key = secret_from(hex_of_ones).key;
  EXPECT_TRUE(secret_from(base32_of_ones).key == key);
  EXPECT_TRUE(secret_from(upper(base32_of_ones)).key == key);
  EXPECT_FALSE(secret_from(hex_of_ones).is_generated);
}

TEST(Secret, EverythingElseIsInvalid) {
  for (const std::string& text : {std::string(), std::string("garbage"), hex_of_ones.substr(1),
                                  upper(std::string(64, 'a')), hex_of_ones + "0", base32_of_ones + "="}) {
    try {
      secret_from(text);
      ADD_FAILURE() << text;
    } catch (const Failure& failure) {
      EXPECT_STREQ(failure.what(), "invalid secret");
      EXPECT_EQ(failure.exit_code(), 1);
    }
  }
}

// [tools.md 2]
TEST(Secret, WithoutOneAKeyIsGeneratedAndCanBeShown) {
  const Secret secret = secret_from(std::nullopt);
  EXPECT_TRUE(secret.is_generated);
  EXPECT_EQ(secret_key_line(secret_from(hex_of_ones).key), "using secret key " + hex_of_ones);
  EXPECT_FALSE(secret.key == secret_from(std::nullopt).key);
}

TEST(Secret, AFileIsForItsOwnerAloneAndNeverOverwritten) {
  char directory[] = "/tmp/iroh-secret-XXXXXX";
  ASSERT_NE(::mkdtemp(directory), nullptr);
  const std::string path = std::string(directory) + "/key";
  const SecretKey key = SecretKey::generate();
  write_secret_file(path, key);
  struct stat facts{};
  ASSERT_EQ(::stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600U);
  EXPECT_TRUE(read_secret_file(path) == key);
  EXPECT_THROW(write_secret_file(path, key), Failure);
  ::chmod(path.c_str(), 0640);
  EXPECT_THROW(read_secret_file(path), Failure);
  ::unlink(path.c_str());
  EXPECT_THROW(read_secret_file(path), Failure);
  ::rmdir(directory);
}

}  // namespace
}  // namespace iroh::tools
