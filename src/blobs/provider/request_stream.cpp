// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/provider/request_stream.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>

#include "base/log.hpp"
#include "blobs/as_values.hpp"

namespace iroh::blobs {
namespace {}  // namespace

Task<> serve_request(std::shared_ptr<ProviderConnection> connection, BiStream stream) {
  const auto executor = co_await asio::this_coro::executor;
  RequestStream request(std::move(connection), std::move(stream), executor);
  co_await request.serve();
}

RequestStream::RequestStream(std::shared_ptr<ProviderConnection> connection, BiStream stream,
                             const asio::any_io_executor& executor)
    : connection_(std::move(connection)),
      send_(std::move(stream.send)),
      recv_(std::move(stream.recv)),
      // Both halves: whichever operation is pending ends.
      watchdog_(executor, connection_->provider().options().request_timeout,
                [send = send_, recv = recv_] {
                  static_cast<void>(send.reset(static_cast<std::uint64_t>(BlobsCode::limit)));
                  static_cast<void>(recv.stop(static_cast<std::uint64_t>(BlobsCode::limit)));
                }),
      event_{.client = connection_->client()} {}

RequestStream::~RequestStream() {
  if (is_long_) connection_->leave_long_request();
}

Task<> RequestStream::serve() {
  auto what = co_await read();
  if (!what) {
    drop();
    co_return;
  }
  event_.request = ProviderRequest{connection_->client(), recv_.id() / 4, to_kind(*type_),
                                   std::make_shared<const What>(*std::move(what))};
  if (*type_ != RequestType::push) event_.stats.other_bytes_read = input_.size();
  emit(ProviderEvent::Kind::received);
  watchdog_.pause();
  Admission admitted = Admission::deny;
  bool has_thrown = false;
  try {
    admitted = co_await admission();
  } catch (const std::exception& failure) {
    // [blobs.md 52] Nobody is there to decide.
    base::log(base::LogLevel::warn, "blobs", "admit_request failed: {}", failure.what());
    has_thrown = true;
  }
  if (has_thrown) co_return refuse(BlobsCode::internal);
  if (admitted != Admission::allow) {
    co_return refuse(admitted == Admission::deny ? BlobsCode::permission : BlobsCode::limit);
  }
  watchdog_.restart(connection_->provider().options().stall_timeout);
  switch (*type_) {
    case RequestType::get:
    case RequestType::get_many:
      co_await send_response();
      break;
    case RequestType::push:
      co_await take_push();
      break;
    case RequestType::observe:
      co_await send_observations();
      break;
  }
}

// ---- Reading

Task<bool> RequestStream::read_more(std::size_t limit) {
  auto [error, bytes] = co_await recv_.read(std::min(limit - input_.size(), RecvStream::default_read_size), as_values);
  if (error) is_broken_ = true;
  if (error || bytes.empty()) co_return false;
  input_.insert(input_.end(), bytes.span().begin(), bytes.span().end());
  if (input_.size() > ProviderConnection::small_request_max && !is_long_) {
    co_await connection_->enter_long_request();
    is_long_ = true;
  }
  co_return true;
}

Task<std::optional<RequestStream::What>> RequestStream::read() {
  // [blobs.md 30] The type and the longest body, and one byte to see that there is more.
  constexpr std::size_t limit = 1 + request_size_max + 1;
  const bool has_type = co_await read_more(limit);
  if (has_type) type_ = request_type(input_.front());
  if (!type_) co_return std::nullopt;
  if (*type_ == RequestType::push) co_return co_await read_push_head();
  // [blobs.md 28] Nothing is done before the end of the request.
  bool goes_on = true;
  while (goes_on && input_.size() < limit) goes_on = co_await read_more(limit);
  if (is_broken_ || input_.size() == limit) co_return std::nullopt;
  const auto body = std::span(input_).subspan(1);
  std::optional<What> what;
  if (*type_ == RequestType::get) {
    if (auto request = decode_get(body)) what = *std::move(request);
  } else if (*type_ == RequestType::get_many) {
    if (auto request = decode_get_many(body)) what = *std::move(request);
  } else if (auto request = decode_observe(body)) {
    what = *std::move(request);
  }
  co_return what;
}

/// What comes after the head stays in input_.
Task<std::optional<RequestStream::What>> RequestStream::read_push_head() {
  constexpr std::size_t length_max = 10;
  for (;;) {
    base::PostcardReader reader{base::ByteSpan(input_).subspan(1)};
    const auto length = reader.u64();
    if (length && *length > request_size_max) co_return std::nullopt;
    if (!length && input_.size() > length_max) co_return std::nullopt;
    if (length) {
      if (const auto body = reader.fixed(static_cast<std::size_t>(*length))) {
        auto request = decode_get(*body);
        const std::size_t taken = input_.size() - reader.remaining();
        event_.stats.other_bytes_read = taken;
        input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(taken));
        if (!request) co_return std::nullopt;
        co_return std::optional<What>(*std::move(request));
      }
    }
    const bool goes_on = co_await read_more(1 + length_max + request_size_max);
    if (!goes_on) co_return std::nullopt;
  }
}

void RequestStream::drop() {
  static_cast<void>(send_.finish());
  static_cast<void>(recv_.stop(static_cast<std::uint64_t>(BlobsCode::none)));
}

// ---- Permission

bool RequestStream::is_allowed() const noexcept {
  const ServeOptions& options = connection_->provider().options();
  switch (*type_) {
    case RequestType::get:
      return options.allow_get;
    case RequestType::get_many:
      return options.allow_get_many;
    case RequestType::push:
      return options.allow_push;  // [blobs.md 45]
    case RequestType::observe:
      break;
  }
  return options.allow_observe;
}

/// [blobs.md 52] Each kind of request has its own switch; the callback is asked about what is left.
Task<Admission> RequestStream::admission() {
  if (!is_allowed()) co_return Admission::deny;
  const auto& ask = connection_->provider().options().admit_request;
  if (!ask) co_return Admission::allow;
  Task<Admission> question = ask(*event_.request);
  co_return co_await std::move(question);
}

void RequestStream::refuse(BlobsCode code) {
  // [blobs.md §3.6] Both halves with the same code, so that a pusher knows.
  static_cast<void>(send_.reset(static_cast<std::uint64_t>(code)));
  static_cast<void>(recv_.stop(static_cast<std::uint64_t>(code)));
  emit(ProviderEvent::Kind::refused);
}

// ---- Telling

void RequestStream::emit(ProviderEvent::Kind kind) {
  if (!connection_->provider().options().on_event) return;
  event_.kind = kind;
  connection_->provider().emit(event_);
}

/// [blobs.md 54]
void RequestStream::emit_mark(const std::variant<BlobStart, LeafEnd>& mark) {
  if (const auto* start = std::get_if<BlobStart>(&mark)) {
    event_.index = start->index;
    event_.hash = start->hash;
    event_.size = start->size;
    event_.end_offset = 0;
    emit(ProviderEvent::Kind::started);
  } else {
    event_.end_offset = std::get<LeafEnd>(mark).end_offset;
    if (event_.end_offset > 0) emit(ProviderEvent::Kind::progress);
  }
}

void RequestStream::finish(std::optional<TransferFailure> failure) {
  event_.stats.elapsed = std::chrono::steady_clock::now() - begin_;
  event_.failure = std::move(failure);
  connection_->provider().count(event_.stats);
  emit(event_.failure ? ProviderEvent::Kind::aborted : ProviderEvent::Kind::completed);
}

}  // namespace iroh::blobs
