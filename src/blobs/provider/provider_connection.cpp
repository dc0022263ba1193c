// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include "base/log.hpp"
#include "blobs/as_values.hpp"
#include "blobs/provider/provider.hpp"
#include "blobs/provider/request_stream.hpp"

namespace iroh::blobs {
namespace {

/// A condition that is not met before somebody cancels the wait.
constexpr auto never = asio::steady_timer::time_point::max();

}  // namespace

ProviderConnection::ProviderConnection(std::shared_ptr<Provider> provider, Connection connection,
                                       asio::any_io_executor executor)
    : provider_(std::move(provider)),
      connection_(std::move(connection)),
      client_{0, connection_.remote_id()},
      executor_(std::move(executor)),
      all_over_(executor_, never),
      long_free_(executor_, never) {}

Task<> ProviderConnection::run() {
  // Cancelled or not, it ends in order.
  co_await asio::this_coro::throw_if_cancelled(false);
  client_.connection_id = provider_->open(connection_);
  const bool is_admitted = co_await admit();
  if (is_admitted) {
    provider_->emit({.kind = ProviderEvent::Kind::client_connected, .client = client_});
    for (;;) {
      const auto cancellation = co_await asio::this_coro::cancellation_state;
      if (cancellation.cancelled() != asio::cancellation_type::none) break;
      auto [error, stream] = co_await connection_.accept_bi(as_values);
      if (error) break;
      start_request(std::move(stream));
    }
    connection_.close(static_cast<std::uint64_t>(BlobsCode::none));
  }
  // When the router shuts down this coroutine is cancelled; its requests end because the connection is closed.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  while (active_ > 0) co_await all_over_.async_wait(as_values);
  provider_->close(client_.connection_id);
  if (is_admitted) provider_->emit({.kind = ProviderEvent::Kind::client_closed, .client = client_});
}

/// [blobs.md 53]
Task<bool> ProviderConnection::admit() {
  if (!provider_->options().admit_client) co_return true;
  BlobsCode code = BlobsCode::none;
  std::string_view reason;
  try {
    Task<Admission> question = provider_->options().admit_client(client_);
    const Admission admission = co_await std::move(question);
    if (admission == Admission::allow) co_return true;
    code = admission == Admission::deny ? BlobsCode::permission : BlobsCode::limit;
    reason = admission == Admission::deny ? "permission" : "limit";
  } catch (const std::exception& failure) {
    base::log(base::LogLevel::warn, "blobs", "admit_client failed: {}", failure.what());
    code = BlobsCode::internal;
    reason = "internal";
  }
  connection_.close(static_cast<std::uint64_t>(code), reason);
  co_return false;
}

void ProviderConnection::start_request(BiStream stream) {
  ++active_;
  auto task = serve_request(shared_from_this(), std::move(stream));
  asio::co_spawn(executor_, std::move(task), [self = shared_from_this()](const std::exception_ptr& thrown) {
    self->on_request_over();
    if (!thrown) return;
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& failure) {
      base::log(base::LogLevel::warn, "blobs", "a request failed: {}", failure.what());
    }
  });
}

void ProviderConnection::on_request_over() {
  if (--active_ == 0) all_over_.cancel();
}

std::size_t ProviderConnection::batch_size() const noexcept {
  constexpr std::size_t together = std::size_t{2} << 20;
  constexpr std::size_t each_min = std::size_t{64} << 10;
  const std::size_t each = std::clamp(together / std::max<std::size_t>(active_, 1), each_min, StoreCore::batch_size);
  return provider_->limiter().piece_size(each);
}

Task<> ProviderConnection::enter_long_request() {
  while (is_long_taken_) co_await long_free_.async_wait(as_values);
  is_long_taken_ = true;
}

void ProviderConnection::leave_long_request() {
  is_long_taken_ = false;
  long_free_.cancel_one();
}

}  // namespace iroh::blobs
