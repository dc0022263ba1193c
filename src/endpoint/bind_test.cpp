// SPDX-License-Identifier: MIT OR Apache-2.0
// Binding, over the operating system's sockets: scenario B4 of endpoint.md.
#include <gtest/gtest.h>

#include <boost/asio/use_future.hpp>
#include <future>

#include "endpoint/test_support.hpp"

namespace iroh::endpoint {
namespace {

SocketAddr v4_loopback(std::uint16_t port = 0) {
  return {IpAddr::v4_loopback(), port};
}

/// One bind address, with or without the pre-configured ones.
EndpointOptions binding(BindAddr bind, bool with_defaults = true) {
  EndpointOptions options;
  options.bind_addrs.push_back(bind);
  options.default_bind_addrs = with_defaults;
  return options;
}

EndpointOptions only(BindAddr bind) {
  return binding(bind, false);
}

bool has_ipv6() {
  static const bool result = [] {
    bool bound = false;
    run_test([](bool& out) -> Task<> {
      auto [error, endpoint] = co_await Endpoint::bind(only({.addr = SocketAddr(IpAddr::v6_any(), 0)}), as_values);
      out = !error;
      if (!error) co_await endpoint.close();
    }(bound));
    return bound;
  }();
  return result;
}

/// How many sockets are bound.
Task<std::size_t> count(EndpointOptions options) {
  const Endpoint endpoint = co_await Endpoint::bind(std::move(options));
  const std::size_t result = endpoint.bound_sockets().size();
  co_await endpoint.close();
  co_return result;
}

Task<error_code> failure(EndpointOptions options) {
  auto [error, endpoint] = co_await Endpoint::bind(std::move(options), as_values);
  if (!error) co_await endpoint.close();
  co_return error;
}

// [endpoint.md 34], [endpoint.md §4.6]
TEST(Bind, B4ReplacesOrJoinsThePreConfiguredSockets) {
  const std::size_t v6 = has_ipv6() ? 1 : 0;
  run_test([](std::size_t wildcard_v6) -> Task<> {
    EXPECT_EQ(co_await count(only({.addr = v4_loopback()})), 1u);
    EXPECT_EQ(co_await count(binding({.addr = v4_loopback()})), 1 + wildcard_v6);
    EXPECT_EQ(co_await count(binding({.addr = v4_loopback(), .is_default_route = true})), 1 + wildcard_v6);
    EXPECT_EQ(co_await count(binding({.addr = v4_loopback(), .prefix_len = 32})), 2 + wildcard_v6);
    EXPECT_EQ(co_await count(binding({.addr = v4_loopback(), .is_default_route = false})), 2 + wildcard_v6);
  }(v6));
}

// [endpoint.md 34]
TEST(Bind, B4PortsInUseFailOrAreSkipped) {
  const std::size_t v6 = has_ipv6() ? 1 : 0;
  run_test([](std::size_t wildcard_v6) -> Task<> {
    const Endpoint holder = co_await Endpoint::bind(loopback());
    const SocketAddr taken = holder.bound_sockets().front();
    EXPECT_EQ(co_await failure(only({.addr = taken})), boost::system::errc::address_in_use);
    EXPECT_EQ(co_await count(binding({.addr = taken, .prefix_len = 32, .is_required = false})), 1 + wildcard_v6);
    if (wildcard_v6 > 0) {
      EXPECT_EQ(co_await count(binding({.addr = taken, .is_required = false})), 1u);
    }
    EXPECT_EQ(co_await failure(only({.addr = taken, .is_required = false})), EndpointError::no_valid_address);
    co_await holder.close();
  }(v6));
}

TEST(Bind, TellsWhatItDoesNotSupportOrCannotMean) {
  run_test([]() -> Task<> {
    EXPECT_EQ(co_await failure({.relay_mode = RelayMode::production}), EndpointError::not_supported);
    EXPECT_EQ(co_await failure({.transport = {.mtu_upper_bound = 1199}}), EndpointError::invalid_options);
    EXPECT_EQ(co_await failure({.default_bind_addrs = false}), EndpointError::no_valid_address);
    EndpointOptions options = loopback();
    options.alpns.front().clear();
    EXPECT_EQ(co_await failure(options), EndpointError::invalid_alpn);
    options.alpns.front() = std::string(256, 'a');
    EXPECT_EQ(co_await failure(options), EndpointError::invalid_alpn);
  }());
}

TEST(Bind, KeepsTheSecretKeyOrMakesANewOne) {
  run_test([]() -> Task<> {
    const SecretKey key = SecretKey::generate();
    EndpointOptions options = loopback();
    options.secret_key = key;
    const Endpoint first = co_await Endpoint::bind(std::move(options));
    const Endpoint second = co_await Endpoint::bind(loopback());
    EXPECT_EQ(first.id(), key.public_key());
    EXPECT_NE(second.id(), key.public_key());
    co_await first.close();
    co_await second.close();
  }());
}

TEST(Bind, AddressesAreThoseOfTheSocketsAndTheConfiguredOnes) {
  run_test([]() -> Task<> {
    EndpointOptions options = loopback();
    const SocketAddr external = SocketAddr::parse("203.0.113.9:443").value();
    options.external_addrs = {external};
    const Endpoint endpoint = co_await Endpoint::bind(std::move(options));
    const EndpointAddr addr = endpoint.addr();
    EXPECT_EQ(addr.id(), endpoint.id());
    EXPECT_EQ(addr, EndpointAddr(endpoint.id()).with_ip_addr(endpoint.bound_sockets().front()).with_ip_addr(external));
    EXPECT_NE(endpoint.bound_sockets().front().port(), 0);
    co_await endpoint.close();
  }());
}

TEST(Bind, WithoutAnExecutorSaysSo) {
  std::promise<error_code> result;
  Endpoint::bind(loopback(), [&](error_code error, Endpoint) { result.set_value(error); });
  EXPECT_EQ(result.get_future().get(), EndpointError::no_executor);
}

TEST(Bind, WorksFromAnyThreadWithAFuture) {
  const Runtime runtime;
  const Endpoint endpoint = Endpoint::bind(runtime.executor(), loopback(), asio::use_future).get();
  EXPECT_EQ(endpoint.bound_sockets().size(), 1u);
  endpoint.close(asio::use_future).get();
  EXPECT_TRUE(endpoint.is_closed());
}

}  // namespace
}  // namespace iroh::endpoint
