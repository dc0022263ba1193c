// SPDX-License-Identifier: MIT OR Apache-2.0
// iroh::copy(): from stream to stream, slices going from one to the other.
#include <boost/asio/append.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>

#include "endpoint/empty_handle.hpp"
#include "endpoint/recv_state.hpp"
#include "iroh/endpoint/stream.hpp"
#include "iroh/endpoint/task.hpp"

namespace iroh::detail {
namespace {

namespace asio = boost::asio;

struct CopyResult {
  error_code error;
  std::uint64_t count = 0;
};

Task<CopyResult> copy_all(RecvStream from, SendStream to) {
  constexpr auto token = asio::as_tuple(asio::deferred);
  // A cancellation reaches the read or the write that is pending, and comes back as its error.
  co_await asio::this_coro::throw_if_cancelled(false);
  CopyResult result;
  for (;;) {
    auto [read_error, chunks] = co_await from.read_chunks(RecvStream::default_chunk_count, token);
    result.error = read_error;
    if (read_error || chunks.empty()) co_return result;
    std::uint64_t count = 0;
    for (const Bytes& chunk : chunks) count += chunk.size();
    auto [write_error] = co_await to.write_chunks(std::move(chunks), token);
    result.error = write_error;
    if (write_error) co_return result;
    result.count += count;
  }
}

}  // namespace

void start_copy(CompletionHandler<std::uint64_t> handler, RecvStream from, SendStream to) {
  const auto handle = endpoint::Internals::handle(from);
  if (handle == nullptr) return endpoint::fail_empty(std::move(handler), StreamError::closed);
  const auto executor = handle->state()->driver().executor();
  const auto slot = asio::get_associated_cancellation_slot(handler);
  auto done = [executor, handler = std::move(handler)](const std::exception_ptr&, CopyResult result) mutable {
    asio::post(executor, asio::append(std::move(handler), result.error, result.count));
  };
  asio::co_spawn(asio::make_strand(executor), copy_all(std::move(from), std::move(to)),
                 asio::bind_cancellation_slot(slot, std::move(done)));
}

}  // namespace iroh::detail
