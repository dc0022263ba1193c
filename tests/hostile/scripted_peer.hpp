// SPDX-License-Identifier: MIT OR Apache-2.0
// A peer that holds real keys and does only what it is told: it completes the TLS handshake in either role, then sends
// any frames, payloads and packets, legal or not. It shares parsers, key derivation and packet protection with the code
// under test, but none of its state machines.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "iroh/identity/secret_key.hpp"
#include "quic/frame/frame.hpp"
#include "quic/protection/packet_keys.hpp"
#include "quic/space/received_packets.hpp"
#include "quic/stream/reassembler.hpp"
#include "quic/wire/packet_header.hpp"
#include "quic/wire/transport_parameters.hpp"
#include "tests/sim/link.hpp"
#include "tests/sim/network.hpp"
#include "tests/sim/node.hpp"
#include "tls/session.hpp"

namespace iroh::hostile {

using quic::ByteSpan;
using quic::ConnectionId;
using quic::EncryptionLevel;
using quic::Frame;
using quic::PacketNumber;
using quic::PathId;
using quic::Side;

struct ScriptedPeerConfig {
  Side side = Side::client;
  SocketAddr addr;    ///< of the peer itself
  SocketAddr victim;  ///< clients: whom to dial
  std::optional<EndpointId> expected;
  std::string alpn = "test";
  /// Those of an iroh endpoint with multipath, DATAGRAM frames and ACK frequency.
  quic::TransportParameters parameters = iroh_parameters();
  std::vector<std::byte> extra_parameters;  ///< encoded, behind the others
  bool has_source_cid_parameter = true;
  std::size_t cid_size = 8;
  bool acknowledges = true;
  /// Keeps what it receives; off for floods.
  bool records = true;

  static quic::TransportParameters iroh_parameters();
};

/// How one packet is to look.
struct PacketOptions {
  EncryptionLevel level = EncryptionLevel::one_rtt;
  PathId path = quic::path_zero;
  std::optional<PacketNumber> number;  ///< instead of the next one
  std::optional<ConnectionId> dcid;    ///< instead of the one in use
  std::optional<SocketAddr> from;      ///< instead of the peer's address
  std::uint8_t first_byte_or = 0;      ///< set in the first byte before protection: reserved bits
  bool fixed_bit = true;
  std::size_t datagram_size = 0;  ///< filled up with PADDING frames
};

class ScriptedPeer final : public sim::Node {
 public:
  struct Received {
    EncryptionLevel level;
    PathId path;
    Frame frame;  ///< views point to memory that the peer keeps
  };
  struct Close {
    EncryptionLevel level;
    bool is_application;
    std::uint64_t code;
    std::uint64_t frame_type;
    std::string reason;
  };

  ScriptedPeer(sim::Network& network, ScriptedPeerConfig config, std::uint64_t seed);

  /// Clients: sends the ClientHello.
  void start();
  const EndpointId& id() const { return id_; }
  const SocketAddr& addr() const { return config_.addr; }
  /// TLS is complete and 1-RTT packets can be sent.
  bool is_connected() const { return is_complete_ && one_rtt_.seal.aead != nullptr; }

  // ---- sending
  template <class... Frames>
  void send(const Frames&... frames) {
    send_frames({Frame(frames)...});
  }
  void send_frames(const std::vector<Frame>& frames, const PacketOptions& options = {});
  void send_payload(ByteSpan payload, const PacketOptions& options = {});
  /// The packet itself, to be mangled and sent with send_datagram().
  std::vector<std::byte> seal(ByteSpan payload, const PacketOptions& options = {});
  void send_datagram(std::vector<std::byte> datagram, std::optional<SocketAddr> from = std::nullopt);
  /// From now on 1-RTT packets are sealed with the next keys. [RFC 9001 §6]
  void update_keys();
  /// Connection ids of ours for a path, sequence numbers first to first + count - 1.
  void offer_cids(PathId path, std::uint64_t first, std::uint64_t count);
  /// An id that has been retired must not be used any more.
  void drop_remote_cid(PathId path, std::uint64_t sequence) { remote_cids_[path].erase(sequence); }
  PacketNumber next_number(PathId path) const;
  ConnectionId make_cid(PathId path);

  // ---- what has come
  std::deque<Received> received;
  std::optional<Close> close;  ///< the first one
  std::size_t datagrams_received = 0;
  std::size_t bytes_received = 0;
  std::size_t retries_received = 0;
  std::size_t version_negotiations_received = 0;
  template <class F>
  std::size_t count() const {
    std::size_t result = 0;
    for (const Received& one : received) result += std::holds_alternative<F>(one.frame) ? 1u : 0u;
    return result;
  }
  template <class F>
  const F* last() const {
    for (auto one = received.rbegin(); one != received.rend(); ++one) {
      if (const F* frame = std::get_if<F>(&one->frame)) return frame;
    }
    return nullptr;
  }
  /// Ids that the victim has issued for the path, by sequence number.
  const std::map<std::uint64_t, ConnectionId>& remote_cids(PathId path) { return remote_cids_[path]; }
  /// Packet numbers that have arrived in 1-RTT, highest first.
  std::span<const quic::PnRange> received_ranges(PathId path) { return paths_[path].received.ranges(); }
  std::uint64_t key_updates_seen() const { return open_updates_; }
  void set_acknowledges(bool acknowledges) { config_.acknowledges = acknowledges; }
  void set_records(bool records) { config_.records = records; }
  void set_addr(const SocketAddr& addr) { config_.addr = addr; }
  const quic::TransportParameters& victim_parameters() const { return victim_parameters_; }

  void plug_in(sim::Link& link) override { link_ = &link; }
  bool accepts(const IpAddr& destination) const override { return destination == config_.addr.ip(); }
  void receive(sim::Packet packet) override;

 private:
  /// Packet numbers of a space, or of a path in 1-RTT.
  struct Space {
    PacketNumber next = 0;
    quic::ReceivedPackets received;
    bool owes_ack = false;
  };
  struct Level {
    quic::ProtectionKeys keys;
    Space space;
    quic::Reassembler incoming;
    std::uint64_t sent_offset = 0;
  };

  std::vector<std::byte> encoded_parameters();
  void start_server(const quic::ParsedPacket& first);
  void drain_tls();
  void on_output(tls::Output output);
  void install(const tls::Secrets& secrets);
  void send_crypto(EncryptionLevel level, ByteSpan bytes);
  void receive_packet(quic::MutableByteSpan packet, const quic::ParsedPacket& parsed);
  std::optional<std::vector<std::byte>> open(EncryptionLevel level, PathId path, quic::MutableByteSpan packet,
                                             std::size_t pn_offset);
  void process(EncryptionLevel level, PathId path, std::vector<std::byte> payload);
  void on_frame(EncryptionLevel level, PathId path, const Frame& frame);
  void feed_tls(EncryptionLevel level);
  void acknowledge();
  void send_ack(EncryptionLevel level, PathId path, Space& space);
  Level& level_state(EncryptionLevel level) { return levels_[quic::index_of(quic::space_of(level))]; }
  Space& space_of(EncryptionLevel level, PathId path);
  quic::ProtectionKeys& keys_of(EncryptionLevel level);
  ConnectionId dcid_of(const PacketOptions& options);

  sim::Network& network_;
  ScriptedPeerConfig config_;
  base::SeededRandom random_;
  SecretKey key_;
  EndpointId id_;
  std::shared_ptr<const tls::Identity> identity_;
  std::unique_ptr<tls::Session> session_;
  sim::Link* link_ = nullptr;
  bool is_complete_ = false;
  quic::TransportParameters victim_parameters_;

  ConnectionId local_cid_;
  ConnectionId original_dcid_;
  std::map<PathId, std::map<std::uint64_t, ConnectionId>> remote_cids_;
  std::vector<std::pair<ConnectionId, PathId>> local_cids_;

  std::array<Level, 3> levels_;  // initial, handshake, 1-RTT (whose spaces are per path)
  quic::ProtectionKeys one_rtt_;
  std::map<PathId, Space> paths_;
  crypto::CipherSuite suite_{};
  std::vector<std::byte> seal_secret_;
  std::vector<std::byte> open_secret_;
  bool seal_phase_ = false;
  bool open_phase_ = false;
  std::uint64_t open_updates_ = 0;
  std::deque<std::vector<std::byte>> kept_;
};

}  // namespace iroh::hostile
