// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tests/sim/quic/interaction.hpp"

#include <algorithm>
#include <functional>

#include "base/assert.hpp"

namespace iroh::sim {
namespace {

using base::milliseconds;
using base::seconds;
using quic::CloseReason;
using quic::Connection;
using quic::ConnectionHandle;
using quic::Dir;
using quic::ReadError;
using quic::StreamEvent;
using quic::StreamId;
using quic::WriteError;

constexpr std::size_t connections_max = 3;
/// More datagrams in one run mean that something answers itself.
constexpr std::size_t datagrams_max = 400'000;
constexpr base::Duration settle_limit = seconds(180);
constexpr base::Duration idle_limit = seconds(150);
constexpr std::size_t much = 60'000;

/// The byte at an offset of a stream: everybody can compute it, so nothing has to be kept for comparing.
std::byte content(std::uint64_t key, std::uint64_t offset) {
  std::uint64_t x = key + offset / 8 * 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 31)) * 0xbf58476d1ce4e5b9u;
  x ^= x >> 29;
  return static_cast<std::byte>(x >> (8 * (offset % 8)));
}

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

class Interaction {
 public:
  explicit Interaction(const Plan& plan)
      : plan_(plan),
        network_(plan.seed),
        hosts_{&network_.add_host({addr("10.0.0.1"), addr("10.1.0.1")}, {.transport = plan.client}),
               &network_.add_host({addr("10.0.0.2"), addr("10.1.0.2")}, {.transport = plan.server})},
        links_{&network_.connect(*hosts_[0], addr("10.0.0.1"), *hosts_[1], addr("10.0.0.2"), plan.link),
               &network_.connect(*hosts_[0], addr("10.1.0.1"), *hosts_[1], addr("10.1.0.2"), plan.second_link)} {
    for (std::size_t i = 0; i < connections_max; ++i) hosts_[1]->alpns.push_back("c" + std::to_string(i));
    for (int side = 0; side < 2; ++side) {
      hosts_[index(side)]->on_event = [this, side](ConnectionHandle handle, const quic::ConnectionEvent& event) {
        on_event(side, handle, event);
      };
      for (Link* link : links_) {
        link->from(*hosts_[index(side)]).set_filter([this, side](Packet& packet) { return let_pass(side, packet); });
      }
    }
  }

  Failure run() {
    dial();
    network_.run_until([&] { return connected(0); }, seconds(20));
    for (const Operation& operation : plan_.operations) {
      apply(operation);
      check_hosts();
      if (failure_) return failure_;
    }
    heal();
    finish_everything();
    if (!failure_) close_everything();
    check_hosts();
    return failure_;
  }

  void fill(InteractionStats& stats) const {
    stats.datagrams = hosts_[0]->datagrams_sent + hosts_[1]->datagrams_sent;
    stats.bytes = hosts_[0]->bytes_sent + hosts_[1]->bytes_sent;
    stats.virtual_time = network_.now().time_since_epoch() - seconds(1000);
    stats.connections = models_.size();
    stats.timed_out = timed_out_;
  }

 private:
  static IpAddr addr(std::string_view text) { return *IpAddr::parse(text); }
  static std::size_t index(int side) { return static_cast<std::size_t>(side); }
  static std::uint64_t key_of(std::size_t connection, int writer, StreamId id) {
    return (connection * 2 + index(writer)) * 0x100000001b3u + id.value() * 0x9e37u;
  }

  void fail(std::string what) {
    if (!failure_) failure_ = "seed " + std::to_string(plan_.seed) + ": " + std::move(what);
  }

  // ---- connections

  void dial() {
    if (models_.size() >= connections_max) return;
    const std::size_t number = models_.size();
    hosts_[0]->alpns = {"c" + std::to_string(number)};
    models_.emplace_back();
    sides_[0].emplace_back();
    sides_[1].emplace_back();
    sides_[0][number].handle = hosts_[0]->dial(*hosts_[1]);
  }

  Connection* connection(int side, std::size_t number) {
    const auto& handle = sides_[index(side)].at(number).handle;
    return handle ? hosts_[index(side)]->connection(*handle) : nullptr;
  }
  bool is_alive(int side, std::size_t number) {
    Connection* one = connection(side, number);
    return one != nullptr && !one->is_closed();
  }
  bool connected(std::size_t number) {
    for (int side = 0; side < 2; ++side) {
      const auto& handle = sides_[index(side)][number].handle;
      if (!handle || !hosts_[index(side)]->log(*handle).is_connected) return false;
    }
    return true;
  }
  bool is_closed(int side, std::size_t number) {
    const auto& handle = sides_[index(side)][number].handle;
    return handle && hosts_[index(side)]->log(*handle).closed.has_value();
  }
  /// One of both ends is closed; a server that has not heard of the connection yet is not.
  bool is_over(std::size_t number) {
    return !is_alive(0, number) || (sides_[1][number].handle && !is_alive(1, number));
  }

  std::optional<std::size_t> number_of(int side, ConnectionHandle handle) {
    for (std::size_t i = 0; i < sides_[index(side)].size(); ++i) {
      if (sides_[index(side)][i].handle == handle) return i;
    }
    return std::nullopt;
  }

  void on_event(int side, ConnectionHandle handle, const quic::ConnectionEvent& event) {
    if (side == 1 && !number_of(1, handle)) adopt(handle);
    const auto number = number_of(side, handle);
    if (const auto* closed = std::get_if<quic::Closed>(&event)) check_close(side, number, closed->reason);
    if (!number) return;
    if (const auto* stream = std::get_if<StreamEvent>(&event)) on_stream_event(side, *number, *stream);
  }

  // The server's connection belongs to the dial whose ALPN it carries.
  void adopt(ConnectionHandle handle) {
    Connection* one = hosts_[1]->connection(handle);
    if (one == nullptr || one->alpn().size() != 2) return;
    const std::size_t number = static_cast<std::size_t>(one->alpn()[1] - '0');
    if (number >= sides_[1].size()) return fail("an ALPN that nobody offered");
    sides_[1][number].handle = handle;
  }

  // [quic.md §9.1-38] Whatever the network does, neither side may blame the other.
  void check_close(int side, std::optional<std::size_t> number, const CloseReason& reason) {
    // A server may hear of the close before it knows which connection it is.
    // Where one side has given up for a good reason, the other follows in its own way.
    const bool is_other_gone = number && is_closed(1 - side, *number);
    const bool is_called = number ? models_[*number].is_close_called
                                  : std::ranges::any_of(models_, [](const Model& one) { return one.is_close_called; });
    bool is_fine = false;
    switch (reason.kind) {
      case CloseReason::Kind::locally_closed:
        is_fine = true;
        break;
      case CloseReason::Kind::application_closed:
        is_fine = is_called;
        break;
      case CloseReason::Kind::connection_closed:
        // Closes during the handshake hide the application's code. [quic.md §6.8]
        is_fine = is_called && (reason.code == 0 || reason.code == 0x0c);
        break;
      case CloseReason::Kind::timed_out:
        ++timed_out_;
        is_fine = is_other_gone || has_outage_ || plan_.link.loss > 0.02 || plan_.second_link.loss > 0.02 ||
                  is_called || has_no_keep_alive();
        break;
      case CloseReason::Kind::reset:
        is_fine = has_outage_ || is_called || is_other_gone || has_no_keep_alive();
        break;
      case CloseReason::Kind::transport_error:
        is_fine = has_outage_ && reason.code == static_cast<std::uint64_t>(quic::ErrorCode::no_viable_path);
        break;
      default:
        break;
    }
    if (!is_fine) fail(std::string(side == 0 ? "client" : "server") + " closed: " + reason.to_string());
  }
  bool has_no_keep_alive() const {
    return plan_.client.keep_alive_interval.count() == 0 && plan_.server.keep_alive_interval.count() == 0;
  }

  // ---- streams

  StreamModel& model(std::size_t number, int writer, StreamId id) { return models_[number].streams[index(writer)][id]; }

  void on_stream_event(int side, std::size_t number, const StreamEvent& event) {
    Side& own = sides_[index(side)][number];
    Connection* one = connection(side, number);
    switch (event.kind) {
      case StreamEvent::Kind::opened:
        while (const auto id = one->accept_stream(event.dir)) {
          own.receiving.push_back(*id);
          if (event.dir == Dir::bi) own.sending.push_back(*id);
        }
        break;
      case StreamEvent::Kind::stopped:
        if (model(number, side, event.id).stop_code != event.code) fail("a stop that the reader did not make");
        break;
      case StreamEvent::Kind::finished:
        if (!model(number, side, event.id).is_finished) fail("finished without finish()");
        break;
      default:
        break;
    }
  }

  void open(int side, std::size_t number, Dir dir) {
    Connection* one = connection(side, number);
    if (one == nullptr) return;
    const auto id = one->open_stream(dir);
    if (!id) return;
    sides_[index(side)][number].sending.push_back(*id);
    if (dir == Dir::bi) sides_[index(side)][number].receiving.push_back(*id);
  }

  std::optional<StreamId> pick(const std::vector<StreamId>& streams, std::uint16_t which) {
    if (streams.empty()) return std::nullopt;
    return streams[which % streams.size()];
  }

  void write(int side, std::size_t number, StreamId id, std::size_t count) {
    Connection* one = connection(side, number);
    if (one == nullptr) return;
    StreamModel& stream = model(number, side, id);
    std::vector<std::byte> bytes(count);
    const std::uint64_t key = key_of(number, side, id);
    for (std::size_t i = 0; i < count; ++i) bytes[i] = content(key, stream.written + i);
    const auto written = one->write(id, bytes);
    if (written) {
      if (*written > count) fail("more was written than was there");
      stream.written += *written;
      if (stream.is_write_over) fail("a write after the end");
    } else if (written.error().kind == WriteError::Kind::stopped) {
      if (stream.stop_code != written.error().code) fail("write: stopped, but not by the reader");
      stream.is_write_over = true;
    }
  }

  void finish(int side, std::size_t number, StreamId id) {
    Connection* one = connection(side, number);
    StreamModel& stream = model(number, side, id);
    if (one == nullptr || stream.is_write_over) return;
    if (one->finish(id)) stream.is_finished = true;
    stream.is_write_over = true;
  }

  void reset(int side, std::size_t number, StreamId id, std::uint64_t code) {
    Connection* one = connection(side, number);
    if (one == nullptr) return;
    StreamModel& stream = model(number, side, id);
    if (one->reset(id, code)) stream.reset_code = code;
    stream.is_write_over = true;
  }

  void stop(int side, std::size_t number, StreamId id, std::uint64_t code) {
    Connection* one = connection(side, number);
    StreamModel& stream = model(number, 1 - side, id);
    if (one == nullptr || stream.is_read_over) return;
    one->stop(id, code);
    stream.stop_code = code;
    stream.is_read_over = true;
  }

  /// True if something was read.
  bool read(int side, std::size_t number, StreamId id, std::size_t max) {
    Connection* one = connection(side, number);
    StreamModel& stream = model(number, 1 - side, id);
    if (one == nullptr || stream.is_read_over) return false;
    const auto chunk = one->read(id, max);
    if (chunk) {
      if (chunk->size() > max) fail("more was read than asked for");
      const std::uint64_t key = key_of(number, 1 - side, id);
      for (const std::byte byte : chunk->span()) {
        if (byte != content(key, stream.read++)) fail("a byte differs from what was written");
      }
      if (stream.read > stream.written) fail("more was read than was written");
      return !chunk->empty();
    }
    check_end(chunk.error(), stream, number);
    return false;
  }

  void check_end(const ReadError& error, StreamModel& stream, std::size_t number) {
    switch (error.kind) {
      case ReadError::Kind::blocked:
        return;
      case ReadError::Kind::finished:
        if (!stream.is_finished || stream.read != stream.written) fail("the end came at the wrong place");
        break;
      case ReadError::Kind::reset:
        if (stream.reset_code != error.code && stream.stop_code != error.code) fail("a reset that nobody made");
        break;
      case ReadError::Kind::closed:
        if (!is_over(number)) fail("read: closed, but the stream was not at its end");
        break;
    }
    stream.is_read_over = true;
  }

  // ---- operations

  void apply(const Operation& operation) {
    const int side = operation.side;
    const std::size_t number = operation.b % models_.size();
    Side& own = sides_[index(side)][number];
    switch (operation.kind) {
      case OperationKind::open_bi:
        open(side, number, Dir::bi);
        break;
      case OperationKind::open_uni:
        open(side, number, Dir::uni);
        break;
      case OperationKind::write:
        if (const auto id = pick(own.sending, operation.a)) write(side, number, *id, operation.a % 3000);
        break;
      case OperationKind::write_much:
        if (const auto id = pick(own.sending, operation.a)) write(side, number, *id, much + operation.a);
        break;
      case OperationKind::finish:
        if (const auto id = pick(own.sending, operation.a)) finish(side, number, *id);
        break;
      case OperationKind::reset:
        if (const auto id = pick(own.sending, operation.a)) reset(side, number, *id, operation.a);
        break;
      case OperationKind::read:
        if (const auto id = pick(own.receiving, operation.a)) read(side, number, *id, 1 + operation.a % 5000);
        break;
      case OperationKind::read_all:
        read_all(side, number);
        break;
      case OperationKind::stop:
        if (const auto id = pick(own.receiving, operation.a)) stop(side, number, *id, operation.a);
        break;
      case OperationKind::datagrams:
        send_datagrams(side, number, operation);
        break;
      case OperationKind::dial:
        dial();
        break;
      case OperationKind::close:
        close(side, number, operation.a);
        break;
      default:
        return apply_to_network(operation, side, number);
    }
    hosts_[index(side)]->wake_all();
    network_.run_for(milliseconds(operation.b % 4));
  }

  void apply_to_network(const Operation& operation, int side, std::size_t number) {
    QuicHost& host = *hosts_[index(side)];
    Link& link = *links_[operation.a % 2];
    switch (operation.kind) {
      case OperationKind::wait:
        return network_.run_for(milliseconds(operation.a % 200));
      case OperationKind::wait_long:
        return network_.run_for(milliseconds(operation.a % 20'000));
      case OperationKind::set_loss: {
        LinkConfig config = link.from(host).config();
        config.loss = static_cast<double>(operation.b % 300) / 1000.0;
        link.from(host).set_config(config);
        has_outage_ = has_outage_ || config.loss > 0.1;
        return;
      }
      case OperationKind::drop_next:
        drops_[index(side)] += 1 + operation.a % 4;
        return;
      case OperationKind::duplicate_next:
        duplicates_[index(side)] += 1 + operation.a % 4;
        return;
      case OperationKind::delay_next:
        delays_[index(side)] += 1 + operation.a % 4;
        delay_ = milliseconds(operation.b % 500);
        return;
      case OperationKind::block:
        has_outage_ = true;
        return link.from(host).block();
      case OperationKind::unblock:
        return link.from(host).unblock();
      case OperationKind::rebind: {
        // Only a client's address changes behind its back: nobody follows a server that moves.
        const SocketAddr inner = hosts_[0]->addr(operation.a % 2);
        const auto port = static_cast<std::uint16_t>(10'000 + operation.b % 1000);
        has_outage_ = true;
        return hosts_[0]->rewrite(inner, SocketAddr(inner.ip(), port));
      }
      case OperationKind::interface_down:
        has_outage_ = true;
        return hosts_[0]->set_interface_up(hosts_[0]->addr(operation.a % 2).ip(), false);
      case OperationKind::interface_up:
        return hosts_[0]->set_interface_up(hosts_[0]->addr(operation.a % 2).ip(), true);
      case OperationKind::pause:
        has_outage_ = true;
        return host.set_paused(true);
      case OperationKind::resume:
        return host.set_paused(false);
      case OperationKind::set_mtu: {
        LinkConfig config = link.from(host).config();
        config.mtu = 1228 + operation.b % 273;
        return link.set_config(config);
      }
      default:
        return apply_to_paths(operation, side, number);
    }
  }

  void apply_to_paths(const Operation& operation, int side, std::size_t number) {
    Connection* one = connection(side, number);
    if (one == nullptr) return;
    const auto paths = one->paths();
    const std::size_t which = operation.a % std::max<std::size_t>(paths.size(), 1);
    const auto status = (operation.b & 0x100) != 0 ? quic::PathStatus::backup : quic::PathStatus::available;
    switch (operation.kind) {
      case OperationKind::open_path: {
        const quic::FourTuple to{hosts_[index(1 - side)]->addr(operation.a % 2), std::nullopt};
        static_cast<void>(one->open_path(network_.now(), to, status, (operation.b & 0x200) != 0));
        break;
      }
      case OperationKind::close_path:
        if (!paths.empty() && one->close_path(paths[which].id, operation.a)) has_outage_ = true;
        break;
      case OperationKind::set_status:
        if (!paths.empty()) one->set_path_status(paths[which].id, status);
        break;
      case OperationKind::network_change:
        if (operation.a % 3 == 0) {
          one->handle_network_change(network_.now());
        } else {
          one->handle_network_change(network_.now(), [&](const quic::PathStats& stats) {
            return quic::to_u32(stats.id) % 2 == operation.b % 2;
          });
        }
        break;
      case OperationKind::add_candidate:
        static_cast<void>(one->add_candidate(candidate(side, operation.a)));
        break;
      case OperationKind::remove_candidate:
        one->remove_candidate(candidate(side, operation.a));
        break;
      case OperationKind::nat_round:
        static_cast<void>(one->start_nat_round(network_.now()));
        break;
      default:
        break;
    }
    hosts_[index(side)]->wake_all();
    network_.run_for(milliseconds(operation.b % 4));
  }

  /// One of the host's own addresses, or one where nobody is.
  SocketAddr candidate(int side, std::uint16_t which) {
    if (which % 3 < 2) return hosts_[index(side)]->addr(which % 3);
    return {addr("10.9.9.9"), static_cast<std::uint16_t>(1 + which % 50)};
  }

  void read_all(int side, std::size_t number) {
    const auto streams = sides_[index(side)][number].receiving;
    for (const StreamId id : streams) {
      while (read(side, number, id, 1 << 16)) {
      }
    }
    if (Connection* one = connection(side, number)) {
      while (const auto datagram = one->datagrams().receive()) check_datagram(*datagram);
    }
  }

  void send_datagrams(int side, std::size_t number, const Operation& operation) {
    Connection* one = connection(side, number);
    if (one == nullptr) return;
    for (int i = 0; i < 1 + operation.a % 5; ++i) {
      std::vector<std::byte> bytes(operation.a % 1500u);
      for (std::size_t k = 0; k < bytes.size(); ++k) bytes[k] = content(bytes.size(), k);
      const auto mode = operation.b % 2 == 0 ? quic::DatagramSendMode::wait : quic::DatagramSendMode::drop_oldest;
      static_cast<void>(one->datagrams().send(Bytes::copy_of(bytes), mode));
    }
  }

  void check_datagram(const Bytes& datagram) {
    for (std::size_t k = 0; k < datagram.size(); ++k) {
      if (datagram.data()[k] != content(datagram.size(), k)) return fail("a DATAGRAM was changed on its way");
    }
  }

  void close(int side, std::size_t number, std::uint64_t code) {
    Connection* one = connection(side, number);
    if (one == nullptr) return;
    models_[number].is_close_called = true;
    one->close(network_.now(), code, "as planned");
    hosts_[index(side)]->wake_all();
  }

  bool let_pass(int side, Packet& packet) {
    std::size_t& delays = delays_[index(side)];
    if (delays > 0) {
      --delays;
      network_.events().schedule(network_.now() + delay_, [this, side, late = packet]() mutable {
        hosts_[index(1 - side)]->receive(std::move(late));
      });
      return false;
    }
    std::size_t& duplicates = duplicates_[index(side)];
    if (duplicates > 0) {
      --duplicates;
      network_.events().schedule(network_.now() + milliseconds(20), [this, side, copy = packet]() mutable {
        hosts_[index(1 - side)]->receive(std::move(copy));
      });
    }
    std::size_t& drops = drops_[index(side)];
    if (drops == 0) return true;
    --drops;
    return false;
  }

  // ---- the end

  void heal() {
    for (int side = 0; side < 2; ++side) {
      hosts_[index(side)]->set_paused(false);
      drops_[index(side)] = 0;
    }
    for (const std::size_t i : {0u, 1u}) hosts_[0]->set_interface_up(hosts_[0]->addr(i).ip(), true);
    for (Link* link : links_) {
      link->unblock();
      LinkConfig config = link->from(*hosts_[0]).config();
      config.loss = 0;
      link->set_config(config);
    }
  }

  // Every stream that was not reset or stopped comes to its end, with all its bytes.
  void finish_everything() {
    for (std::size_t number = 0; number < models_.size(); ++number) {
      const bool is_done = network_.run_until(
          [&] {
            check_hosts();
            if (failure_ || is_over(number)) return true;
            if (!connected(number)) return false;
            bool is_complete = true;
            for (int side = 0; side < 2; ++side) is_complete = push_on(side, number) && is_complete;
            return is_complete;
          },
          settle_limit);
      if (!is_done) return fail("connection " + std::to_string(number) + " did not finish: " + unfinished(number));
    }
  }

  // Finishes and reads; true if this side has nothing left to do.
  bool push_on(int side, std::size_t number) {
    Side& own = sides_[index(side)][number];
    bool is_complete = true;
    bool is_changed = false;
    for (const StreamId id : own.sending) {
      if (model(number, side, id).is_write_over) continue;
      finish(side, number, id);
      is_changed = true;
    }
    const auto receiving = own.receiving;
    for (const StreamId id : receiving) {
      while (read(side, number, id, 1 << 16)) is_changed = true;
      is_complete = is_complete && model(number, 1 - side, id).is_read_over;
    }
    // A stream that the other side has finished, but this one has not seen yet.
    for (const auto& [id, stream] : models_[number].streams[index(1 - side)]) {
      if (stream.is_finished && !stream.is_read_over) is_complete = false;
    }
    if (is_changed) hosts_[index(side)]->wake(*own.handle);
    return is_complete;
  }

  std::string unfinished(std::size_t number) {
    std::string text;
    for (int side = 0; side < 2; ++side) {
      for (const auto& [id, stream] : models_[number].streams[index(side)]) {
        if (stream.is_read_over) continue;
        text += std::string(side == 0 ? "client's" : "server's") + " stream " + std::to_string(id.value()) + " at " +
                std::to_string(stream.read) + " of " + std::to_string(stream.written) +
                (stream.is_finished ? " finished" : "") + (stream.reset_code ? " reset" : "") + "; ";
      }
    }
    return connected(number) ? text : "not connected";
  }

  // [quic.md §9.1-36] [quic.md §9.3-52] Then nothing is left and nothing will ever happen again.
  void close_everything() {
    for (std::size_t number = 0; number < models_.size(); ++number) {
      for (int side = 0; side < 2; ++side) {
        if (is_alive(side, number)) close(side, number, 7);
      }
    }
    if (!network_.run_until_idle(idle_limit)) return fail("not at rest long after the end: " + what_is_left());
    for (QuicHost* host : hosts_) {
      if (host->endpoint().connection_count() > 0) return fail("a connection is left over, with no timer to end it");
    }
    // [quic.md §9.1-39] Calls on what is gone are harmless.
    hosts_[0]->wake_all();
    hosts_[1]->wake_all();
    network_.run_for(seconds(1));
  }

  std::string what_is_left() {
    std::string text;
    for (QuicHost* host : hosts_) {
      const auto timer = host->endpoint().poll_timeout();
      text += std::to_string(host->endpoint().connection_count()) + " connections, " +
              (timer ? "a timer in " + std::to_string((*timer - network_.now()) / milliseconds(1)) + " ms; "
                     : "no timer; ");
    }
    return text + std::to_string(network_.events().size()) + " events";
  }

  void check_hosts() {
    for (const QuicHost* host : hosts_) {
      if (!host->faults().empty()) fail(host->faults().front());
      if (host->datagrams_sent > datagrams_max) fail("a storm: too many datagrams");
    }
  }

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
  bool has_outage_ = false;  // something happened that a connection need not survive
  std::size_t timed_out_ = 0;
  Failure failure_;
};

}  // namespace

Failure run(const Plan& plan, InteractionStats* stats) {
  Interaction interaction(plan);
  Failure failure = interaction.run();
  if (stats != nullptr) interaction.fill(*stats);
  return failure;
}

Plan shrink(Plan plan, const std::function<bool(const Plan&)>& still_fails) {
  for (std::size_t chunk = std::max<std::size_t>(plan.operations.size() / 2, 1);; chunk /= 2) {
    for (std::size_t at = 0; at < plan.operations.size();) {
      Plan shorter = plan;
      const auto first = shorter.operations.begin() + static_cast<std::ptrdiff_t>(at);
      const auto last = first + static_cast<std::ptrdiff_t>(std::min(chunk, shorter.operations.size() - at));
      shorter.operations.erase(first, last);
      if (still_fails(shorter)) {
        plan = std::move(shorter);
      } else {
        at += chunk;
      }
    }
    if (chunk <= 1) return plan;
  }
}

std::string describe(const Plan& plan) {
  std::string text = std::to_string(plan.operations.size()) + " operations:\n";
  for (const Operation& operation : plan.operations) text += "  " + to_string(operation) + "\n";
  return text + "replay: ./dev sim --seed " + std::to_string(plan.seed) + "\n";
}

}  // namespace iroh::sim
