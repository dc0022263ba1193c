// SPDX-License-Identifier: MIT OR Apache-2.0
#include "endpoint/driver.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <thread>
#include <utility>

#include "endpoint/driver_registry.hpp"

namespace iroh::endpoint {
namespace {

/// Trains that one turn sends before others get a turn.
constexpr std::size_t trains_per_turn = 64;
/// A timer that is this late runs although more input waits: usually all acknowledgements are read before anything is
/// declared lost. [performance.md 7]
constexpr quic::Duration timer_delay_max = base::milliseconds(5);
/// A busy wait asks so often before others get a turn: coming back through the executor takes as long as four.
constexpr int receives_per_spin = 8;
/// Without input for so long an endpoint is idle.
constexpr quic::Duration trim_delay = base::seconds(1);

}  // namespace

Driver::Driver(Setup setup)
    : executor_(std::move(setup.executor)),
      strand_(std::move(setup.strand)),
      platform_(std::move(setup.platform)),
      timer_(platform_->make_timer()),
      spin_(setup.adaptive_spin),
      io_(std::move(setup.sockets)),
      core_(std::move(setup.config), std::move(setup.identity), platform_->random()) {}

Driver::~Driver() = default;

void Driver::start() {
  auto& context = asio::query(executor_, asio::execution::context);
  asio::use_service<DriverRegistry>(context).add(weak_from_this());
  const Lock lock(*this);
  request_turn();
}

Driver::Lock::~Lock() {
  OperationList<Operation> finished(std::move(driver_.finished_));
  const bool is_abandoned = driver_.is_abandoned_;
  std::shared_ptr<Driver> turn;
  if (driver_.is_turn_requested_ && !driver_.is_turn_posted_ && !driver_.is_stopped_) {
    driver_.is_turn_posted_ = true;
    ++driver_.counts_.actor_tick_msg;
    turn = driver_.shared_from_this();
  }
  driver_.is_turn_requested_ = false;
  lock_.unlock();
  // The application first: what it does next is sent by the same turn.
  while (!finished.empty()) {
    const auto operation = finished.pop();
    if (!is_abandoned) operation->post(driver_.executor_);
  }
  if (turn == nullptr) return;
  asio::post(driver_.strand_, [turn = std::move(turn)] {
    const Lock lock(*turn);
    turn->is_turn_posted_ = false;
    turn->turn();
  });
}

void Driver::on_socket_ready(std::size_t socket, net::Wait direction) {
  asio::dispatch(strand_, [self = shared_from_this(), socket, direction] {
    const Lock lock(*self);
    self->io_.set_ready(socket, direction);
    self->turn();
  });
}

void Driver::on_timer() {
  asio::dispatch(strand_, [self = shared_from_this()] {
    const Lock lock(*self);
    self->armed_.reset();
    self->turn();
  });
}

void Driver::turn() {
  if (is_stopped_) return;
  if (is_stopping_) return stop();
  const quic::Instant now = platform_->now();
  spin_.on_work(now);
  turn(now, io_.receive(now, core_));
}

void Driver::turn(quic::Instant now, SocketIo::Received received) {
  const bool has_more_input = received.has_more;
  ++counts_.actor_tick_main;
  const auto deadline = core_.poll_timeout();
  if (deadline && now >= *deadline && (!has_more_input || now - *deadline > timer_delay_max)) core_.handle_timeout(now);
  const bool has_more_output = process(now);
  if (!has_more_output) on_turn_end();
  if (is_stopping_) return stop();
  is_turn_requested_ = has_more_input || has_more_output;
  trim_if_idle(now, received.any);
  arm_timer();
  const bool is_idle = !is_turn_requested_ && !io_.has_blocked();
  if (is_idle && spin_.is_enabled() && spin_.on_idle(platform_->now())) return post_spin();
  io_.arm(shared_from_this());
}

/// Through the executor, so that other handlers go on meanwhile.
void Driver::post_spin() {
  if (std::exchange(is_spin_posted_, true)) return;
  asio::post(strand_, [self = shared_from_this()] { self->spin_once(); });
}

void Driver::spin_once() {
  const quic::Instant before = platform_->now();
  std::this_thread::yield();
  const Lock lock(*this);
  is_spin_posted_ = false;
  // A turn that came in between has decided anew.
  if (is_stopped_ || !spin_.is_spinning()) return;
  if (!spin_.on_yielded(before, platform_->now())) return io_.arm(shared_from_this());
  for (int i = 0; i < receives_per_spin; ++i) {
    io_.assume_readable();
    const quic::Instant now = platform_->now();
    const SocketIo::Received received = io_.receive(now, core_);
    if (!received.any) continue;
    spin_.on_work(now);
    return turn(now, received);
  }
  post_spin();
}

/// Events and trains until there are none; true if there may be more. Applications' pending operations go on meanwhile.
bool Driver::process(quic::Instant now) {
  for (std::size_t trains = 0; trains < trains_per_turn;) {
    bool had_event = false;
    while (const auto event = core_.poll_event()) {
      dispatch(*event);
      had_event = true;
    }
    if (const auto transmit = core_.poll_transmit(now, io_.buffer())) {
      send(*transmit);
      ++trains;
    } else if (!had_event) {
      return false;
    }
  }
  return true;
}

void Driver::dispatch(const quic::EndpointEvent& event) {
  if (const auto* ready = std::get_if<quic::ConnectionReady>(&event)) return on_connection_ready(ready->connection);
  if (const auto* drained = std::get_if<quic::ConnectionDrained>(&event))
    return on_connection_drained(drained->connection);
  on_incoming(std::get<quic::NewIncoming>(event));
}

void Driver::send(const quic::Transmit& transmit) {
  if (!transmit.to_every_known_address) return io_.send(transmit);
  for (const SocketAddr& addr : known_addresses(transmit.connection)) io_.send_copy(transmit, addr);
}

/// [performance.md §4] What only traffic needs goes back after a while without.
void Driver::trim_if_idle(quic::Instant now, bool has_input) {
  if (!io_.can_trim()) {
    trim_at_.reset();
  } else if (has_input || !trim_at_) {
    trim_at_ = now + trim_delay;
  } else if (now >= *trim_at_) {
    io_.trim();
    trim_at_.reset();
  }
}

void Driver::arm_timer() {
  auto deadline = core_.poll_timeout();
  if (trim_at_ && (!deadline || *trim_at_ < *deadline)) deadline = trim_at_;
  // [performance.md 2.8] A deadline that moved later is found out when the timer fires.
  if (!deadline || (armed_ && *armed_ <= *deadline)) return;
  armed_ = deadline;
  timer_->arm(*deadline, [self = shared_from_this()] { self->on_timer(); });
}

void Driver::stop() {
  is_stopped_ = true;
  io_.close();
  timer_->cancel();
  on_stopped();
}

void Driver::abandon() {
  const Lock lock(*this);
  is_abandoned_ = true;
  if (!is_stopped_) stop();
}

}  // namespace iroh::endpoint
