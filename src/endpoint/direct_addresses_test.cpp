// SPDX-License-Identifier: MIT OR Apache-2.0
#include "endpoint/direct_addresses.hpp"
#include "endpoint/test_addr.hpp"

#include <gtest/gtest.h>

namespace iroh::endpoint {
namespace {

net::InterfaceAddr interface(const char* ip, bool is_loopback = false, bool is_up = true) {
  return {.name = "eth0", .ip = IpAddr::parse(ip).value(), .is_loopback = is_loopback, .is_up = is_up};
}

using Addrs = std::vector<SocketAddr>;

TEST(DirectAddresses, AWildcardSocketStandsForTheInterfacesOfItsFamily) {
  const Addrs bound{addr("0.0.0.0:7000"), addr("[::]:7001")};
  const std::vector interfaces{interface("127.0.0.1", true), interface("192.0.2.7"), interface("2001:db8::7")};
  EXPECT_EQ(direct_addresses(bound, interfaces, {}), (Addrs{addr("192.0.2.7:7000"), addr("[2001:db8::7]:7001")}));
}

TEST(DirectAddresses, LoopbackCountsOnlyIfThereIsNothingElse) {
  const Addrs bound{addr("0.0.0.0:7000")};
  EXPECT_EQ(direct_addresses(bound, std::vector{interface("127.0.0.1", true)}, {}), Addrs{addr("127.0.0.1:7000")});
}

TEST(DirectAddresses, LinkLocalIpv6AndInterfacesThatAreDownDoNotCount) {
  const Addrs bound{addr("0.0.0.0:7000"), addr("[::]:7001")};
  const std::vector interfaces{interface("fe80::1"), interface("192.0.2.7", false, false), interface("192.0.2.8")};
  EXPECT_EQ(direct_addresses(bound, interfaces, {}), Addrs{addr("192.0.2.8:7000")});
}

TEST(DirectAddresses, SpecificSocketsAndConfiguredAddressesStandForThemselvesOnce) {
  const Addrs bound{addr("127.0.0.1:7000")};
  const Addrs external{addr("203.0.113.9:443"), addr("127.0.0.1:7000")};
  EXPECT_EQ(direct_addresses(bound, std::vector{interface("192.0.2.7")}, external),
            (Addrs{addr("127.0.0.1:7000"), addr("203.0.113.9:443")}));
}

}  // namespace
}  // namespace iroh::endpoint
