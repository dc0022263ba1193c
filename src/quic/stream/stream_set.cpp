// SPDX-License-Identifier: MIT OR Apache-2.0
// The application's side of StreamSet, and what all parts of it share: finding, opening and freeing streams.
#include "quic/stream/stream_set.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace iroh::quic {

using Kind = StreamEvent::Kind;

StreamSet::StreamSet(Side side, const StreamConfig& config)
    : side_(side), config_(config), flow_(config.connection_window) {
  const auto prepare = [this](Dir dir, std::uint64_t count) {
    direction(dir).remote_concurrent = direction(dir).remote_max = std::min(count, stream_count_max);
  };
  prepare(Dir::bi, config.max_bi);
  prepare(Dir::uni, config.max_uni);
}

void StreamSet::set_peer_limits(const PeerStreamLimits& limits) {
  peer_ = limits;
  const auto raise_streams = [this](Dir dir, std::uint64_t count) {
    Direction& streams = direction(dir);
    if (count <= streams.local_max) return;
    streams.local_max = count;
    streams.is_blocked_queued = false;
    if (std::exchange(streams.is_blocked, false)) events_.push(Kind::available, dir);
  };
  raise_streams(Dir::bi, limits.initial_max_streams_bidi);
  raise_streams(Dir::uni, limits.initial_max_streams_uni);
  const bool has_grown = credit_.raise(limits.initial_max_data);
  if (has_grown) is_data_blocked_queued_ = false;
  const auto raise_credit = [this](Stream& stream) {
    if (stream.send && stream.send->on_max_stream_data(initial_credit(stream.id))) wake_writer(stream);
  };
  for (Direction& streams : directions_) {
    streams.local.for_each(raise_credit);
    streams.remote.for_each(raise_credit);
  }
  if (has_grown) wake_blocked_writers();
}

void StreamSet::forget_early_data() {
  for (Direction& streams : directions_) {
    streams.local.for_each([this](Stream& stream) {
      scheduler_.remove(stream);
      control_.remove(stream);
      blocked_.remove(stream);
    });
    streams.local = {};
    streams.local_next = streams.local_max = 0;
    streams.is_blocked_queued = false;
  }
  last_ = nullptr;
  peer_ = {};
  credit_ = {};
  unacked_ = 0;
  is_connection_blocked_ = is_data_blocked_queued_ = false;
  data_blocked_at_.reset();
  events_ = {};
}

std::uint64_t StreamSet::initial_credit(StreamId id) const noexcept {
  // [RFC 9000 §18.2] "local" and "remote" are seen from the peer.
  if (id.dir() == Dir::uni) return peer_.initial_max_stream_data_uni;
  return is_local(id) ? peer_.initial_max_stream_data_bidi_remote : peer_.initial_max_stream_data_bidi_local;
}

// ---- opening, finding, freeing

std::optional<StreamId> StreamSet::open(Dir dir) {
  Direction& streams = direction(dir);
  if (streams.local_next >= streams.local_max) {
    // [RFC 9000 §4.6] Once per limit.
    if (!std::exchange(streams.is_blocked, true)) streams.is_blocked_queued = true;
    return std::nullopt;
  }
  return create(StreamId(side_, dir, streams.local_next++)).id;
}

std::optional<StreamId> StreamSet::accept(Dir dir) {
  Direction& streams = direction(dir);
  if (streams.accept_next >= streams.remote_next) return std::nullopt;
  const StreamId id(!side_, dir, streams.accept_next++);
  Stream* stream = find(id);
  if (stream == nullptr) return accept(dir);  // stopped before it was accepted
  // Events of streams that nobody knew of were held back.
  if (stream->recv && stream->recv->is_readable()) events_.push(*stream, Kind::readable);
  if (const auto code = stopped_code(id)) events_.push(*stream, Kind::stopped, *code);
  return id;
}

Stream* StreamSet::find(StreamId id) const noexcept {
  if (last_ != nullptr && last_->id == id) return last_;
  const Direction& streams = direction(id.dir());
  Stream* stream = (is_local(id) ? streams.local : streams.remote).find(id.index());
  if (stream != nullptr) last_ = stream;
  return stream;
}

Stream& StreamSet::create(StreamId id) {
  auto stream = std::make_unique<Stream>(id);
  if (id.dir() == Dir::bi || is_local(id)) {
    stream->send.emplace();
    stream->send->on_max_stream_data(initial_credit(id));
  }
  if (id.dir() == Dir::bi || !is_local(id)) {
    stream->recv.emplace(config_.stream_window, flow_, config_.budget.get(), &receive_budget_);
  }
  Direction& streams = direction(id.dir());
  return (is_local(id) ? streams.local : streams.remote).add(id.index(), std::move(stream));
}

void StreamSet::free_if_done(Stream& stream) {
  if (stream.send && !stream.send->is_done()) return;
  if (stream.recv && !stream.recv->is_done()) return;
  constexpr auto held = StreamEventQueue::bit(Kind::finished) | StreamEventQueue::bit(Kind::stopped);
  if ((stream.pending_events & held) != 0) return;
  scheduler_.remove(stream);
  control_.remove(stream);
  blocked_.remove(stream);
  if (last_ == &stream) last_ = nullptr;
  const StreamId id = stream.id;
  Direction& streams = direction(id.dir());
  if (is_local(id)) return streams.local.remove(id.index());
  streams.remote.remove(id.index());
  ++streams.remote_freed;
  raise_max_streams(id.dir());
}

std::uint64_t StreamSet::Direction::remote_target() const noexcept {
  return std::min(remote_freed + remote_concurrent, stream_count_max);
}

/// [quic.md §7.8] An update when the limit has moved by more than 1/8.
void StreamSet::raise_max_streams(Dir dir) {
  Direction& streams = direction(dir);
  const std::uint64_t target = streams.remote_target();
  if (target > streams.remote_max && target - streams.remote_max > streams.remote_concurrent / 8) {
    streams.is_max_streams_queued = true;
  }
}

std::size_t StreamSet::stream_count() const noexcept {
  std::size_t count = 0;
  for (const Direction& streams : directions_) count += streams.local.size() + streams.remote.size();
  return count;
}

// ---- writing

/// What the connection lets all streams together write now.
std::uint64_t StreamSet::connection_room() const noexcept {
  const std::uint64_t window = config_.send_window > unacked_ ? config_.send_window - unacked_ : 0;
  return std::min(window, credit_.available());
}

std::uint64_t StreamSet::write_room(const SendStream& send) const noexcept {
  return std::min(send.credit(), connection_room());
}

std::expected<std::size_t, WriteError> StreamSet::writable_size(Stream* stream, std::size_t wanted) {
  if (stream == nullptr || !stream->send) return std::unexpected(WriteError{WriteError::Kind::closed});
  const SendStream& send = *stream->send;
  if (send.stop_code()) return std::unexpected(WriteError{WriteError::Kind::stopped, *send.stop_code()});
  if (!send.is_open()) return std::unexpected(WriteError{WriteError::Kind::closed});
  const std::uint64_t room = write_room(send);
  if (room > 0 || wanted == 0) return std::min<std::uint64_t>(room, wanted);
  block_writer(*stream);
  return std::unexpected(WriteError{WriteError::Kind::blocked});
}

std::size_t StreamSet::after_write(Stream& stream, std::size_t count, std::size_t wanted) {
  credit_.use(count);
  unacked_ += count;
  if (count > 0) scheduler_.add(stream);
  if (count < wanted) block_writer(stream);
  return count;
}

void StreamSet::block_writer(Stream& stream) {
  stream.is_write_blocked = true;
  blocked_.push_back(stream);
  if (connection_room() == 0) is_connection_blocked_ = true;
  note_blocked(stream);
}

/// [RFC 9000 §4.1] Once per limit, and not before all that it allows was sent: until then the peer cannot help.
void StreamSet::note_blocked(Stream& stream) {
  if (stream.is_write_blocked && stream.send->note_blocked()) control_.push_back(stream);
  if (blocked_.is_empty() || credit_.available() > 0 || can_send_data() || data_blocked_at_ == credit_.limit()) return;
  data_blocked_at_ = credit_.limit();
  is_data_blocked_queued_ = true;
}

std::expected<std::size_t, WriteError> StreamSet::write(StreamId id, ByteSpan data) {
  Stream* stream = find(id);
  const auto count = writable_size(stream, data.size());
  if (!count) return count;
  stream->send->write(data.first(*count));
  return after_write(*stream, *count, data.size());
}

std::expected<std::size_t, WriteError> StreamSet::write_bytes(StreamId id, Bytes& data) {
  Stream* stream = find(id);
  const std::size_t wanted = data.size();
  const auto count = writable_size(stream, wanted);
  if (!count) return count;
  stream->send->append(*count == wanted ? std::exchange(data, Bytes()) : data.slice(0, *count));
  if (*count < wanted) data.remove_prefix(*count);
  return after_write(*stream, *count, wanted);
}

void StreamSet::wake_writer(Stream& stream) {
  if (!stream.is_write_blocked) return;
  if (write_room(*stream.send) == 0) {
    if (connection_room() == 0) is_connection_blocked_ = true;
    return;
  }
  stream.is_write_blocked = false;
  blocked_.remove(stream);
  events_.push(stream, Kind::writable);
}

/// Each acknowledgement frees a little; waking writers for every packet would cost more than the data. [performance.md
/// §2.7]
void StreamSet::wake_blocked_writers() {
  if (!is_connection_blocked_) return;
  const std::uint64_t worthwhile = std::clamp<std::uint64_t>(config_.send_window / 4, 1, 64 * 1024);
  const std::uint64_t window = config_.send_window > unacked_ ? config_.send_window - unacked_ : 0;
  if (window < worthwhile || credit_.available() == 0) return;
  is_connection_blocked_ = false;
  for (Stream* stream = blocked_.front(); stream != nullptr;) {
    Stream* const next = decltype(blocked_)::after(*stream);
    wake_writer(*stream);
    stream = next;
  }
}

std::expected<void, WriteError> StreamSet::finish(StreamId id) {
  Stream* stream = find(id);
  if (const auto possible = writable_size(stream, 0); !possible) return std::unexpected(possible.error());
  stream->send->finish();
  stream->is_write_blocked = false;
  blocked_.remove(*stream);
  update_data(*stream);
  if (stream->control_link.is_linked) update_control(*stream);
  return {};
}

std::expected<void, WriteError> StreamSet::reset(StreamId id, std::uint64_t code) {
  Stream* stream = find(id);
  if (stream == nullptr || !stream->send) return std::unexpected(WriteError{WriteError::Kind::closed});
  if (const auto stop = stream->send->stop_code()) return std::unexpected(WriteError{WriteError::Kind::stopped, *stop});
  if (!reset_sending(*stream, code)) return std::unexpected(WriteError{WriteError::Kind::closed});
  return {};
}

bool StreamSet::reset_sending(Stream& stream, std::uint64_t code) {
  const std::uint64_t held = stream.send->unacked();
  const auto never_sent = stream.send->reset(code);
  if (!never_sent) return false;
  credit_.give_back(*never_sent);
  stream.is_write_blocked = false;
  blocked_.remove(stream);
  update_data(stream);
  update_control(stream);
  release_unacked(held);
  return true;
}

void StreamSet::release_unacked(std::uint64_t count) {
  IROH_DCHECK(count <= unacked_);
  unacked_ -= count;
  if (count > 0) wake_blocked_writers();
}

std::optional<std::uint64_t> StreamSet::stopped_code(StreamId id) const noexcept {
  const Stream* stream = find(id);
  return stream != nullptr && stream->send ? stream->send->stop_code() : std::nullopt;
}

bool StreamSet::is_fully_acked(StreamId id) const noexcept {
  const Stream* stream = find(id);
  return stream != nullptr && stream->send && stream->send->state() == SendStream::State::data_recvd;
}

void StreamSet::set_priority(StreamId id, int priority) {
  if (Stream* stream = find(id)) scheduler_.set_priority(*stream, priority);
}

std::optional<int> StreamSet::priority(StreamId id) const noexcept {
  const Stream* stream = find(id);
  return stream != nullptr ? std::optional(stream->priority) : std::nullopt;
}

// ---- reading

std::expected<Bytes, ReadError> StreamSet::read(StreamId id, std::size_t max) {
  Stream* stream = find(id);
  if (stream == nullptr || !stream->recv) return std::unexpected(ReadError{ReadError::Kind::closed});
  auto result = stream->recv->read(max);
  if (result) {
    if (stream->recv->needs_max_data_frame()) control_.push_back(*stream);
  } else if (stream->recv->is_done()) {
    free_if_done(*stream);
  }
  return result;
}

void StreamSet::stop(StreamId id, std::uint64_t code) {
  Stream* stream = find(id);
  if (stream == nullptr || !stream->recv || !stream->recv->stop(code)) return;
  update_control(*stream);
  free_if_done(*stream);
}

std::optional<StreamEvent> StreamSet::poll_event() {
  while (auto event = events_.pop()) {
    if (event->kind == Kind::opened || event->kind == Kind::available) return event;
    Stream* stream = find(event->id);
    if (stream == nullptr) continue;  // freed meanwhile: nothing to read or write
    stream->pending_events = static_cast<std::uint8_t>(stream->pending_events & ~StreamEventQueue::bit(event->kind));
    free_if_done(*stream);
    return event;
  }
  return std::nullopt;
}

// ---- settings

void StreamSet::set_max_concurrent(Dir dir, std::uint64_t count) {
  Direction& streams = direction(dir);
  streams.remote_concurrent = std::min(count, stream_count_max);
  // [RFC 9000 §4.6] A limit that was advertised stays valid; a lower one only slows the next updates.
  if (streams.remote_target() > streams.remote_max) streams.is_max_streams_queued = true;
}

void StreamSet::set_receive_window(std::uint64_t window) {
  flow_.set_window(window);
}

void StreamSet::set_stream_window(std::uint64_t window) {
  config_.stream_window = window;
}

void StreamSet::set_send_window(std::uint64_t window) {
  config_.send_window = window;
  wake_blocked_writers();
}

}  // namespace iroh::quic
