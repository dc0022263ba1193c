// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/key_commands.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>

#include "base/base32.hpp"
#include "iroh/identity/endpoint_ticket.hpp"
#include "tools/lib/failure.hpp"
#include "tools/lib/pipe/session.hpp"
#include "tools/lib/secret.hpp"

namespace iroh::tools {
namespace {

void print_json(const boost::json::object& object) {
  fmt::print("{}\n", boost::json::serialize(object));
}

/// A result may print its secret only if it is kept nowhere else.
int print_key(const SecretKey& key, bool with_secret, bool json) {
  const EndpointId id = key.public_key();
  boost::json::object facts{{"id", id.to_string()},
                            {"base32", base::to_base32(id.bytes(), base::Base32::lower)},
                            {"z_base_32", id.to_z_base_32()}};
  if (with_secret) facts["secret"] = key.to_hex();
  if (json) {
    print_json(facts);
    return exit_ok;
  }
  for (const auto& [name, value] : facts)
    fmt::print("{:<10} {}\n", std::string_view(name), std::string_view(value.as_string()));
  return exit_ok;
}

SecretKey stored_key(const KeyOptions& options) {
  if (options.file) return read_secret_file(*options.file);
  const Secret secret = secret_from_environment();
  if (secret.is_generated) throw Failure("no key: set IROH_SECRET or give --file");
  return secret.key;
}

template <class T>
T parsed(Result<T> result, const std::string& text) {
  if (!result) throw Failure(fmt::format("{}: {}", text, result.error().message()), exit_usage);
  return *std::move(result);
}

}  // namespace

int key_generate(const KeyOptions& options) {
  const SecretKey key = SecretKey::generate();
  if (options.file) write_secret_file(*options.file, key);
  return print_key(key, !options.file, options.json);
}

int key_show(const KeyOptions& options) {
  return print_key(stored_key(options), false, options.json);
}

int ticket_inspect(const TicketOptions& options) {
  const EndpointAddr addr = parse_ticket(options.ticket);
  if (options.json) {
    boost::json::array addrs;
    for (const TransportAddr& one : addr.addrs()) addrs.emplace_back(one.to_string());
    print_json({{"kind", "endpoint"}, {"id", addr.id().to_string()}, {"addrs", addrs}});
    return exit_ok;
  }
  fmt::print("kind  endpoint\nid    {}\n", addr.id().to_string());
  for (const TransportAddr& one : addr.addrs()) fmt::print("addr  {}\n", one.to_string());
  return exit_ok;
}

int ticket_create(const TicketOptions& options) {
  EndpointAddr addr(parsed(EndpointId::parse(options.id), options.id));
  for (const std::string& text : options.addrs) addr.insert(parsed(SocketAddr::parse(text), text));
  for (const std::string& text : options.relays) addr.insert(parsed(RelayUrl::parse(text), text));
  const std::string ticket = EndpointTicket(addr).to_string();
  if (options.json) {
    print_json({{"ticket", ticket}});
  } else {
    fmt::print("{}\n", ticket);
  }
  return exit_ok;
}

}  // namespace iroh::tools
