// SPDX-License-Identifier: MIT OR Apache-2.0
// Interaction: a healed network, every stream to its end, every connection closed, and then rest.
#include "tests/sim/quic/interaction_impl.hpp"

namespace iroh::sim {
namespace {

using base::milliseconds;
using base::seconds;

/// More datagrams in one run mean that something answers itself.
constexpr std::size_t datagrams_max = 400'000;
/// On top of slack().
constexpr base::Duration settle_limit = seconds(180);
constexpr base::Duration idle_limit = seconds(150);

}  // namespace

void Interaction::heal() {
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
void Interaction::finish_everything() {
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
        settle_limit + slack());
    if (!is_done) return fail("connection " + std::to_string(number) + " did not finish: " + unfinished(number));
  }
}

// Finishes and reads; true if this side has nothing left to do.
bool Interaction::push_on(int side, std::size_t number) {
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

std::string Interaction::unfinished(std::size_t number) {
  std::string text;
  for (int side = 0; side < 2; ++side) {
    for (const auto& [id, stream] : models_[number].streams[index(side)]) {
      if (stream.is_read_over) continue;
      text += std::string(side == 0 ? "client's" : "server's") + " stream " + std::to_string(id.value()) + " at " +
              std::to_string(stream.read) + " of " + std::to_string(stream.written) +
              (stream.is_finished ? " finished" : "") + (stream.reset_code ? " reset" : "") + "; ";
    }
  }
  if (!connected(number)) return "not connected";
  return text + "client" + paths_of(0, number) + "; server" + paths_of(1, number);
}

std::string Interaction::paths_of(int side, std::size_t number) {
  std::string text;
  for (const auto& path : connection(side, number)->paths()) {
    text += " path " + std::to_string(quic::to_u32(path.id)) + " to " + path.four_tuple.remote.to_string() +
            (path.is_validated ? "" : " not validated") + (path.is_abandoned ? " abandoned" : "") +
            (path.carries_data ? " carries data" : "") + ", rtt " + std::to_string(path.rtt / milliseconds(1)) +
            " ms, in flight " + std::to_string(path.bytes_in_flight) + " of " +
            std::to_string(path.congestion_window) + ", mtu " + std::to_string(path.current_mtu);
  }
  return text;
}

// [quic.md §9.1-36] [quic.md §9.3-52] Then nothing is left and nothing will ever happen again.
void Interaction::close_everything() {
  for (std::size_t number = 0; number < models_.size(); ++number) {
    for (int side = 0; side < 2; ++side) {
      if (is_alive(side, number)) close(side, number, 7);
    }
  }
  if (!network_.run_until_idle(idle_limit + slack())) return fail("not at rest long after the end: " + what_is_left());
  for (QuicHost* host : hosts_) {
    if (host->endpoint().connection_count() > 0) return fail("a connection is left over, with no timer to end it");
  }
  // [quic.md §9.1-39] Calls on what is gone are harmless.
  hosts_[0]->wake_all();
  hosts_[1]->wake_all();
  network_.run_for(seconds(1));
}

std::string Interaction::what_is_left() {
  std::string text;
  for (QuicHost* host : hosts_) {
    const auto timer = host->endpoint().poll_timeout();
    text +=
        std::to_string(host->endpoint().connection_count()) + " connections, " +
        (timer ? "a timer in " + std::to_string((*timer - network_.now()) / milliseconds(1)) + " ms; " : "no timer; ");
  }
  return text + std::to_string(network_.events().size()) + " events";
}

// A process that was stopped, or acknowledgements that were lost for long, give an RTT of many seconds. The smoothed
// one bounds what follows from it: one sample is at most eight times as much, the variation a quarter of that, so that
// a probe timeout is at most nine and a draining period 27 times as long. [RFC 9002 §5.3, §6.2.1], [RFC 9000 §10.2]
void Interaction::check_hosts() {
  for (int side = 0; side < 2; ++side) {
    for (std::size_t number = 0; number < models_.size(); ++number) {
      if (!is_alive(side, number)) continue;
      for (const auto& path : connection(side, number)->paths()) longest_rtt_ = std::max(longest_rtt_, path.rtt);
    }
  }
  for (const QuicHost* host : hosts_) {
    if (!host->faults().empty()) fail(host->faults().front());
    if (host->datagrams_sent > datagrams_max) fail("a storm: too many datagrams");
  }
}

}  // namespace iroh::sim
