// SPDX-License-Identifier: MIT OR Apache-2.0
// Interaction: calls on streams, each compared with the model of the stream.
#include "tests/sim/quic/interaction_impl.hpp"

namespace iroh::sim {

using quic::ReadError;
using quic::WriteError;

std::byte Interaction::content(std::uint64_t key, std::uint64_t offset) {
  std::uint64_t x = key + offset / 8 * 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 31)) * 0xbf58476d1ce4e5b9u;
  x ^= x >> 29;
  return static_cast<std::byte>(x >> (8 * (offset % 8)));
}

void Interaction::on_stream_event(int side, std::size_t number, const StreamEvent& event) {
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

void Interaction::open(int side, std::size_t number, Dir dir) {
  Connection* one = connection(side, number);
  if (one == nullptr) return;
  const auto id = one->open_stream(dir);
  if (!id) return;
  sides_[index(side)][number].sending.push_back(*id);
  if (dir == Dir::bi) sides_[index(side)][number].receiving.push_back(*id);
}

std::optional<quic::StreamId> Interaction::pick(const std::vector<StreamId>& streams, std::uint16_t which) {
  if (streams.empty()) return std::nullopt;
  return streams[which % streams.size()];
}

void Interaction::write(int side, std::size_t number, StreamId id, std::size_t count) {
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

void Interaction::finish(int side, std::size_t number, StreamId id) {
  Connection* one = connection(side, number);
  StreamModel& stream = model(number, side, id);
  if (one == nullptr || stream.is_write_over) return;
  if (one->finish(id)) stream.is_finished = true;
  stream.is_write_over = true;
}

void Interaction::reset(int side, std::size_t number, StreamId id, std::uint64_t code) {
  Connection* one = connection(side, number);
  if (one == nullptr) return;
  StreamModel& stream = model(number, side, id);
  if (one->reset(id, code)) stream.reset_code = code;
  stream.is_write_over = true;
}

void Interaction::stop(int side, std::size_t number, StreamId id, std::uint64_t code) {
  Connection* one = connection(side, number);
  StreamModel& stream = model(number, 1 - side, id);
  if (one == nullptr || stream.is_read_over) return;
  one->stop(id, code);
  stream.stop_code = code;
  stream.is_read_over = true;
}

/// True if something was read.
bool Interaction::read(int side, std::size_t number, StreamId id, std::size_t max) {
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

void Interaction::check_end(const ReadError& error, StreamModel& stream, std::size_t number) {
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

}  // namespace iroh::sim
