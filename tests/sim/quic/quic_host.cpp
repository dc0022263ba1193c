// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tests/sim/quic/quic_host.hpp"

#include <algorithm>
#include <cstring>

#include "base/assert.hpp"
#include "tests/sim/quic/quic_network.hpp"

namespace iroh::sim {

using quic::ConnectionEvent;
using quic::EndpointEvent;

namespace {

constexpr std::size_t train_bytes_max = 65'507;
constexpr std::size_t train_segments_max = 64;
/// More turns at one instant mean that the endpoint and its timer keep each other awake.
constexpr std::size_t turns_per_instant_max = 10'000;

SecretKey draw_key(base::Random& random) {
  std::array<std::byte, SecretKey::size> bytes{};
  random.fill(bytes);
  return SecretKey::from_bytes(bytes);
}

std::shared_ptr<const tls::Identity> identity_of(const SecretKey& key) {
  auto identity = tls::make_identity(key);
  IROH_ASSERT(identity.has_value());
  return *identity;
}

/// What a socket receives into.
class ReceiveBuffer final : public SharedBuffer {
 public:
  explicit ReceiveBuffer(std::size_t size) : memory_(new std::byte[size]) {}
  std::byte* data() noexcept { return memory_.get(); }

 private:
  void recycle() noexcept override { delete this; }
  std::unique_ptr<std::byte[]> memory_;
};

}  // namespace

QuicHost::QuicHost(QuicNetwork& network, std::vector<IpAddr> addresses, std::uint64_t seed, quic::EndpointConfig config)
    : network_(network),
      addresses_(std::move(addresses)),
      random_(seed),
      key_(draw_key(random_)),
      id_(key_.public_key()),
      endpoint_(std::make_unique<quic::Endpoint>(std::move(config), identity_of(key_), random_)),
      buffer_(1 << 16) {}

QuicHost::~QuicHost() = default;

// ---- connections

QuicHost::Handle QuicHost::dial(const QuicHost& remote, std::optional<SocketAddr> to,
                                std::optional<quic::TransportConfig> transport) {
  return dial(remote.id(), to.value_or(remote.addr()), std::move(transport));
}

QuicHost::Handle QuicHost::dial(const EndpointId& remote, const SocketAddr& to,
                                std::optional<quic::TransportConfig> transport) {
  const auto handle = endpoint_->connect(
      network_.now(), {.remote = remote, .first = {to, std::nullopt}, .alpns = alpns, .transport = transport});
  IROH_ASSERT(handle.has_value());
  handles_.push_back(*handle);
  request_turn();
  return *handle;
}

void QuicHost::accept(quic::IncomingId id) {
  const auto handle = endpoint_->accept(network_.now(), id, alpns, accept_transport);
  if (handle) handles_.push_back(*handle);
  request_turn();
}

void QuicHost::refuse(quic::IncomingId id) {
  endpoint_->refuse(network_.now(), id);
  request_turn();
}

void QuicHost::wake(Handle handle) {
  endpoint_->wake(handle);
  request_turn();
}

void QuicHost::wake_all() {
  for (const Handle handle : handles_) endpoint_->wake(handle);
  request_turn();
}

// ---- driving the endpoint

void QuicHost::request_turn() {
  if (is_turn_requested_ || is_paused_) return;
  is_turn_requested_ = true;
  network_.events().schedule(network_.now(), [this] { turn(); });
}

void QuicHost::set_paused(bool is_paused) {
  is_paused_ = is_paused;
  request_turn();
}

void QuicHost::turn() {
  is_turn_requested_ = false;
  if (is_paused_) return;
  turns_at_this_instant_ = last_turn_ == network_.now() ? turns_at_this_instant_ + 1 : 0;
  last_turn_ = network_.now();
  if (turns_at_this_instant_ > turns_per_instant_max) return fault("the endpoint keeps itself awake at one instant");
  feed();
  serve_timers();
  // Events make applications call, calls make packets, packets make events.
  while (drain_events() || drain_transmits()) {
  }
  arm_timer();
}

void QuicHost::serve_timers() {
  const auto deadline = endpoint_->poll_timeout();
  if (!deadline || *deadline > network_.now()) return;
  endpoint_->handle_timeout(network_.now());
  // The timer rule: what was due is to be sent now, or later; it is not due any more. (architecture.md, section 2.5)
  if (const auto next = endpoint_->poll_timeout(); next && *next <= network_.now()) {
    fault("timer rule: a deadline is still due after handle_timeout()");
  }
}

void QuicHost::arm_timer() {
  const auto deadline = endpoint_->poll_timeout();
  if (deadline && *deadline <= network_.now() && turns_at_this_instant_ > 1'000) {
    return fault("timer rule: a deadline is due again and again at one instant");
  }
  if (timer_at_ == deadline) return;
  network_.events().cancel(timer_);
  timer_at_ = deadline;
  if (!deadline) return;
  timer_ = network_.events().schedule(std::max(*deadline, network_.now()), [this] {
    timer_at_.reset();
    if (!is_turn_requested_) turn();
  });
}

void QuicHost::fault(std::string what) {
  if (faults_.size() < 10) faults_.push_back(std::move(what));
}

bool QuicHost::drain_events() {
  bool any = false;
  while (const auto event = endpoint_->poll_event()) {
    any = true;
    on(*event);
  }
  return any;
}

void QuicHost::on(const EndpointEvent& event) {
  if (const auto* incoming = std::get_if<quic::NewIncoming>(&event)) {
    switch (policy) {
      case Policy::accept:
        return accept(incoming->id);
      case Policy::refuse:
        return refuse(incoming->id);
      case Policy::ignore:
        return endpoint_->ignore(incoming->id);
      case Policy::hold:
        return held.push_back(*incoming);
    }
  } else if (const auto* ready = std::get_if<quic::ConnectionReady>(&event)) {
    quic::Connection* connection = endpoint_->connection(ready->connection);
    IROH_ASSERT(connection != nullptr);
    while (auto occurred = connection->poll_event()) on_connection_event(ready->connection, std::move(*occurred));
  } else if (const auto* drained = std::get_if<quic::ConnectionDrained>(&event)) {
    logs_[drained->connection].is_drained = true;
  }
}

void QuicHost::on_connection_event(Handle handle, ConnectionEvent event) {
  ConnectionLog& log = logs_[handle];
  if (log.closed) fault("an event after Closed");
  if (std::holds_alternative<quic::Connected>(event)) log.is_connected = true;
  if (std::holds_alternative<quic::HandshakeConfirmed>(event)) log.is_confirmed = true;
  if (const auto* closed = std::get_if<quic::Closed>(&event)) log.closed = closed->reason;
  if (on_event) on_event(handle, event);
  if (keeps_events) log.events.push_back(std::move(event));
}

bool QuicHost::drain_transmits() {
  bool any = false;
  while (const auto transmit = endpoint_->poll_transmit(network_.now(), buffer_)) {
    any = true;
    if (transmit->size == 0 || transmit->segment_size == 0 || transmit->size > buffer_.size()) {
      fault("a transmit of impossible size");
      break;
    }
    send(*transmit, base::ByteSpan(buffer_).first(transmit->size));
  }
  return any;
}

// ---- into the network

void QuicHost::send(const quic::Transmit& transmit, base::ByteSpan bytes) {
  const auto source = source_for(transmit.four_tuple);
  while (!bytes.empty()) {
    const auto datagram = bytes.first(std::min(transmit.segment_size, bytes.size()));
    bytes = bytes.subspan(datagram.size());
    ++datagrams_sent;
    bytes_sent += datagram.size();
    if (!source) continue;
    emit({SocketAddr(*source, port),
          transmit.four_tuple.remote,
          static_cast<std::uint8_t>(transmit.ecn),
          {datagram.begin(), datagram.end()}});
  }
}

void QuicHost::emit(Packet packet) {
  let_in_.emplace(packet.destination, packet.source);
  Link* link = route(packet.source.ip(), packet.destination.ip());
  if (const auto outer = rewrites_.find(packet.source); outer != rewrites_.end()) packet.source = outer->second;
  network_.trace().record(network_.now(), link != nullptr ? Fate::sent : Fate::dropped_no_route, packet);
  if (link != nullptr) link->from(*this).transmit(std::move(packet));
}

Link* QuicHost::route(const IpAddr& source, const IpAddr& destination) {
  Link* found = nullptr;
  for (Link* link : links_) {
    if (!link->carries(source, destination) || !link->other_end(*this).accepts(destination)) continue;
    if (!link->is_for_all()) return link;
    found = link;
  }
  return found;
}

// The wanted address if it is up; otherwise the first one with a way there, as an operating system chooses.
std::optional<IpAddr> QuicHost::source_for(const quic::FourTuple& four_tuple) {
  if (four_tuple.local && is_up(*four_tuple.local)) return four_tuple.local;
  for (const IpAddr& own : addresses_) {
    if (!is_up(own) || own.is_v4() != four_tuple.remote.is_v4()) continue;
    if (route(own, four_tuple.remote.ip()) != nullptr) return own;
  }
  return std::nullopt;
}

bool QuicHost::is_up(const IpAddr& ip) const {
  return std::ranges::find(addresses_, ip) != addresses_.end() && !down_.contains(ip);
}

void QuicHost::set_interface_up(const IpAddr& ip, bool is_up) {
  if (is_up) {
    down_.erase(ip);
  } else {
    down_.insert(ip);
  }
}

// ---- from the network

bool QuicHost::accepts(const IpAddr& destination) const {
  return std::ranges::find(addresses_, destination) != addresses_.end() ||
         std::ranges::any_of(rewrites_, [&](const auto& one) { return one.second.ip() == destination; });
}

// False: no mapping leads inside from there (any more).
bool QuicHost::translate_in(Packet& packet) const {
  for (const auto& [inner, outer] : rewrites_) {
    if (outer == packet.destination) {
      packet.destination = inner;
      return true;
    }
  }
  return !rewrites_.contains(packet.destination) && packet.destination.port() == port;
}

void QuicHost::receive(Packet packet) {
  const bool has_way_in =
      translate_in(packet) && is_up(packet.destination.ip()) &&
      (!firewalls_.contains(packet.destination.ip()) || let_in_.contains({packet.source, packet.destination}));
  network_.trace().record(network_.now(), has_way_in ? Fate::delivered : Fate::dropped_no_socket, packet);
  if (!has_way_in) return;
  arrivals_.push_back(std::move(packet));
  request_turn();
}

void QuicHost::inject(const SocketAddr& from, std::vector<std::byte> payload) {
  arrivals_.push_back({from, addr(), 0, std::move(payload)});
  request_turn();
}

// What waits side by side and fits becomes one train, as receive offload makes it.
void QuicHost::feed() {
  while (!arrivals_.empty()) {
    const Packet first = std::move(arrivals_.front());
    arrivals_.pop_front();
    const std::size_t segment = first.payload.size();
    std::vector<std::byte> bytes = first.payload;
    std::size_t count = 1;
    while (!arrivals_.empty() && bytes.size() == count * segment && count < train_segments_max) {
      const Packet& next = arrivals_.front();
      const bool joins = next.source == first.source && next.destination == first.destination &&
                         next.ecn == first.ecn && next.payload.size() <= segment && !next.payload.empty() &&
                         bytes.size() + next.payload.size() <= train_bytes_max;
      if (!joins) break;
      bytes.insert(bytes.end(), next.payload.begin(), next.payload.end());
      arrivals_.pop_front();
      ++count;
    }
    datagrams_received += count;
    bytes_received += bytes.size();
    if (bytes.empty()) continue;
    quic::ReceivedDatagrams received;
    auto* memory = new ReceiveBuffer(std::max(bytes.size(), slab_bytes));
    received.buffer = SharedBufferRef::adopt(memory);
    received.payload = {memory->data(), bytes.size()};
    std::ranges::copy(bytes, received.payload.begin());
    received.four_tuple = {first.source, first.destination.ip()};
    received.ecn = static_cast<quic::Ecn>(first.ecn);
    received.segment_size = segment;
    endpoint_->handle_datagrams(network_.now(), received);
  }
}

}  // namespace iroh::sim
