// SPDX-License-Identifier: MIT OR Apache-2.0
// Internal: one random interaction while it runs. Each group of functions has a file of its own, named above it.
#pragma once

#include <algorithm>

#include "tests/sim/quic/interaction.hpp"

namespace iroh::sim {

class Interaction {
 public:
  explicit Interaction(const Plan& plan);
  Failure run();
  void fill(InteractionStats& stats) const;

 private:
  using Connection = quic::Connection;
  using ConnectionHandle = quic::ConnectionHandle;
  using Dir = quic::Dir;
  using StreamId = quic::StreamId;
  using StreamEvent = quic::StreamEvent;

  static constexpr std::size_t connections_max = 3;

  /// One direction of one stream, as its writer and its reader know it.
  struct StreamModel {
    // writer
    std::uint64_t written = 0;
    bool is_finished = false;
    std::optional<std::uint64_t> reset_code;
    bool is_write_over = false;
    // reader
    std::uint64_t read = 0;
    std::optional<std::uint64_t> stop_code;
    bool is_read_over = false;
  };
  struct Model {
    /// [side that writes][stream]
    std::array<std::map<StreamId, StreamModel>, 2> streams;
    bool is_close_called = false;
  };
  /// One side of one connection.
  struct Side {
    std::optional<ConnectionHandle> handle;
    std::vector<StreamId> sending;
    std::vector<StreamId> receiving;
  };

  static IpAddr addr(std::string_view text) { return *IpAddr::parse(text); }
  static std::size_t index(int side) { return static_cast<std::size_t>(side); }
  void fail(std::string what) {
    if (!failure_) failure_ = "seed " + std::to_string(plan_.seed) + ": " + std::move(what);
  }

  // ---- interaction_connections.cpp
  void dial();
  Connection* connection(int side, std::size_t number);
  bool is_alive(int side, std::size_t number);
  bool connected(std::size_t number);
  bool is_closed(int side, std::size_t number);
  /// One of both ends is closed; a server that has not heard of the connection yet is not.
  bool is_over(std::size_t number);
  std::optional<std::size_t> number_of(int side, ConnectionHandle handle);
  void on_event(int side, ConnectionHandle handle, const quic::ConnectionEvent& event);
  void adopt(ConnectionHandle handle);
  void check_close(int side, std::optional<std::size_t> number, const quic::CloseReason& reason);
  bool may_fall_idle() const;

  // ---- interaction_streams.cpp
  /// The byte at an offset of a stream: everybody can compute it, so nothing has to be kept for comparing.
  static std::byte content(std::uint64_t key, std::uint64_t offset);
  static std::uint64_t key_of(std::size_t connection, int writer, StreamId id) {
    return (connection * 2 + index(writer)) * 0x100000001b3u + id.value() * 0x9e37u;
  }
  StreamModel& model(std::size_t number, int writer, StreamId id) { return models_[number].streams[index(writer)][id]; }
  void on_stream_event(int side, std::size_t number, const StreamEvent& event);
  void open(int side, std::size_t number, Dir dir);
  std::optional<StreamId> pick(const std::vector<StreamId>& streams, std::uint16_t which);
  void write(int side, std::size_t number, StreamId id, std::size_t count);
  void finish(int side, std::size_t number, StreamId id);
  void reset(int side, std::size_t number, StreamId id, std::uint64_t code);
  void stop(int side, std::size_t number, StreamId id, std::uint64_t code);
  /// True if something was read.
  bool read(int side, std::size_t number, StreamId id, std::size_t max);
  void check_end(const quic::ReadError& error, StreamModel& stream, std::size_t number);

  // ---- interaction_operations.cpp
  void apply(const Operation& operation);
  void read_all(int side, std::size_t number);
  void send_datagrams(int side, std::size_t number, const Operation& operation);
  void check_datagram(const Bytes& datagram);
  void close(int side, std::size_t number, std::uint64_t code);

  // ---- interaction_network.cpp
  void apply_to_network(const Operation& operation, int side, std::size_t number);
  void apply_to_paths(const Operation& operation, int side, std::size_t number);
  SocketAddr candidate(int side, std::uint16_t which);
  bool let_pass(int side, Packet& packet);

  // ---- interaction_end.cpp
  void heal();
  void finish_everything();
  bool push_on(int side, std::size_t number);
  std::string unfinished(std::size_t number);
  void close_everything();
  std::string paths_of(int side, std::size_t number);
  std::string what_is_left();
  base::Duration slack() const { return 27 * longest_rtt_; }
  void check_hosts();

  const Plan& plan_;
  QuicNetwork network_;
  std::array<QuicHost*, 2> hosts_;
  std::array<Link*, 2> links_;
  std::vector<Model> models_;
  std::array<std::vector<Side>, 2> sides_;
  std::array<std::size_t, 2> drops_{};
  std::array<std::size_t, 2> duplicates_{};
  std::array<std::size_t, 2> delays_{};
  base::Duration delay_{};
  bool has_outage_ = false;       // something happened that a connection need not survive
  base::Duration longest_rtt_{};  // that a path has ever believed in
  std::size_t timed_out_ = 0;
  Failure failure_;
};

}  // namespace iroh::sim
