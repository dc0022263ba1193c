// SPDX-License-Identifier: MIT OR Apache-2.0
// One endpoint, many threads: two io_context threads run the handlers, others call from outside. Meant for the thread
// sanitizer as much as for its assertions.
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_future.hpp>
#include <thread>

#include "endpoint/test_support.hpp"

namespace iroh::endpoint {
namespace {

/// An io_context that several threads run.
class Threads {
 public:
  explicit Threads(int count) {
    for (int i = 0; i < count; ++i) threads_.emplace_back([this] { context_.run(); });
  }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  ~Threads() {
    work_.reset();
    for (std::thread& thread : threads_) thread.join();
  }
  asio::any_io_executor executor() { return context_.get_executor(); }

 private:
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  std::vector<std::thread> threads_;
};

Task<> serve(Endpoint endpoint) {
  while (Incoming incoming = co_await endpoint.accept()) {
    const Connection connection = co_await incoming.accept();
    for (;;) {
      auto [error, stream] = co_await connection.accept_bi(as_values);
      if (error) break;
      asio::co_spawn(asio::make_strand(endpoint.executor()), echo_stream(std::move(stream)), asio::detached);
    }
  }
}

std::string echo(const Connection& connection, const std::string& text) {
  const BiStream stream = connection.open_bi(asio::use_future).get();
  stream.send.write_all(text, asio::use_future).get();
  EXPECT_TRUE(stream.send.finish().has_value());
  return std::string(stream.recv.read_to_end(text.size(), asio::use_future).get().text());
}

TEST(Threads, ManyMayUseOneConnection) {
  Threads threads(2);
  const Endpoint server = Endpoint::bind(threads.executor(), loopback(), asio::use_future).get();
  const Endpoint client = Endpoint::bind(threads.executor(), dialler(), asio::use_future).get();
  asio::co_spawn(asio::make_strand(threads.executor()), serve(server), asio::detached);
  const Connection connection = client.connect(server.addr(), test_alpn, asio::use_future).get();

  std::atomic<int> echoed = 0;
  std::vector<std::thread> users;
  for (int user = 0; user < 4; ++user) {
    users.emplace_back([&, user] {
      for (int round = 0; round < 10; ++round) {
        const std::string text = "user " + std::to_string(user) + " round " + std::to_string(round);
        if (echo(connection, text) == text) ++echoed;
        static_cast<void>(connection.stats());
        static_cast<void>(connection.paths());
      }
    });
  }
  for (std::thread& user : users) user.join();
  EXPECT_EQ(echoed, 40);
  client.close(asio::use_future).get();
  server.close(asio::use_future).get();
}

TEST(Threads, ClosingMayRaceWithEverything) {
  for (int round = 0; round < 5; ++round) {
    Threads threads(2);
    const Endpoint server = Endpoint::bind(threads.executor(), loopback(), asio::use_future).get();
    const Endpoint client = Endpoint::bind(threads.executor(), dialler(), asio::use_future).get();
    asio::co_spawn(asio::make_strand(threads.executor()), serve(server), asio::detached);
    Connection connection = client.connect(server.addr(), test_alpn, asio::use_future).get();
    std::thread user([connection] {
      try {
        for (;;) echo(connection, "text");
      } catch (const boost::system::system_error& error) {
        EXPECT_EQ(error.code(), ConnectionError::locally_closed);
      }
    });
    std::thread dropper([connection = std::move(connection)]() mutable {
      connection.close(1);
      connection = Connection();
    });
    client.close(asio::use_future).get();
    user.join();
    dropper.join();
    server.close(asio::use_future).get();
  }
}

}  // namespace
}  // namespace iroh::endpoint
