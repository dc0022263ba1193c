// SPDX-License-Identifier: MIT OR Apache-2.0
// Internal: the members of the conductor. Each group of functions has a file of its own, named in the comment above it.
#pragma once

#include <deque>
#include <map>

#include "base/interval_set.hpp"
#include "quic/address_discovery/address_discovery.hpp"
#include "quic/cid/local_cids.hpp"
#include "quic/cid/remote_cids.hpp"
#include "quic/connection/packet_train.hpp"
#include "quic/connection/parameters.hpp"
#include "quic/connection/path_blocked.hpp"
#include "quic/connection/path_scheduler.hpp"
#include "quic/connection/path_state.hpp"
#include "quic/frame/frame.hpp"
#include "quic/handshake/crypto_stream.hpp"
#include "quic/nat_traversal/nat_traversal.hpp"
#include "quic/protection/initial_keys.hpp"
#include "quic/protection/one_rtt_keys.hpp"
#include "quic/protection/packet_keys.hpp"
#include "quic/qlog/qlog.hpp"
#include "quic/space/ack_frequency_sender.hpp"
#include "quic/wire/packet_header.hpp"
#include "quic/wire/transport_parameters.hpp"

namespace iroh::quic {

class Connection::Impl final : private CidIssuer {
 public:
  explicit Impl(Parameters parameters);
  ~Impl();

  // lifecycle.cpp
  void close(Instant now, std::uint64_t code, std::string_view reason);
  bool handle_stateless_reset(const ResetToken& token);
  // receive.cpp
  void handle_datagrams(Instant now, const ReceivedDatagrams& datagrams, PathId path);
  // transmit.cpp
  std::optional<Transmit> poll_transmit(Instant now, MutableByteSpan buffer);
  // timers.cpp
  void handle_timeout(Instant now);
  std::optional<Instant> poll_timeout() const;
  // connection.cpp
  std::optional<ConnectionEvent> poll_event();
  bool has_events() const noexcept;
  std::optional<std::size_t> max_datagram_size() const noexcept;
  std::vector<PathStats> paths() const;
  ConnectionStats stats() const noexcept;
  // path_open.cpp
  std::expected<PathId, OpenPathError> open_path(Instant now, const FourTuple& to, PathStatus status, bool if_absent);
  bool set_path_status(PathId id, PathStatus status);
  bool set_path_idle_timeout(Instant now, PathId id, Duration timeout);
  bool set_path_keep_alive(Instant now, PathId id, Duration interval);
  void set_max_paths(std::uint32_t count);
  // path_abandon.cpp
  std::expected<void, ClosePathError> close_path(PathId id, std::uint64_t code);
  // network_change.cpp
  void handle_network_change(Instant now, const IsRecoverable& is_recoverable);
  // address_exchange.cpp
  std::expected<void, NatTraversalError> add_candidate(const SocketAddr& address);
  bool remove_candidate(const SocketAddr& address);
  std::expected<void, NatTraversalError> start_nat_round(Instant now);
  std::vector<SocketAddr> remote_candidates() const;

  // ---- state that Connection reads
  enum class State : std::uint8_t { handshaking, established, closing, draining, drained };
  State state = State::handshaking;
  Parameters parameters;
  std::unique_ptr<tls::Session> session;
  StreamSet streams;
  DatagramQueue datagram_queue;
  std::optional<CloseReason> close_reason;
  EarlyData early_data = EarlyData::none;
  bool is_multipath = false;  ///< negotiated, and the handshake is complete

  /// The lowest path that is not abandoned.
  PathState& lowest_path() noexcept;
  const PathState& lowest_path() const noexcept;
  /// The path that data leaves on; without one, the one that is nearest to it.
  PathState& main_path() noexcept;
  const PathState& main_path() const noexcept;

 private:
  /// Initial and Handshake: packet numbers and acknowledgements; recovery is path 0's.
  struct HandshakeSpace {
    HandshakeSpace(SpaceId space, base::Random& random) : acks(space), numbers(space, random) {}
    AckManager acks;
    PacketNumberGenerator numbers;
    std::optional<ProtectionKeys> keys;
    bool is_discarded = false;
  };
  /// Where a packet came from, for the functions that look into its frames.
  struct PacketContext {
    Instant now;
    EncryptionLevel level;
    PathState* path;
    PacketNumber number;
    FourTuple four_tuple;
    Ecn ecn;
    const SharedBufferRef* buffer;  // the slab that the payload lies in
    bool is_on_path;                // arrived on the path's present 4-tuple
  };
  /// One 1-RTT packet of a train between unmasking and dispatch.
  struct OpenedPacket {
    MutableByteSpan packet;
    std::size_t header_size;
    PacketNumber number;
    std::uint8_t first_byte;  // unmasked
  };

  // ---- handshake.cpp: the TLS session seen from QUIC
  void start_handshake(Instant now);
  TransportResult<void> feed_tls(Instant now, EncryptionLevel level);
  TransportResult<void> drain_tls(Instant now);
  TransportResult<void> on_tls_output(Instant now, tls::Output output);
  void install_secrets(const tls::Secrets& secrets);
  TransportResult<void> on_peer_parameters(const tls::PeerTransportParameters& parameters);
  void use_peer_limits();
  void offer_early_data(const tls::Secrets& secrets);
  TransportResult<void> decide_early_data(bool is_accepted, const TransportParameters& received);
  void discard_early_data();
  void keep_ticket(tls::NewTicket ticket);
  void release_tls_when_due(Instant now);
  void on_handshake_complete(Instant now);
  void confirm_handshake(Instant now);
  void discard_space(SpaceId space);
  void replay_early_packets(Instant now);
  CryptoStream& crypto(EncryptionLevel level) noexcept;

  // ---- receive.cpp: datagrams and long headers
  void count_received(const ReceivedDatagrams& datagrams, std::size_t count, PathId path);
  void receive_datagram(Instant now, const ReceivedDatagrams& datagram, PathId path);
  void receive_long(Instant now, MutableByteSpan packet, const ParsedPacket& parsed, const ReceivedDatagrams& datagram);
  void receive_handshake_packet(Instant now, MutableByteSpan packet, const ParsedPacket& parsed,
                                const ReceivedDatagrams& datagram);
  void receive_early_packet(Instant now, MutableByteSpan packet, const ParsedPacket& parsed,
                            const ReceivedDatagrams& datagram);
  /// A long-header packet without its protection.
  struct OpenedLong {
    PacketNumber number;
    std::uint8_t first_byte;
    ByteSpan payload;
  };
  std::optional<OpenedLong> open_long(MutableByteSpan packet, const ParsedPacket& parsed, DirectionKeys& keys,
                                      const AckManager& acks);
  void receive_version_negotiation(const ParsedPacket& parsed);
  void receive_retry(Instant now, ByteSpan packet, const ParsedPacket& parsed, const FourTuple& four_tuple);
  void keep_early(MutableByteSpan packet, const ReceivedDatagrams& datagram, PathId path);
  bool has_right_fixed_bit(std::uint8_t first_byte) const noexcept;
  bool is_acceptable_source(const PathState& path, const FourTuple& source) const;
  void on_authenticated(const PacketContext& context);
  void process_packet(const PacketContext& context, ByteSpan payload);

  // ---- receive_train.cpp: runs of short headers
  void receive_train(Instant now, const ReceivedDatagrams& datagrams, PathId path);
  void unmask_train(const ReceivedDatagrams& datagrams, PathId path);
  void open_run(std::size_t first, std::size_t last, OneRttKeys::Generation generation, PathId path);
  void accept_opened(Instant now, const ReceivedDatagrams& datagrams, PathId path, const OpenedPacket& opened,
                     OneRttKeys::Generation generation);
  void follow_peer(const PacketContext& context);

  // ---- dispatch.cpp: one short function per frame type
  TransportResult<void> dispatch(const PacketContext& context, const Frame& frame);
  TransportResult<void> on_frame(const PacketContext&, const PaddingFrame&) { return {}; }
  TransportResult<void> on_frame(const PacketContext&, const PingFrame&) { return {}; }
  TransportResult<void> on_frame(const PacketContext& context, const AckFrame& ack);
  TransportResult<void> on_frame(const PacketContext& context, const CryptoFrame& frame);
  TransportResult<void> on_frame(const PacketContext& context, const StreamFrame& frame);
  TransportResult<void> on_frame(const PacketContext& context, const ResetStreamFrame& frame);
  TransportResult<void> on_frame(const PacketContext& context, const StopSendingFrame& frame);
  TransportResult<void> on_frame(const PacketContext& context, const NewTokenFrame& frame);
  TransportResult<void> on_frame(const PacketContext& context, const MaxDataFrame& frame);
  TransportResult<void> on_frame(const PacketContext& context, const MaxStreamDataFrame& frame);
  TransportResult<void> on_frame(const PacketContext& context, const MaxStreamsFrame& frame);
  TransportResult<void> on_frame(const PacketContext& context, const DataBlockedFrame& frame);
  TransportResult<void> on_frame(const PacketContext& context, const StreamDataBlockedFrame& frame);
  TransportResult<void> on_frame(const PacketContext& context, const StreamsBlockedFrame& frame);
  TransportResult<void> on_frame(const PacketContext& context, const NewConnectionIdFrame& frame);
  TransportResult<void> on_frame(const PacketContext& context, const RetireConnectionIdFrame& frame);
  TransportResult<void> on_frame(const PacketContext& context, const PathChallengeFrame& frame);
  TransportResult<void> on_frame(const PacketContext& context, const PathResponseFrame& frame);
  TransportResult<void> on_frame(const PacketContext& context, const ConnectionCloseFrame& frame);
  TransportResult<void> on_frame(const PacketContext& context, const HandshakeDoneFrame& frame);
  TransportResult<void> on_frame(const PacketContext& context, const DatagramFrame& frame);
  TransportResult<void> on_frame(const PacketContext& context, const ImmediateAckFrame& frame);
  TransportResult<void> on_frame(const PacketContext& context, const AckFrequencyFrame& frame);
  TransportResult<void> on_frame(const PacketContext& context, const PathAbandonFrame& frame);
  TransportResult<void> on_frame(const PacketContext& context, const PathStatusFrame& frame);
  TransportResult<void> on_frame(const PacketContext& context, const MaxPathIdFrame& frame);
  TransportResult<void> on_frame(const PacketContext& context, const PathsBlockedFrame& frame);
  TransportResult<void> on_frame(const PacketContext& context, const PathCidsBlockedFrame& frame);
  TransportResult<void> on_frame(const PacketContext& context, const ObservedAddressFrame& frame);
  TransportResult<void> on_frame(const PacketContext& context, const AddAddressFrame& frame);
  TransportResult<void> on_frame(const PacketContext& context, const RemoveAddressFrame& frame);
  TransportResult<void> on_frame(const PacketContext& context, const ReachOutFrame& frame);
  TransportResult<void> require_multipath() const;
  std::uint32_t offered_max_path_id() const noexcept;

  // ---- recovery.cpp: acknowledged and lost information goes back to its producers
  void apply(Instant now, PathState& path, SpaceId space);
  void on_acked(Instant now, const SentFrame& frame);
  void on_lost(const SentFrame& frame);
  PtoContext pto_context(const PathState& path) const noexcept;
  Duration largest_pto() const noexcept;
  void on_mtu_changed(PathState& path);
  void tune_sending(Instant now, const PathState& path, const RecoveryOutput& out);

  // ---- transmit.cpp: which packet next, on which path
  void schedule_paths();
  std::optional<Transmit> transmit_on(Instant now, PathState& path, MutableByteSpan buffer);
  std::optional<Transmit> transmit_off_path(Instant now, PathState& path, MutableByteSpan buffer);
  std::optional<Transmit> transmit_mtu_probe(Instant now, PathState& path, MutableByteSpan buffer);
  Transmit finish_train(PathState& path, const FourTuple& to, Ecn ecn);
  bool may_send_unproven() const noexcept;
  bool is_amplification_blocked(const PathState& path) const noexcept;
  /// One datagram into the train; false if there was nothing to write.
  bool write_datagram(Instant now, PathState& path, bool may_send_data);
  bool write_packet(Instant now, PathState& path, EncryptionLevel level, bool may_send_data, std::size_t pad_to);
  bool may_send_data_on(const PathState& path) const noexcept;
  bool wants_early_packet(Instant now, EncryptionLevel level, bool may_send_data) const;
  bool wants_packet(Instant now, const PathState& path, EncryptionLevel level, bool may_send_data) const;
  std::size_t datagram_size_wanted(Instant now, const PathState& path, bool has_initial) const;
  bool next_datagram_is_alike() const noexcept;
  void update_pacing(Instant now, PathState& path, bool is_blocked);

  // ---- assemble.cpp: beginning and ending a packet
  void begin_packet(PathState& path, EncryptionLevel level);
  void end_packet(Instant now, PathState& path, EncryptionLevel level, bool is_on_path, bool is_mtu_probe);
  bool has_keys(EncryptionLevel level) const noexcept;
  SealKeys keys_for(EncryptionLevel level);
  std::optional<PacketNumber> largest_acked(const PathState& path, EncryptionLevel level) const;
  PacketNumberGenerator& numbers(PathState& path, EncryptionLevel level);
  std::optional<Transmit> transmit_close(Instant now, MutableByteSpan buffer);
  void write_close(EncryptionLevel level);

  // ---- packet_filler.cpp: asks the producers in priority order
  void fill(Instant now, PathState& path, EncryptionLevel level, bool may_send_data);
  void write_new_tokens(Instant now, const PathState& path);
  void fill_early(Instant now, EncryptionLevel level, bool may_send_data);
  void fill_data_space(Instant now, PathState& path, bool may_send_data);
  void write_acks(Instant now, EncryptionLevel level, bool may_volunteer);
  void write_ack(Instant now, AckManager& acks, std::optional<PathId> path_in_frame, PathId path,
                 EncryptionLevel level);
  void write_path_frames(Instant now, PathState& path);
  void write_abandons(const PathState& carrier);
  void write_copies(PathState& path);
  void note_copies(const PathState& sent_on);
  void write_statuses();
  bool write_status(PathState& path);
  void prepare_probe(PathState& path, EncryptionLevel level);
  template <class F>
  bool write_frame(const F& frame, const SentFrame& record);
  bool wants_control() const noexcept;
  bool wants_path_frames(Instant now, const PathState& path) const noexcept;
  bool is_ack_due(Instant now, EncryptionLevel level) const noexcept;

  // ---- timers.cpp
  void on_packet_received_timers(Instant now, PathState& path);
  void on_eliciting_sent_timers(Instant now, PathState& path);
  void restart_idle(Instant now, PathState& path);
  void restart_connection_idle(Instant now);
  void restart_path_idle(Instant now, PathState& path);
  void handle_path_timeout(Instant now, PathState& path);
  std::optional<Duration> idle_timeout() const noexcept;

  // ---- paths.cpp
  std::unique_ptr<PathState> make_path(PathId id, const FourTuple& four_tuple, AmplificationLimit amplification);
  PathState* find_path(PathId id) noexcept;
  PathState& add_path(PathId id, const FourTuple& four_tuple);
  /// A packet came for a path that does not exist yet: null unless the client may open it.
  PathState* accept_path(Instant now, PathId id, const FourTuple& four_tuple);
  PathStats stats_of(const PathState& path) const;
  void on_multipath_in_force();
  void issue_cids_for_new_paths();
  bool on_path_response(Instant now, PathState& path, const PathToken& token);
  std::uint32_t usable_path_id_max() const noexcept;
  bool is_sendable(const PathState& path) const noexcept;

  // ---- path_open.cpp
  void change_status(PathState& path, PathStatus status);

  // ---- path_abandon.cpp
  bool is_last_open(const PathState& path) const noexcept;
  void mark_abandoned(PathState& path, std::uint64_t code, bool by_peer);
  void repeat_own_ends() noexcept;
  bool announces_own_end(const PathState& path) const noexcept;
  void on_unknown_path_abandoned(const PathAbandonFrame& frame);
  void queue_abandon_reply(const PathAbandonFrame& reply);
  void allow_one_more_path(PathId id);
  void start_draining(Instant now, PathState& path);
  void on_abandon_acked(Instant now, PathId id);
  void drain_paths(Instant now);
  void erase_drained_paths();

  // ---- address_exchange.cpp
  void negotiate_nat_traversal();
  TransportResult<void> require_nat_traversal() const;
  void on_probe_response(Instant now, const PathToken& token, const FourTuple& from);
  bool open_reached(Instant now, const FourTuple& four_tuple);
  void retry_pending_opens(Instant now);
  std::optional<Transmit> transmit_nat_probe(Instant now, MutableByteSpan buffer);
  void write_extra_challenge(const FourTuple& to);

  // ---- network_change.cpp
  void recover_path(PathState& path);
  void replace_path(Instant now, PathId id, bool open_first);

  // ---- lifecycle.cpp
  void fail(Instant now, const TransportError& error);
  void enter_closing(Instant now, CloseReason reason);
  void enter_draining(Instant now, CloseReason reason);
  void end_silently(CloseReason reason);
  void report_closed(CloseReason reason);

  // ---- tracing.cpp
  void start_trace();
  void trace_sent(const PathState& path, EncryptionLevel level, PacketNumber number, std::size_t size,
                  bool is_mtu_probe);
  void trace_received(const PacketContext& context, ByteSpan payload);
  void trace_recovery(const PathState& path, SpaceId space);

  // CidIssuer
  Issued issue(PathId path) override;
  void retire(const ConnectionId& cid) override;
  void watch_active_token(PathId path);

  const TransportConfig& config() const noexcept { return parameters.config; }
  base::Random& random() const noexcept { return *parameters.random; }
  bool is_server() const noexcept { return parameters.side == Side::server; }

  // ---- handshake
  TransportParameters local_parameters_;
  TransportParameters peer_parameters_;
  bool has_peer_parameters_ = false;
  std::array<HandshakeSpace, 2> handshake_spaces_;
  std::array<CryptoStream, 3> crypto_;       // initial, handshake, one_rtt
  std::optional<DirectionKeys> early_keys_;  // 0-RTT: a client seals, a server opens
  std::optional<Instant> early_keys_until_;  // server: 0-RTT packets may still be late
  std::optional<OneRttKeys> one_rtt_;
  tls::Secrets pending_secrets_{};  // of 1-RTT, until both directions are there
  bool is_complete_ = false;        // TLS, on this side
  bool is_confirmed_ = false;       // [RFC 9001 §4.1.2]
  bool is_handshake_done_pending_ = false;
  bool has_authenticated_ = false;     // any packet of the peer
  bool has_handshake_packet_ = false;  // an authenticated Handshake packet has arrived
  bool every_known_address_ = false;
  bool peer_validated_address_ = false;
  bool is_alpn_reported_ = false;

  /// Packets that came before their keys. [RFC 9001 §5.7] More than these few are dropped: they would let anybody who
  /// guesses a connection id fill memory.
  static constexpr std::size_t early_packets_max = 16;
  struct EarlyPacket {
    ReceivedDatagrams datagram;
    PathId path;
  };
  std::vector<EarlyPacket> early_packets_;
  bool is_replaying_ = false;
  bool is_replay_due_ = false;  // keys have come
  std::optional<Instant> release_tls_at_;
  std::uint32_t new_tokens_pending_ = 0;  // NEW_TOKEN frames to be sent

  // ---- ids and paths
  LocalCids local_cids_;
  RemoteCids remote_cids_;
  std::vector<std::unique_ptr<PathState>> paths_;  // ascending ids
  std::uint32_t local_max_path_id_ = 0;
  std::uint32_t peer_max_path_id_ = 0;
  std::uint32_t next_path_to_supply_ = 0;          // path ids below have got their connection ids
  std::uint32_t next_path_id_ = 1;                 // client: of the next path that it opens
  std::uint32_t max_paths_ = 0;                    // at once, as far as we are concerned
  base::IntervalSet retired_paths_;                // ids of paths that are gone: never used again
  base::IntervalSet answered_paths_;               // ids that the peer has abandoned: each allows one more
  std::vector<PathAbandonFrame> abandon_replies_;  // for paths without state
  PathBlocked path_blocked_;
  std::optional<NatTraversal> nat_;
  AddressDiscovery address_discovery_;
  std::optional<Instant> no_path_until_;  // [quic.md §4.10] the grace after the peer abandoned the last path
  bool is_max_path_id_pending_ = false;
  bool has_rotated_ = false;            // off the peer's handshake id
  ConnectionId remote_initial_source_;  // source id of the peer's first packet
  ConnectionId initial_dcid_;           // of our Initial packets, until the server's source id is known
  std::optional<ConnectionId> retry_source_;
  std::vector<std::byte> initial_token_;
  std::uint64_t ack_frequency_sequence_ = 0;
  bool has_ack_frequency_ = false;
  AckFrequency ack_frequency_;
  AckFrequencySender ack_frequency_sender_;

  // ---- tracing
  Qlog qlog_;
  Instant trace_now_;  // of the present input, if there is a trace

  // ---- sending
  std::unique_ptr<PathScheduler> scheduler_;
  std::vector<PathCandidate> candidates_;  // scratch of schedule_paths()
  std::vector<PathState*> send_order_;     // of the present poll_transmit()
  PacketTrain train_;
  RecoveryOutput recovery_output_;
  std::vector<SentFrame> probe_frames_;
  bool spin_ = false;
  bool may_spin_ = true;
  bool discard_initial_after_train_ = false;
  std::uint64_t unproven_sent_ = 0;  // bytes, after the handshake, to addresses that had not shown to be the peer's

  // ---- receiving a train
  std::vector<OpenedPacket> opened_;
  std::vector<crypto::OpenJob> open_jobs_;
  std::vector<crypto::HeaderSample> samples_;
  std::vector<crypto::HeaderMask> masks_;

  // ---- closing
  std::optional<Instant> close_until_;
  bool is_close_pending_ = false;  // a close frame is to be written
  bool is_close_application_ = false;
  std::uint64_t close_received_ = 0;   // datagrams that came while closing
  std::uint64_t close_answer_at_ = 1;  // the next of them that is answered; doubles
  std::optional<Instant> idle_at_;
  std::optional<Instant> keep_alive_at_;
  bool may_restart_idle_ = true;  // by the next ack-eliciting packet sent

  std::deque<ConnectionEvent> events_;
  ConnectionStats stats_;
  ConnectionStats former_paths_;  // of paths that are gone
};

}  // namespace iroh::quic
