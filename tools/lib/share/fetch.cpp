// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/share/fetch.hpp"
#include "tools/lib/as_values.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <cstdio>
#include <numeric>
#include <utility>

#include "iroh/blobs/blob_ticket.hpp"
#include "tools/lib/number_format.hpp"
#include "tools/lib/share/output_lines.hpp"
#include "tools/lib/task_group.hpp"

namespace iroh::tools {
namespace {

constexpr ProgressLines::Key stage_bar = 0;

FetchFailure failure_of(const TransferFailure& failure) {
  const std::string text = failure.to_string();
  if (failure.error == BlobError::mismatch) return {"decoding error: ", text};
  if (failure.error == BlobError::invalid_hash_seq || failure.error == BlobError::size_limit_exceeded)
    return {"bad request", ": " + text};
  if (failure.error.category() == boost::system::system_category()) return {"local failure ", text};
  return {"connected error: ", text};
}

/// [tools.md 45] Each change of the kind of path, once. Without relays there is one kind.
Task<> show_paths(Connection connection, ProgressLines& lines) {
  const PathEvents events = connection.path_events();
  bool is_direct = false;
  for (const Path& path : connection.paths()) is_direct |= path.is_selected;
  while (!is_direct) {
    auto [error, event] = co_await events.next(as_values);
    if (error || !event) co_return;
    is_direct = event->kind == PathEvent::Kind::selected;
  }
  lines.print("connected directly");
}

struct Plan {
  std::uint64_t local_bytes = 0;
  std::uint64_t total_bytes = 0;
};

void announce(const ReceiveOptions& options, const BlobTicket& ticket, const FetchResult& result, const Plan& plan) {
  if (options.share.json) return;
  std::fprintf(stderr, "%s\n", getting_line(ticket.hash(), result.files, result.payload_bytes).c_str());
  if (options.share.verbosity == 0) return;
  const std::string all =
      fmt::format("getting {} blobs in total, {}\n", result.files + 1, format_bytes(plan.total_bytes));
  std::fputs(all.c_str(), stderr);
}

/// The sizes of everything, before the content is asked for.
Task<Plan> probe(const RemoteBlobs& remote, const BlobTicket& ticket, FetchResult& result) {
  Plan plan;
  if (!ticket.is_recursive()) {
    result.files = 1;
    plan.total_bytes = result.payload_bytes = co_await remote.verified_size(ticket.hash());
    co_return plan;
  }
  const HashSeqSizes sizes = co_await remote.sizes(ticket.hash());
  if (sizes.sizes.empty()) throw error_code(BlobError::invalid_collection);
  result.files = sizes.sizes.size() - 1;
  // [tools.md §2.5] All but the list of names.
  result.payload_bytes = std::accumulate(sizes.sizes.begin() + 1, sizes.sizes.end(), std::uint64_t{0});
  plan.total_bytes = sizes.hash_seq.bytes().size() + sizes.sizes.front() + result.payload_bytes;
  co_return plan;
}

Task<> fetch_missing(const ReceiveOptions& options, const RemoteBlobs& remote, const BlobTicket& ticket,
                     ProgressLines& lines, FetchResult& result) {
  lines.set(stage_bar, {.label = "[2/4] Getting sizes...", .unit = Bar::Unit::none});
  Plan plan = co_await probe(remote, ticket, result);
  lines.remove(stage_bar);
  announce(options, ticket, result, plan);
  GetRequest all = GetRequest::all_of(ticket.content());
  plan.local_bytes = (co_await local_info(remote.store(), std::move(all))).local_bytes;
  GetOptions get_options;
  if (lines.is_shown()) {
    get_options.progress = [&lines, plan](const GetProgress& progress) {
      lines.set(stage_bar, {.label = "[3/4] Downloading ...",
                            .done = plan.local_bytes + progress.payload_bytes,
                            .total = plan.total_bytes});
    };
  }
  const TransferResult transfer = co_await remote.try_fetch(ticket.content(), std::move(get_options));
  lines.remove(stage_bar);
  result.stats = transfer.stats;
  if (transfer.failure) result.failure = failure_of(*transfer.failure);
}

}  // namespace

Task<FetchResult> fetch(const ReceiveOptions& options, Endpoint endpoint, BlobStore store, const BlobTicket& ticket,
                        ProgressLines& lines) {
  FetchResult result;
  lines.set(stage_bar, {.label = "[1/4] Connecting ...", .unit = Bar::Unit::none});
  auto [error, connection] = co_await endpoint.connect(ticket.addr(), blobs_alpn, as_values);
  lines.remove(stage_bar);
  if (error) {
    result.failure = FetchFailure{"initial connection error: ", error.message()};
    co_return result;
  }
  const RemoteBlobs remote(connection, store);
  TaskGroup watchers(co_await boost::asio::this_coro::executor);
  if (lines.is_shown()) watchers.spawn(show_paths(connection, lines));
  try {
    co_await fetch_missing(options, remote, ticket, lines, result);
  } catch (const boost::system::system_error& failure) {
    result.failure = failure_of({.error = failure.code(), .blob = std::nullopt});
  }
  connection.close(0);
  // Also if this was cancelled: the watchers use what is the caller's.
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  watchers.cancel_all();
  co_await watchers.join();
  co_return result;
}

}  // namespace iroh::tools
