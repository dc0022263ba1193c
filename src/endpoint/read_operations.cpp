// SPDX-License-Identifier: MIT OR Apache-2.0
#include "endpoint/read_operations.hpp"

#include <algorithm>
#include <cstring>

#include "iroh/endpoint/errors.hpp"

namespace iroh::endpoint {
namespace {

bool is_end(const Result<Bytes>& data) {
  return data.error() == asio::error::eof;
}
bool is_blocked(const Result<Bytes>& data) {
  return data.error() == asio::error::would_block;
}

}  // namespace

bool Read::progress(RecvState& stream) {
  auto data = stream.read_joined(max_);
  if (!data && is_blocked(data)) return false;
  if (!data && !is_end(data)) {
    fail(data.error());
  } else {
    complete({}, data ? *std::move(data) : Bytes());
  }
  return true;
}

bool ReadChunks::progress(RecvState& stream) {
  std::vector<Bytes> chunks;
  while (chunks.size() < max_count_) {
    auto data = stream.read(RecvStream::default_read_size);
    if (data) {
      chunks.push_back(*std::move(data));
      continue;
    }
    // Whatever ended the row is said again by the next read.
    if (!chunks.empty() || is_end(data)) break;
    if (is_blocked(data)) return false;
    fail(data.error());
    return true;
  }
  complete({}, std::move(chunks));
  return true;
}

bool ReadSome::progress(RecvState& stream) {
  std::size_t count = 0;
  while (count < out_.size()) {
    const auto data = stream.read(out_.size() - count);
    if (data) {
      std::memcpy(out_.data() + count, data->data(), data->size());
      count += data->size();
      continue;
    }
    if (count > 0 || is_end(data)) break;
    if (is_blocked(data)) return false;
    fail(data.error());
    return true;
  }
  complete({}, count);
  return true;
}

ReadAll::ReadAll(CompletionHandler<Bytes> handler, std::shared_ptr<RecvHandle> keep, Until until, std::size_t size)
    : PendingOf(std::move(handler), std::move(keep)), until_(until), size_(size) {
  constexpr std::size_t reserve_max = std::size_t{64} << 10;
  collected_.reserve(std::min(size, reserve_max));
}

bool ReadAll::progress(RecvState& stream) {
  while (until_ == Until::end || collected_.size() < size_) {
    // One byte beyond a limit is enough to know that it is exceeded.
    const std::size_t room = size_ - collected_.size();
    const auto data = stream.read(until_ == Until::end && room < RecvStream::default_read_size ? room + 1 : room);
    if (!data && is_blocked(data)) return false;
    if (!data && is_end(data)) return finish_with(until_ == Until::end ? error_code() : StreamError::ended_early);
    if (!data) return finish_with(data.error());
    if (data->size() > room) return finish_with(StreamError::too_long);
    collected_ += data->text();
  }
  return finish_with({});
}

bool ReadAll::finish_with(error_code error) {
  if (error) {
    fail(error);
  } else {
    complete({}, Bytes::from_string(std::move(collected_)));
  }
  return true;
}

}  // namespace iroh::endpoint
