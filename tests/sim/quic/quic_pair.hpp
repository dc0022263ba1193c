// SPDX-License-Identifier: MIT OR Apache-2.0
// For scenarios: a client and a server with two addresses each, a link per pair of addresses, and the few things that
// every scenario does: connect, say something, count events.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/quic/quic_network.hpp"

namespace iroh::sim {

using base::milliseconds;
using base::seconds;
using quic::Dir;
using quic::PathId;
using quic::ReadError;
using quic::StreamEvent;
using quic::StreamId;
using quic::WriteError;

inline IpAddr ip(std::string_view text) {
  return *IpAddr::parse(text);
}

struct QuicPair {
  explicit QuicPair(std::uint64_t seed, const LinkConfig& config = {}, quic::TransportConfig client_transport = {},
                    quic::TransportConfig server_transport = {})
      : network(seed),
        client(network.add_host({ip("10.0.0.1"), ip("10.1.0.1")}, {.transport = client_transport})),
        server(network.add_host({ip("10.0.0.2"), ip("10.1.0.2")}, {.transport = server_transport})),
        link(network.connect(client, ip("10.0.0.1"), server, ip("10.0.0.2"), config)),
        second_link(network.connect(client, ip("10.1.0.1"), server, ip("10.1.0.2"), config)) {}

  /// True when both sides have confirmed the handshake and the talk after it is over.
  bool connect(base::Duration limit = seconds(30)) {
    client.dial(server);
    const bool is_up = network.run_until([&] { return is_confirmed(client) && is_confirmed(server); }, limit);
    network.run_for(milliseconds(1) + 4 * link.from(client).config().delay);
    return is_up;
  }
  static bool is_confirmed(QuicHost& host) { return !host.handles().empty() && host.log().is_confirmed; }

  QuicHost& other(const QuicHost& host) { return &host == &client ? server : client; }

  /// A whole stream of this text, read by the other side.
  bool says(QuicHost& from, std::string_view text, base::Duration limit = seconds(30)) {
    return transfers(from, text, limit).has_value();
  }
  /// The time from the first write to the last read; nothing if it did not arrive whole.
  std::optional<base::Duration> transfers(QuicHost& from, std::string_view text, base::Duration limit = seconds(60)) {
    QuicHost& to = other(from);
    if (from.connection() == nullptr || to.connection() == nullptr) return std::nullopt;
    const auto id = from.connection()->open_stream(Dir::uni);
    if (!id) return std::nullopt;
    const auto start = network.now();
    std::size_t written = 0;
    std::string read;
    bool is_finished = false;
    const bool is_done = network.run_until(
        [&] {
          push(from, *id, text, written);
          is_finished = is_finished || pull(to, *id, read);
          return is_finished;
        },
        limit);
    if (!is_done || read != text) return std::nullopt;
    return network.now() - start;
  }

  QuicNetwork network;
  QuicHost& client;
  QuicHost& server;
  Link& link;
  Link& second_link;

 private:
  static void push(QuicHost& from, StreamId id, std::string_view text, std::size_t& written) {
    quic::Connection* connection = from.connection();
    if (connection == nullptr || written > text.size()) return;
    while (written < text.size()) {
      const auto count = connection->write(id, base::as_bytes(text.substr(written)));
      if (!count) break;
      written += *count;
      from.wake_all();
    }
    if (written == text.size() && connection->finish(id)) {
      ++written;  // past the end: finished
      from.wake_all();
    }
  }
  /// True at the end of the stream.
  static bool pull(QuicHost& to, StreamId id, std::string& read) {
    quic::Connection* connection = to.connection();
    if (connection == nullptr) return false;
    while (connection->accept_stream(Dir::uni)) {
    }
    for (;;) {
      const auto chunk = connection->read(id, 1 << 16);
      if (!chunk) return chunk.error().kind == ReadError::Kind::finished;
      read += chunk->text();
      to.wake_all();
    }
  }
};

/// Text of which every part looks different.
inline std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + (i * 7 + i / 251) % 26);
  return text;
}

}  // namespace iroh::sim
