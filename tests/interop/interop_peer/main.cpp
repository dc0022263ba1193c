// SPDX-License-Identifier: MIT OR Apache-2.0
// Our side of the interop tests: one peer that speaks the protocol of ../README.md over the public API.
#include <iostream>
#include <map>

#include "peer.hpp"

namespace {

constexpr char usage[] =
    "usage: interop_peer serve   --alpn TEXT... [--secret-hex HEX64] [--bind IP:PORT] [--set NAME=NUMBER...]\n"
    "       interop_peer connect --id HEX64 --addr IP:PORT --alpn TEXT... [--secret-hex HEX64] [--bind IP:PORT]\n"
    "                            [--set NAME=NUMBER...]\n"
    "example: interop_peer serve --alpn test/0\n";

std::optional<iroh::interop::PeerOptions> parse(int argc, char** argv) {
  if (argc < 2 || argc % 2 != 0) return std::nullopt;
  iroh::interop::PeerOptions options;
  options.role = argv[1];
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--alpn") {
      options.alpns.push_back(value);
    } else if (name == "--set") {
      if (!iroh::interop::apply_setting(value, options)) return std::nullopt;
    } else if (name == "--id") {
      options.id = value;
    } else if (name == "--addr") {
      options.addr = value;
    } else if (name == "--secret-hex") {
      auto key = iroh::SecretKey::parse(value);
      if (!key) return std::nullopt;
      options.secret_key = *key;
    } else if (name == "--bind") {
      const auto addr = iroh::SocketAddr::parse(value);
      if (!addr) return std::nullopt;
      options.bind = *addr;
    } else {
      return std::nullopt;
    }
  }
  const bool is_serve = options.role == "serve";
  const bool is_connect = options.role == "connect" && !options.id.empty() && !options.addr.empty();
  if (options.alpns.empty() || (!is_serve && !is_connect)) return std::nullopt;
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  auto options = parse(argc, argv);
  if (!options) {
    std::cerr << usage;
    return 2;
  }
  return options->role == "serve" ? iroh::run(iroh::interop::serve(*options))
                                  : iroh::run(iroh::interop::connect(*options));
}
