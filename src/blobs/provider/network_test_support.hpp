// SPDX-License-Identifier: MIT OR Apache-2.0
// For tests: a provider and a requester on loopback, with a store in memory each.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/detached.hpp>
#include <algorithm>
#include <boost/system/system_error.hpp>
#include <functional>
#include <mutex>
#include <vector>

#include "blake3/test_data.hpp"
#include "endpoint/test_support.hpp"
#include "iroh/blobs/blobs.hpp"

namespace iroh::blobs {

using endpoint::as_values;
using endpoint::dialler;
using endpoint::run_test;
namespace asio = boost::asio;

inline constexpr std::size_t network_sizes[] = {0, 1, 1024, 16'383, 16'384, 16'385, 1'048'576};

inline Bytes letters(std::size_t size) {
  return Bytes::copy_of(blake3::letter_pattern(size));
}

/// Collects what a provider tells.
class EventLog {
 public:
  std::function<void(const ProviderEvent&)> sink() {
    return [this](const ProviderEvent& event) {
      const std::lock_guard lock(mutex_);
      events_.push_back(event);
    };
  }
  std::vector<ProviderEvent> events() const {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  std::size_t count(ProviderEvent::Kind kind) const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::ranges::count(events_, kind, &ProviderEvent::kind));
  }

 private:
  mutable std::mutex mutex_;
  std::vector<ProviderEvent> events_;
};

struct Network {
  BlobStore source = BlobStore::in_memory();
  BlobStore target = BlobStore::in_memory();
  Endpoint server;
  Router router;
  Endpoint client;
  Connection connection;

  RemoteBlobs remote() const { return {connection, target}; }
};

inline Task<Network> network(ServeOptions options = {}) {
  Network net;
  net.server = co_await Endpoint::bind(dialler());
  net.router = Router(net.server).accept(blobs_alpn, serve(net.source, std::move(options)));
  net.client = co_await Endpoint::bind(dialler());
  net.connection = co_await net.client.connect(net.server.addr(), blobs_alpn);
  co_return net;
}

inline Task<> close(Network& net) {
  net.connection.close(0);
  co_await net.client.close();
  co_await net.router.shutdown();
}

/// A moment, for what happens elsewhere, until the condition holds; false if it never does.
inline Task<bool> eventually(std::function<bool()> condition) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (int round = 0; round < 1000; ++round) {
    if (condition()) co_return true;
    timer.expires_after(std::chrono::milliseconds(10));
    co_await timer.async_wait(as_values);
  }
  co_return false;
}

/// What the request gives on a bare stream: bytes, and the code of a reset.
struct RawResponse {
  std::string bytes;
  std::optional<int> reset_code;
};
inline Task<RawResponse> raw_request(Connection connection, std::string head, bool ends = true) {
  const BiStream stream = co_await connection.open_bi();
  static_cast<void>(co_await stream.send.write_all(head, as_values));
  if (ends) static_cast<void>(stream.send.finish());
  RawResponse response;
  for (;;) {
    auto [error, bytes] = co_await stream.recv.read(RecvStream::default_read_size, as_values);
    if (error) response.reset_code = error.value();
    if (error || bytes.empty()) co_return response;
    response.bytes += bytes.text();
  }
}

}  // namespace iroh::blobs
