// SPDX-License-Identifier: MIT OR Apache-2.0
// Two hosts, one link, an endpoint on each; coroutines that run in virtual time.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "iroh/iroh.hpp"
#include "tests/sim/world.hpp"

namespace iroh::sim {

namespace asio = boost::asio;

inline constexpr auto as_values = asio::as_tuple(asio::deferred);
inline constexpr std::string_view scenario_alpn = "scenario/1";

/// Text of which every part looks different.
inline std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + (i * 7 + i / 251) % 26);
  return text;
}

/// 1 to count; IROH_SIM_SEEDS=<n> asks for another count, IROH_SIM_SEED=<n> for that one only, to look into a failure.
inline std::vector<std::uint64_t> seeds(std::uint64_t count) {
  if (const char* one = std::getenv("IROH_SIM_SEED")) return {std::strtoull(one, nullptr, 10)};
  if (const char* many = std::getenv("IROH_SIM_SEEDS")) count = std::strtoull(many, nullptr, 10);
  std::vector<std::uint64_t> result(count);
  std::iota(result.begin(), result.end(), 1);
  return result;
}

class Scenario {
 public:
  explicit Scenario(std::uint64_t seed, const LinkConfig& config = {})
      : world(seed),
        left_host(world.add_host({*IpAddr::parse("192.0.2.1"), *IpAddr::parse("2001:db8::1")})),
        right_host(world.add_host({*IpAddr::parse("192.0.2.2"), *IpAddr::parse("2001:db8::2")})),
        link(world.connect(left_host, right_host, config)) {}

  /// An endpoint on a host, with a key of its own and both address families.
  Task<Endpoint> bind(Host& host, EndpointOptions options = {}) {
    std::array<std::byte, SecretKey::size> seed{};
    host.random().fill(seed);
    options.secret_key = SecretKey::from_bytes(seed);
    options.alpns.emplace_back(scenario_alpn);
    options.platform = world.platform(host);
    co_return co_await Endpoint::bind(std::move(options));
  }

  base::Duration elapsed() const { return world.now() - start_; }

  /// Runs the coroutine to its end, which must come within the limit of virtual time.
  void run(Task<> task, base::Duration limit = base::seconds(120)) {
    start_ = world.now();
    bool is_done = false;
    std::exception_ptr failure;
    asio::co_spawn(world.context(), std::move(task), [&](std::exception_ptr thrown) {
      failure = std::move(thrown);
      is_done = true;
    });
    EXPECT_TRUE(world.run_until([&] { return is_done; }, limit)) << "seed " << world.seed() << ": no end";
    try {
      if (failure) std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      ADD_FAILURE() << "seed " << world.seed() << ": " << error.what();
    }
  }

  World world;
  Host& left_host;
  Host& right_host;
  Link& link;

 private:
  base::Instant start_{};
};

/// Echoes every stream of every connection.
inline Task<> echo_stream(BiStream stream) {
  co_await copy(stream.recv, stream.send);
  stream.send.finish();
}

inline Task<> echo_connection(Incoming incoming) {
  const Connection connection = co_await incoming.accept();
  for (;;) {
    auto [error, stream] = co_await connection.accept_bi(as_values);
    if (error) co_return;
    asio::co_spawn(co_await asio::this_coro::executor, echo_stream(std::move(stream)), asio::detached);
  }
}

/// An error of one connection is that connection's.
inline void ignore(const std::exception_ptr&) {}

inline Task<> echo_all(Endpoint endpoint, int* accepted = nullptr) {
  while (Incoming incoming = co_await endpoint.accept()) {
    if (accepted != nullptr) ++*accepted;
    asio::co_spawn(co_await asio::this_coro::executor, echo_connection(std::move(incoming)), ignore);
  }
}

inline Task<> spawn_echo(Endpoint endpoint, int* accepted = nullptr) {
  asio::co_spawn(co_await asio::this_coro::executor, echo_all(std::move(endpoint), accepted), ignore);
}

inline Task<> write_and_finish(SendStream send, Bytes data) {
  co_await send.write_all(std::move(data));
  send.finish();
}

/// Sends the text there and back over a new stream.
inline Task<bool> echoes(Connection connection, std::string text) {
  auto [send, recv] = co_await connection.open_bi();
  asio::co_spawn(co_await asio::this_coro::executor, write_and_finish(send, Bytes::copy_of(text)), ignore);
  const Bytes echoed = co_await recv.read_to_end(text.size());
  co_return echoed.text() == text;
}

}  // namespace iroh::sim
