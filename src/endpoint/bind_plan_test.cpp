// SPDX-License-Identifier: MIT OR Apache-2.0
#include "endpoint/bind_plan.hpp"
#include "endpoint/test_addr.hpp"

#include <gtest/gtest.h>

#include "iroh/endpoint/errors.hpp"

namespace iroh::endpoint {
namespace {

TEST(BindPlan, WithoutWishesBindsBothWildcardsAndRequiresIpv4) {
  const auto plan = plan_sockets({}, true).value();
  ASSERT_EQ(plan.size(), 2u);
  EXPECT_EQ(plan[0].addr, addr("0.0.0.0:0"));
  EXPECT_TRUE(plan[0].is_required);
  EXPECT_EQ(plan[1].addr, addr("[::]:0"));
  EXPECT_FALSE(plan[1].is_required);
}

TEST(BindPlan, ADefaultRouteReplacesThePreConfiguredSocketOfItsFamily) {
  const auto plan = plan_sockets({{.addr = addr("127.0.0.1:0")}}, true).value();
  ASSERT_EQ(plan.size(), 2u);
  EXPECT_EQ(plan[0].addr, addr("127.0.0.1:0"));
  EXPECT_TRUE(plan[0].is_default_route);
  EXPECT_EQ(plan[1].addr, addr("[::]:0"));
}

TEST(BindPlan, AnAddressThatIsNoDefaultRouteComesBesideThePreConfiguredOnes) {
  EXPECT_EQ(plan_sockets({{.addr = addr("127.0.0.1:0"), .prefix_len = 32}}, true)->size(), 3u);
  EXPECT_EQ(plan_sockets({{.addr = addr("127.0.0.1:0"), .is_default_route = false}}, true)->size(), 3u);
}

TEST(BindPlan, TheDefaultsCanBeLeftOut) {
  EXPECT_EQ(plan_sockets({{.addr = addr("127.0.0.1:0")}}, false)->size(), 1u);
  EXPECT_TRUE(plan_sockets({}, false)->empty());
}

TEST(BindPlan, RefusesPrefixesLongerThanTheAddress) {
  EXPECT_EQ(plan_sockets({{.addr = addr("127.0.0.1:0"), .prefix_len = 33}}, true).error(),
            EndpointError::invalid_prefix_length);
  EXPECT_EQ(plan_sockets({{.addr = addr("[::1]:0"), .prefix_len = 129}}, true).error(),
            EndpointError::invalid_prefix_length);
  EXPECT_TRUE(plan_sockets({{.addr = addr("[::1]:0"), .prefix_len = 128}}, true).has_value());
}

TEST(BindPlan, RefusesTwoDefaultRoutesOfOneFamily) {
  EXPECT_EQ(plan_sockets({{.addr = addr("127.0.0.1:0")}, {.addr = addr("127.0.0.2:0")}}, true).error(),
            EndpointError::duplicate_default_addr);
  EXPECT_TRUE(plan_sockets({{.addr = addr("127.0.0.1:0")}, {.addr = addr("[::1]:0")}}, true).has_value());
}

}  // namespace
}  // namespace iroh::endpoint
