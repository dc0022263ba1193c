// SPDX-License-Identifier: MIT OR Apache-2.0
// Our side of the interop tests of blobs: provides what is in its store, and asks other providers, as the operations
// say (../README.md, "The blobs peer").
#include <chrono>
#include <iostream>

#include "../interop_peer/json_lines.hpp"
#include "iroh/endpoint/router.hpp"
#include "peer.hpp"
#include "request.hpp"

namespace iroh::interop {
namespace {

using boost::json::object;

constexpr char usage[] =
    "usage: blobs_peer [--store memory|FOLDER] [--bind IP:PORT] [--secret-hex HEX64] [--allow-push]\n";

struct Options {
  std::string store = "memory";
  SocketAddr bind = SocketAddr(IpAddr::v4_loopback(), 0);
  std::optional<SecretKey> secret_key;
  bool allow_push = false;
};

std::optional<Options> parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--allow-push") {
      options.allow_push = true;
      continue;
    }
    if (++i == argc) return std::nullopt;
    if (name == "--store") {
      options.store = argv[i];
    } else if (name == "--bind") {
      const auto addr = SocketAddr::parse(argv[i]);
      if (!addr) return std::nullopt;
      options.bind = *addr;
    } else if (name == "--secret-hex") {
      const auto key = SecretKey::parse(argv[i]);
      if (!key) return std::nullopt;
      options.secret_key = *key;
    } else {
      return std::nullopt;
    }
  }
  return options;
}

Task<BlobStore> open_store(std::string name) {
  if (name == "memory") co_return BlobStore::in_memory();
  co_return co_await BlobStore::open(std::filesystem::absolute(name));
}

Task<BlobsPeer> start(const Options& options) {
  BlobsPeer peer;
  peer.store = co_await open_store(options.store);
  EndpointOptions endpoint_options;
  endpoint_options.secret_key = options.secret_key;
  endpoint_options.bind_addrs.push_back(BindAddr{.addr = options.bind, .is_default_route = std::nullopt});
  endpoint_options.default_bind_addrs = false;
  peer.endpoint = co_await Endpoint::bind(std::move(endpoint_options));
  print_line({{"event", "ready"},
              {"id", peer.endpoint.id().to_string()},
              {"addr", peer.endpoint.bound_sockets().front().to_string()},
              {"ticket", ""}});
  co_return peer;
}

Task<object> run_operation(BlobsPeer& peer, const object& operation) {
  std::optional<object> result = co_await content_operation(peer, operation);
  if (!result) result = co_await remote_operation(peer, operation);
  if (!result) throw std::runtime_error("unknown operation");
  (*result)["ok"] = true;
  co_return *std::move(result);
}

object describe(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    const bool is_refused = error.code() == BlobError::refused || error.code() == BlobError::rate_limited;
    return {{"ok", false},
            {"error", error.what()},
            {"code", is_refused ? boost::json::value(error.code() == BlobError::refused ? 1 : 2) : nullptr}};
  } catch (const std::exception& error) {
    return {{"ok", false}, {"error", error.what()}, {"code", nullptr}};
  }
}

Task<object> answer(BlobsPeer& peer, const object& operation) {
  object result;
  std::exception_ptr failure;
  try {
    result = co_await run_operation(peer, operation);
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) result = describe(failure);
  co_return result;
}

Task<int> serve_and_ask(Options options) {
  BlobsPeer peer = co_await start(options);
  ServeOptions serve_options;
  serve_options.allow_push = options.allow_push;
  Router router = Router(peer.endpoint).accept(blobs_alpn, serve(peer.store, std::move(serve_options)));
  LineReader lines(co_await boost::asio::this_coro::executor);
  for (;;) {
    const std::optional<object> operation = co_await lines.next();
    if (!operation) break;
    const bool is_quit = operation->at("op") == "quit";
    const auto begin = std::chrono::steady_clock::now();
    object result{{"ok", true}};
    if (!is_quit) result = co_await answer(peer, *operation);
    if (is_quit) co_await router.shutdown();
    result["op"] = operation->at("op");
    result["ms"] = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
    print_line(result);
    if (is_quit) co_return 0;
  }
  co_await router.shutdown();
  co_return 0;
}

}  // namespace
}  // namespace iroh::interop

int main(int argc, char** argv) {
  const auto options = iroh::interop::parse(argc, argv);
  if (!options) {
    std::cerr << iroh::interop::usage;
    return 2;
  }
  return iroh::run(iroh::interop::serve_and_ask(*options));
}
