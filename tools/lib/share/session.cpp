// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/share/session.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <optional>

#include "tools/lib/failure.hpp"

namespace iroh::tools {

void check_relay(const ShareOptions& options) {
  if (!options.relay || *options.relay == "disabled") return;
  throw Failure("this version has no relays yet: use --relay disabled, and tickets with addresses");
}

// [tools.md 2] On stderr only.
Secret share_secret(const ShareOptions& options, bool is_sender) {
  const Secret secret = secret_from_environment();
  const std::string line = secret_key_line(secret.key) + "\n";
  if (secret.is_generated && options.verbosity > 0) std::fputs(line.c_str(), stderr);
  if (is_sender && options.show_secret) std::fputs(line.c_str(), stderr);
  return secret;
}

// [tools.md 6] A given address takes the place of the wildcard of its family.
Task<Endpoint> bind_endpoint(ShareOptions options, SecretKey key) {
  EndpointOptions endpoint_options;
  endpoint_options.secret_key = std::move(key);
  for (const auto& addr : {options.ipv4_addr, options.ipv6_addr}) {
    if (addr) endpoint_options.bind_addrs.push_back({.addr = *addr, .is_default_route = std::nullopt});
  }
  auto [error, endpoint] =
      co_await Endpoint::bind(std::move(endpoint_options), boost::asio::as_tuple(boost::asio::deferred));
  if (error) throw Failure("cannot bind: " + error.message());
  co_return std::move(endpoint);
}

void print_line(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

void print_json_line(const boost::json::object& object) {
  print_line(boost::json::serialize(object));
}

}  // namespace iroh::tools
