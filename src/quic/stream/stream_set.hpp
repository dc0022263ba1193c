// SPDX-License-Identifier: MIT OR Apache-2.0
// All streams of one connection: who may open them, flow control, which data goes next, what the application is told.
// [RFC 9000 §2-4], [quic.md §7.8]
//
// What is accepted from write() always has credit of the stream and of the connection, so whatever is buffered can be
// sent. A stream is freed once both parts are done: data read to the end (read() has said finished or reset) or
// stopped, own data or reset acknowledged, and the finished and stopped events polled. Later calls on its id say
// closed, so handles remember what the events told them. A handle that is dropped calls stop() and finish() or reset():
// without, the stream stays.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>

#include "base/varint.hpp"
#include "iroh/base/bytes.hpp"
#include "quic/space/sent_frame.hpp"
#include "quic/stream/flow_budget.hpp"
#include "quic/stream/flow_controller.hpp"
#include "quic/stream/receive_budget.hpp"
#include "quic/stream/send_scheduler.hpp"
#include "quic/stream/stream_event.hpp"
#include "quic/stream/stream_event_queue.hpp"
#include "quic/stream/stream_table.hpp"
#include "quic/transport_error.hpp"
#include "quic/types.hpp"
#include "quic/wire/packet_writer.hpp"

namespace iroh::quic {

struct StreamFrame;
struct ResetStreamFrame;
struct StopSendingFrame;
struct MaxDataFrame;
struct MaxStreamDataFrame;
struct MaxStreamsFrame;
struct DataBlockedFrame;
struct StreamDataBlockedFrame;
struct StreamsBlockedFrame;

/// [quic.md §1.2]
struct StreamConfig {
  std::uint64_t max_bi = 100;  ///< streams that the peer may have open at once
  std::uint64_t max_uni = 100;
  std::uint64_t stream_window = 1'250'000;
  std::uint64_t connection_window = base::varint_max;
  std::uint64_t send_window = 10'000'000;  ///< bytes written and not acknowledged, all streams together
  bool send_fairness = true;               ///< streams of one priority take turns; else the one begun first goes on
  std::shared_ptr<FlowBudget> budget;      ///< of the endpoint; without, receive windows stay as they are
};

/// The peer's transport parameters that concern streams, spelled as in [RFC 9000 §18.2].
struct PeerStreamLimits {
  std::uint64_t initial_max_data = 0;
  std::uint64_t initial_max_stream_data_bidi_local = 0;
  std::uint64_t initial_max_stream_data_bidi_remote = 0;
  std::uint64_t initial_max_stream_data_uni = 0;
  std::uint64_t initial_max_streams_bidi = 0;
  std::uint64_t initial_max_streams_uni = 0;
};

class StreamSet {
 public:
  StreamSet(Side side, const StreamConfig& config);
  StreamSet(const StreamSet&) = delete;  // streams refer to the connection's flow control
  StreamSet& operator=(const StreamSet&) = delete;

  /// From remembered parameters for 0-RTT, and again from the handshake's. Limits only grow.
  void set_peer_limits(const PeerStreamLimits& limits);
  /// 0-RTT was rejected: all streams of ours are gone, ids start again, and so do the peer's limits. The peer has seen
  /// nothing, so it can have no streams yet. Call set_peer_limits() afterwards. [RFC 9001 §4.6.2]
  void forget_early_data();

  /// Now and then, before frames are handled or written: what windows that tune themselves go by. rtt: the largest of
  /// the paths in use; 0: not yet known.
  void on_turn(Instant now, Duration rtt) noexcept { now_ = now, rtt_ = rtt; }

  // ---- frames from the peer
  /// data: the frame's data as a slice that may be kept.
  TransportResult<void> on_stream(const StreamFrame& frame, Bytes data);
  TransportResult<void> on_reset_stream(const ResetStreamFrame& frame);
  TransportResult<void> on_stop_sending(const StopSendingFrame& frame);
  TransportResult<void> on_max_data(const MaxDataFrame& frame);
  TransportResult<void> on_max_stream_data(const MaxStreamDataFrame& frame);
  TransportResult<void> on_max_streams(const MaxStreamsFrame& frame);
  TransportResult<void> on_data_blocked(const DataBlockedFrame& frame);
  TransportResult<void> on_stream_data_blocked(const StreamDataBlockedFrame& frame);
  TransportResult<void> on_streams_blocked(const StreamsBlockedFrame& frame);

  // ---- producer
  bool can_send_control() const noexcept;
  bool can_send_data() const noexcept { return !scheduler_.is_empty(); }
  /// RESET_STREAM, STOP_SENDING, limits, and the frames that say what limits block, as many as fit.
  void write_control(PacketWriter& packet);
  /// STREAM frames until the packet is full or there is no data. Must come last: the last frame may omit its length.
  void write_data(PacketWriter& packet);
  /// The stream data of a record once more, in a packet of another path. False if not all fits: the record keeps the
  /// rest.
  bool write_copy(PacketWriter& packet, SentFrame& sent);
  void on_acked(const SentFrame& frame);
  void on_lost(const SentFrame& frame);

  // ---- application
  /// Nothing: the peer's limit is reached, and an available event will come when it grows.
  std::optional<StreamId> open(Dir dir);
  std::optional<StreamId> accept(Dir dir);
  /// Copies a prefix of data; how much fits the peer's credit and the send window, at least 1 unless data is empty.
  std::expected<std::size_t, WriteError> write(StreamId id, ByteSpan data);
  /// Takes a prefix without copying it, and removes it from data.
  std::expected<std::size_t, WriteError> write_bytes(StreamId id, Bytes& data);
  std::expected<void, WriteError> finish(StreamId id);
  std::expected<void, WriteError> reset(StreamId id, std::uint64_t code);
  /// At most max bytes as one slice, at least 1 if max is not 0.
  std::expected<Bytes, ReadError> read(StreamId id, std::size_t max);
  /// Wants no more data of the stream; what is buffered is dropped.
  void stop(StreamId id, std::uint64_t code);
  std::optional<StreamEvent> poll_event();
  bool has_events() const noexcept { return !events_.is_empty(); }

  /// The code of the peer's STOP_SENDING.
  std::optional<std::uint64_t> stopped_code(StreamId id) const noexcept;
  /// All data and the FIN are acknowledged, and the stream is not freed yet.
  bool is_fully_acked(StreamId id) const noexcept;
  bool is_known(StreamId id) const noexcept { return find(id) != nullptr; }
  /// Higher goes first; 0 unless set.
  void set_priority(StreamId id, int priority);
  std::optional<int> priority(StreamId id) const noexcept;

  void set_max_concurrent(Dir dir, std::uint64_t count);
  void set_receive_window(std::uint64_t window);  ///< of the connection
  void set_stream_window(std::uint64_t window);   ///< of streams opened from now on
  void set_send_window(std::uint64_t window);

  // ---- inspection
  std::uint64_t unacked() const noexcept { return unacked_; }  ///< bytes held for sending
  std::size_t stream_count() const noexcept;
  const FlowController& connection_flow() const noexcept { return flow_; }
  const SendCredit& connection_credit() const noexcept { return credit_; }
  /// What all that receives for this connection shares.
  ReceiveBudget& receive_budget() noexcept { return receive_budget_; }

 private:
  /// State per direction. "local": opened by this side.
  struct Direction {
    StreamTable local;
    StreamTable remote;
    std::uint64_t local_next = 0;   // index of the next stream that we open
    std::uint64_t local_max = 0;    // how many the peer lets us open
    std::uint64_t remote_next = 0;  // streams below it have been opened by the peer
    std::uint64_t accept_next = 0;  // streams below it have been given to the application
    std::uint64_t remote_max = 0;   // how many the peer may open, as advertised
    std::uint64_t remote_freed = 0;
    std::uint64_t remote_concurrent = 0;
    bool is_max_streams_queued = false;
    bool is_blocked = false;         // open() was refused at local_max
    bool is_blocked_queued = false;  // STREAMS_BLOCKED is to be sent
    std::uint64_t remote_target() const noexcept;
  };

  Direction& direction(Dir dir) noexcept { return directions_[static_cast<std::size_t>(dir)]; }
  const Direction& direction(Dir dir) const noexcept { return directions_[static_cast<std::size_t>(dir)]; }
  bool is_local(StreamId id) const noexcept { return id.initiator() == side_; }
  std::uint64_t initial_credit(StreamId id) const noexcept;
  std::uint64_t write_room(const SendStream& send) const noexcept;

  Stream* find(StreamId id) const noexcept;
  Stream& create(StreamId id);
  /// The stream that a frame of the peer names, opened if need be; null if it is freed.
  TransportResult<Stream*> find_or_open(StreamId id, std::uint64_t frame_type);
  /// As find_or_open, for frames that concern the sender's or the receiver's part of this side.
  TransportResult<Stream*> receiving(StreamId id, std::uint64_t frame_type);
  TransportResult<Stream*> sending(StreamId id, std::uint64_t frame_type);
  void open_remote_up_to(StreamId id);
  void free_if_done(Stream& stream);
  void raise_max_streams(Dir dir);

  void update_data(Stream& stream);     // (re)schedules STREAM frames
  void update_control(Stream& stream);  // and other frames
  bool write_stream_control(PacketWriter& packet, Stream& stream);
  bool write_connection_control(PacketWriter& packet);
  void after_receive(Stream& stream, bool is_news);
  TransportResult<void> relieve_receive_budget();
  bool reset_sending(Stream& stream, std::uint64_t code);
  std::expected<std::size_t, WriteError> writable_size(Stream* stream, std::size_t wanted);
  std::size_t after_write(Stream& stream, std::size_t count, std::size_t wanted);
  void block_writer(Stream& stream);
  void note_blocked(Stream& stream);
  void wake_writer(Stream& stream);
  void wake_blocked_writers();
  void release_unacked(std::uint64_t count);
  std::uint64_t connection_room() const noexcept;
  bool is_accepted(StreamId id) const noexcept { return is_local(id) || id.index() < direction(id.dir()).accept_next; }

  const Side side_;
  StreamConfig config_;
  PeerStreamLimits peer_;
  ReceiveBudget receive_budget_;         // outlives the streams
  std::array<Direction, 2> directions_;  // by Dir
  FlowController flow_;
  SendCredit credit_;
  std::uint64_t unacked_ = 0;
  Instant now_{};
  Duration rtt_{};
  bool is_max_data_lost_ = false;
  bool is_data_blocked_queued_ = false;           // DATA_BLOCKED is to be sent
  std::optional<std::uint64_t> data_blocked_at_;  // the limit it was queued for
  bool is_connection_blocked_ = false;            // a write() was cut by the send window or by connection credit
  mutable Stream* last_ = nullptr;                // found last: frames of one stream come in rows
  SendScheduler scheduler_;
  StreamList<&Stream::control_link> control_;
  StreamList<&Stream::blocked_link> blocked_;
  StreamEventQueue events_;
};

}  // namespace iroh::quic
