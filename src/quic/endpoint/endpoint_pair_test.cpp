// SPDX-License-Identifier: MIT OR Apache-2.0
// Whole connections between two endpoint cores: handshake, streams, loss, close. The pair itself is implemented here.
#include "quic/endpoint/endpoint_pair.hpp"

#include <gtest/gtest.h>

#include "iroh/identity/secret_key.hpp"

namespace iroh::quic {

EndpointPair::Node EndpointPair::make_node(std::uint64_t seed, const TransportConfig& config, SocketAddr addr,
                                           std::uint64_t restarts) {
  std::array<std::byte, 32> bytes{};
  auto random = std::make_unique<base::SeededRandom>(seed);
  random->fill(bytes);
  const SecretKey key = SecretKey::from_bytes(bytes);
  auto identity = tls::make_identity(key);
  EXPECT_TRUE(identity.has_value());
  if (restarts > 0) random = std::make_unique<base::SeededRandom>(seed + 1000 * restarts);
  auto log = std::make_shared<std::vector<std::string>>();
  auto key_log = std::make_shared<tls::KeyLog>([log](std::string_view line) { log->emplace_back(line); });
  auto factory = std::make_shared<QlogFactory>();
  const auto trace = [factory](const QlogTrace& of) { return *factory ? (*factory)(of) : QlogOutput{}; };
  auto endpoint = std::make_unique<Endpoint>(EndpointConfig{.transport = config, .key_log = key_log, .qlog = trace},
                                             *identity, *random);
  Node node{.random = std::move(random), .endpoint = std::move(endpoint), .id = key.public_key(), .addr = addr};
  node.key_log = log;
  node.qlog = factory;
  return node;
}

SocketAddr EndpointPair::add_addr(Node& node, IpAddr ip) {
  node.further.push_back(ip);
  return SocketAddr(ip, node.addr.port());
}

EndpointPair::EndpointPair(std::uint64_t seed, PipeConfig pipe, TransportConfig left, TransportConfig right)
    : pipe_(pipe),
      random_(seed),
      left_(make_node(seed * 2 + 1, left, SocketAddr(IpAddr(IpAddr::V4{10, 0, 0, 1}), 1000))),
      right_(make_node(seed * 2 + 2, right, SocketAddr(IpAddr(IpAddr::V4{10, 0, 0, 2}), 2000))),
      seed_(seed),
      right_config_(right),
      buffer_(65536) {}

void EndpointPair::forget_connections() {
  for (Node* node : {&left_, &right_}) {
    node->handle.reset();
    node->is_connected = false;
    node->closed.reset();
    node->early_data_decided.reset();
    node->events.clear();
    node->incoming.clear();
  }
}

void EndpointPair::restart_right() {
  right_ = make_node(seed_ * 2 + 2, right_config_, right_.addr, ++right_restarts_);
}

void EndpointPair::accept_right(IncomingId id) {
  auto accepted = right_.endpoint->accept(now_, id, right_.alpns, right_transport);
  EXPECT_TRUE(accepted.has_value());
  if (accepted) right_.handle = *accepted;
}

ConnectionHandle EndpointPair::connect(std::vector<std::string> alpns, std::optional<EndpointId> expected) {
  auto handle = left_.endpoint->connect(
      now_, {.remote = expected.value_or(right_.id), .first = {right_.addr, std::nullopt}, .alpns = std::move(alpns)});
  EXPECT_TRUE(handle.has_value());
  left_.handle = *handle;
  return *handle;
}

void EndpointPair::turn(Node& node, bool is_left) {
  while (auto event = node.endpoint->poll_event()) {
    if (const auto* incoming = std::get_if<NewIncoming>(&*event)) {
      if (!is_left && right_refuses_) {
        node.endpoint->refuse(now_, incoming->id);
        continue;
      }
      node.incoming.push_back(*incoming);
      if (right_hesitates_ || (right_retries_ && node.endpoint->retry(now_, incoming->id))) continue;
      accept_right(incoming->id);
    } else if (const auto* ready = std::get_if<ConnectionReady>(&*event)) {
      Connection* connection = node.endpoint->connection(ready->connection);
      if (ready->connection != node.handle) {
        while (connection->poll_event()) continue;
        continue;
      }
      while (auto occurred = connection->poll_event()) {
        if (std::holds_alternative<Connected>(*occurred)) node.is_connected = true;
        if (const auto* decided = std::get_if<EarlyDataDecided>(&*occurred)) node.early_data_decided = *decided;
        if (const auto* closed = std::get_if<Closed>(&*occurred)) node.closed = closed->reason;
        if (auto* stream = std::get_if<StreamEvent>(&*occurred)) {
          node.events.push_back(*stream);
        } else {
          node.others.push_back(std::move(*occurred));
        }
      }
    }
  }
  while (auto transmit = node.endpoint->poll_transmit(now_, buffer_)) {
    send(is_left, *transmit, ByteSpan(buffer_).first(transmit->size));
  }
}

void EndpointPair::send(bool to_right, const Transmit& transmit, ByteSpan bytes) {
  const Node& sender = to_right ? left_ : right_;
  const Node& receiver = to_right ? right_ : left_;
  const auto has = [](const Node& node, const IpAddr& ip) {
    return std::ranges::find(node.further, ip) != node.further.end();
  };
  const auto& local = transmit.four_tuple.local;
  const SocketAddr from = local && has(sender, *local) ? SocketAddr(*local, sender.addr.port()) : sender.addr;
  const IpAddr to =
      has(receiver, transmit.four_tuple.remote.ip()) ? transmit.four_tuple.remote.ip() : receiver.addr.ip();
  if (link && !link(from, SocketAddr(to, receiver.addr.port()))) return;
  while (!bytes.empty()) {
    const ByteSpan datagram = bytes.first(std::min(transmit.segment_size, bytes.size()));
    bytes = bytes.subspan(datagram.size());
    if (datagram.size() > pipe_.mtu || random_.chance(pipe_.loss_per_1000, 1000)) continue;
    if (filter && !filter(to_right, datagram)) continue;
    const Duration delay = pipe_.delay * (random_.chance(pipe_.reorder_per_1000, 1000) ? 2 : 1);
    InFlight flight{to_right, from, to, transmit.ecn, {datagram.begin(), datagram.end()}};
    if (tamper) tamper(to_right, flight.datagram);
    if (random_.chance(pipe_.duplicate_per_1000, 1000)) in_flight_.emplace(now_ + delay * 3 / 2, flight);
    in_flight_.emplace(now_ + delay, std::move(flight));
  }
}

void EndpointPair::deliver(InFlight flight) {
  receive(flight.to_right ? right_ : left_, {flight.from, flight.to}, flight.ecn, std::move(flight.datagram));
}

void EndpointPair::inject(bool to_right, const SocketAddr& from, std::vector<std::byte> datagram) {
  Node& to = to_right ? right_ : left_;
  receive(to, {from, to.addr.ip()}, Ecn::not_ect, std::move(datagram));
}

void EndpointPair::receive(Node& to, const FourTuple& four_tuple, Ecn ecn, std::vector<std::byte> datagram) {
  if (datagram.empty()) return;
  ReceivedDatagrams received;
  received.four_tuple = four_tuple;
  received.ecn = ecn;
  received.payload = datagram;
  received.segment_size = received.payload.size();
  ++delivered;
  to.endpoint->handle_datagrams(now_, copy_out(received));
}

std::optional<Instant> EndpointPair::next_event() const {
  std::optional<Instant> next;
  if (!in_flight_.empty()) next = in_flight_.begin()->first;
  for (const auto& timeout : {left_.endpoint->poll_timeout(), right_.endpoint->poll_timeout()}) {
    if (timeout && (!next || *timeout < *next)) next = timeout;
  }
  return next;
}

bool EndpointPair::run_until(const std::function<bool()>& done, Duration limit) {
  const Instant end = now_ + limit;
  for (;;) {
    turn(left_, true);
    turn(right_, false);
    if (done()) return true;
    const auto next = next_event();
    if (!next || *next > end) {
      now_ = end;
      return false;
    }
    now_ = std::max(now_, *next);
    while (!in_flight_.empty() && in_flight_.begin()->first <= now_) {
      InFlight flight = std::move(in_flight_.begin()->second);
      in_flight_.erase(in_flight_.begin());
      deliver(std::move(flight));
    }
    left_.endpoint->handle_timeout(now_);
    right_.endpoint->handle_timeout(now_);
  }
}

void EndpointPair::run_for(Duration duration) {
  run_until([] { return false; }, duration);
}

namespace {

std::vector<std::byte> random_bytes(std::uint64_t seed, std::size_t size) {
  std::vector<std::byte> bytes(size);
  base::SeededRandom(seed).fill(bytes);
  return bytes;
}

/// Left opens a stream and writes everything; right reads to the end. Returns what right has read.
std::vector<std::byte> transfer(EndpointPair& pair, const std::vector<std::byte>& data,
                                Duration limit = base::seconds(600)) {
  const StreamId id = *pair.left_connection()->open_stream(Dir::uni);
  std::size_t written = 0;
  std::vector<std::byte> read;
  bool is_finished = false;
  bool has_fin = false;
  pair.run_until(
      [&] {
        Connection* left = pair.left_connection();
        Connection* right = pair.right_connection();
        while (left && !has_fin) {
          if (written == data.size()) {
            has_fin = left->finish(id).has_value();
            pair.wake_left();
            break;
          }
          auto count = left->write(id, ByteSpan(data).subspan(written));
          if (!count) break;
          written += *count;
          pair.wake_left();
        }
        if (right && pair.right_connected()) {
          right->accept_stream(Dir::uni);
          for (;;) {
            auto chunk = right->read(id, 1 << 20);
            if (!chunk) {
              is_finished = chunk.error().kind == ReadError::Kind::finished;
              break;
            }
            read.insert(read.end(), chunk->span().begin(), chunk->span().end());
          }
          pair.wake_right();
        }
        return is_finished;
      },
      limit);
  EXPECT_TRUE(is_finished);
  return read;
}

TEST(EndpointPair, HandshakeCompletesOnBothSides) {
  EndpointPair pair(1);
  pair.connect();
  ASSERT_TRUE(pair.run_until([&] { return pair.left_connected() && pair.right_connected(); }));
  EXPECT_EQ(pair.left_connection()->remote_id(), pair.right_id());
  EXPECT_EQ(pair.right_connection()->remote_id(), pair.left_id());
  EXPECT_EQ(pair.left_connection()->alpn(), "test");
  EXPECT_TRUE(pair.left_connection()->is_multipath());
  EXPECT_LE(pair.now() - Instant(base::seconds(1000)), base::milliseconds(41));  // two round trips at most
}

TEST(EndpointPair, TransfersDataWithoutLoss) {
  EndpointPair pair(2);
  pair.connect();
  ASSERT_TRUE(pair.run_until([&] { return pair.left_connected() && pair.right_connected(); }));
  const auto data = random_bytes(2, 3'000'000);
  EXPECT_EQ(transfer(pair, data), data);
  EXPECT_EQ(pair.left_connection()->stats().lost_packets, 0u);
}

TEST(EndpointPair, TransfersDataUnderLossReorderingAndDuplication) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE(seed);
    EndpointPair pair(seed, {.loss_per_1000 = 30, .reorder_per_1000 = 50, .duplicate_per_1000 = 20});
    pair.connect();
    ASSERT_TRUE(pair.run_until([&] { return pair.left_connected() && pair.right_connected(); }));
    const auto data = random_bytes(seed, 300'000);
    EXPECT_EQ(transfer(pair, data), data);
    EXPECT_FALSE(pair.left_closed().has_value());
    EXPECT_FALSE(pair.right_closed().has_value());
  }
}

TEST(EndpointPair, CloseReachesThePeerWithCodeAndReason) {
  EndpointPair pair(3);
  pair.connect();
  ASSERT_TRUE(pair.run_until([&] { return pair.left_connected() && pair.right_connected(); }));
  pair.left_connection()->close(pair.now(), 42, "thanks, bye!");
  pair.wake_left();
  ASSERT_TRUE(pair.run_until([&] { return pair.right_closed().has_value(); }));
  EXPECT_EQ(pair.right_closed()->kind, CloseReason::Kind::application_closed);
  EXPECT_EQ(pair.right_closed()->code, 42u);
  EXPECT_EQ(pair.right_closed()->reason, "thanks, bye!");
  // [quic.md §9.3 52] All state is freed after draining.
  ASSERT_TRUE(pair.run_until([&] { return pair.left().connection_count() + pair.right().connection_count() == 0; }));
}

TEST(EndpointPair, AWrongIdFailsWithUnknownCaAndTheServerSeesNoConnection) {
  // [endpoint.md 19]
  EndpointPair pair(4);
  pair.connect({"test"}, pair.left_id());
  ASSERT_TRUE(pair.run_until([&] { return pair.left_closed().has_value() && pair.right_closed().has_value(); }));
  EXPECT_EQ(pair.left_closed()->code, 0x130u);
  EXPECT_EQ(pair.right_closed()->kind, CloseReason::Kind::connection_closed);
  EXPECT_EQ(pair.right_closed()->code, 0x130u);
  EXPECT_FALSE(pair.right_connected());
}

TEST(EndpointPair, AnUnknownAlpnIsRefused) {
  // [endpoint.md 20]
  EndpointPair pair(5);
  pair.connect({"other"});
  ASSERT_TRUE(pair.run_until([&] { return pair.left_closed().has_value(); }));
  EXPECT_EQ(pair.left_closed()->code, 0x178u);
}

TEST(EndpointPair, TheIdleTimeoutEndsBothSidesSilentlyAndKeepAlivePreventsIt) {
  EndpointPair pair(6);
  pair.connect();
  ASSERT_TRUE(pair.run_until([&] { return pair.left_connected() && pair.right_connected(); }));
  pair.run_for(base::seconds(120));
  EXPECT_FALSE(pair.left_closed().has_value());
  pair.filter = [](bool, ByteSpan) { return false; };
  ASSERT_TRUE(pair.run_until([&] { return pair.left_closed() && pair.right_closed(); }, base::seconds(60)));
  EXPECT_EQ(pair.left_closed()->kind, CloseReason::Kind::timed_out);
  EXPECT_EQ(pair.right_closed()->kind, CloseReason::Kind::timed_out);
}

}  // namespace
}  // namespace iroh::quic
