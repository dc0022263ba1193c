// SPDX-License-Identifier: MIT OR Apache-2.0
#include "base/error_category.hpp"

#include <gtest/gtest.h>
#include <boost/system/error_code.hpp>

#include "iroh/base/parse_error.hpp"

namespace iroh::base {
namespace {

std::string message(int value) {
  return "message " + std::to_string(value);
}
boost::system::error_condition condition(int) noexcept {
  return make_error_condition(boost::system::errc::io_error);
}

TEST(ErrorCategory, CarriesNameMessageAndCondition) {
  static const ErrorCategory plain("iroh.test", message);
  static const ErrorCategory mapped("iroh.test", message, condition);
  EXPECT_STREQ(plain.name(), "iroh.test");
  EXPECT_EQ(boost::system::error_code(7, plain).message(), "message 7");
  EXPECT_TRUE(boost::system::error_code(7, mapped) == boost::system::errc::io_error);
  EXPECT_FALSE(boost::system::error_code(7, plain) == boost::system::errc::io_error);
}

TEST(ErrorCategory, EveryParseErrorHasAText) {
  for (int value = 1; value <= 4; ++value) EXPECT_NE(base_category().message(value), "unknown error");
  EXPECT_EQ(base_category().message(5), "unknown error");
}

}  // namespace
}  // namespace iroh::base
