// SPDX-License-Identifier: MIT OR Apache-2.0
// Tells an observer what is there of a blob, as it grows. [blobs.md §3.7]
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_executor.hpp>

#include "blobs/as_values.hpp"
#include "blobs/protocol/observe_item.hpp"
#include "blobs/provider/request_stream.hpp"
#include "blobs/service/observation.hpp"

namespace iroh::blobs {
namespace {

Task<std::optional<Bitfield>> next_of(std::shared_ptr<Observation> observation) {
  auto initiate = [&observation](auto handler) {
    observation->next(CompletionHandler<std::optional<Bitfield>>(std::move(handler)), observation);
  };
  auto [error, bitfield] =
      co_await asio::async_initiate<decltype(as_values), void(error_code, std::optional<Bitfield>)>(initiate,
                                                                                                    as_values);
  co_return std::move(bitfield);
}

}  // namespace

Task<> RequestStream::send_observations() {
  // It may take any time until something changes.
  watchdog_.pause();
  const auto executor = co_await asio::this_coro::executor;
  const auto observation = std::make_shared<Observation>(connection_->provider().thread()->weak_core());
  // [blobs.md 50] The observer leaves by stopping its half.
  const auto has_left = std::make_shared<bool>(false);
  send_.stopped(asio::bind_executor(executor, [observation, has_left](error_code, std::optional<std::uint64_t>) {
    *has_left = true;
    observation->end();
  }));
  const Hash hash = std::get<ObserveRequest>(*event_.request->what).hash;
  connection_->provider().thread()->core().post([hash, weak = std::weak_ptr(observation)](StoreCore& core) mutable {
    core.add_observation(hash, std::move(weak));
  });
  std::optional<Bitfield> previous;
  for (;;) {
    const auto next = co_await next_of(observation);
    if (!next || *has_left) break;
    auto item = previous ? encode_observe_change(*previous, *next) : encode_observe_item(next->size(), next->ranges());
    event_.stats.other_bytes_written += item.size();
    watchdog_.touch();
    const auto [error] = co_await send_.write_all(Bytes::copy_of(item), as_values);
    watchdog_.pause();
    if (error) break;
    previous = next;
  }
  if (!previous && !*has_left) {
    // [blobs.md 90] Nothing can be told about it.
    static_cast<void>(send_.reset(static_cast<std::uint64_t>(BlobsCode::internal)));
  } else if (!*has_left) {
    // [blobs.md §3.7] Nothing changes any more: silence, until the observer has had enough.
    static_cast<void>(co_await send_.stopped(as_values));
  }
  finish(std::nullopt);
}

}  // namespace iroh::blobs
