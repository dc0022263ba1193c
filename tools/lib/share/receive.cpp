// SPDX-License-Identifier: MIT OR Apache-2.0
// `iroh receive`: fetches what a ticket names and gives the files their names. [tools.md §2.5]
#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <cstdio>

#include "tools/lib/as_values.hpp"
#include "tools/lib/failure.hpp"
#include "tools/lib/interrupt.hpp"
#include "tools/lib/share/commands.hpp"
#include "tools/lib/share/data_directory.hpp"
#include "tools/lib/share/export.hpp"
#include "tools/lib/share/fetch.hpp"
#include "tools/lib/share/names.hpp"
#include "tools/lib/share/output_lines.hpp"
#include "tools/lib/share/session.hpp"

namespace iroh::tools {
namespace {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;

BlobTicket parse_blob_ticket(const std::string& text) {
  auto ticket = BlobTicket::parse(text);
  // [tools.md 5]
  if (!ticket) throw Failure("invalid ticket: " + ticket.error().message(), exit_usage);
  return *std::move(ticket);
}

Task<> pause(std::chrono::milliseconds duration) {
  asio::steady_timer timer(co_await asio::this_coro::executor, duration);
  co_await timer.async_wait(as_values);
}

/// Again after a failure, as often as the user wants, and more slowly each time.
Task<FetchResult> fetch_with_retries(const ReceiveOptions& options, Endpoint endpoint, BlobStore store,
                                     const BlobTicket& ticket, ProgressLines& lines) {
  std::chrono::milliseconds wait{500};
  for (unsigned attempt = 0;; ++attempt) {
    FetchResult result = co_await fetch(options, endpoint, store, ticket, lines);
    if (!result.failure || attempt >= options.retries) co_return result;
    std::fprintf(stderr, "%s%s, trying again\n", result.failure->stage.c_str(), result.failure->text.c_str());
    // Progress starts the waiting times anew.
    if (result.stats.payload_bytes_read > 0) wait = std::chrono::milliseconds(500);
    co_await pause(wait);
    wait = std::min(wait * 2, std::chrono::milliseconds(30'000));
  }
}

/// [tools.md §2.6] Nothing if it was interrupted.
Task<std::optional<FetchResult>> fetch_or_interrupt(const ReceiveOptions& options, BlobStore store,
                                                    const BlobTicket& ticket, Interrupt& interrupt) {
  if (ticket.addr().ip_addrs().empty())
    throw Failure("the ticket has no IP address, and this version has neither relays nor address lookup");
  const Secret secret = share_secret(options.share, false);
  Endpoint endpoint = co_await bind_endpoint(options.share, secret.key);
  ProgressLines lines(!options.share.no_progress && !options.share.json);
  Task<FetchResult> fetching = fetch_with_retries(options, endpoint, store, ticket, lines);
  Task<> signal = interrupt.wait();
  auto outcome = co_await (std::move(fetching) || std::move(signal));
  interrupt.exit_on_next();
  lines.clear();
  // [tools.md 27] The sender sees the end at once.
  co_await endpoint.close(as_values);
  interrupt.ignore_next();
  if (outcome.index() == 1) co_return std::nullopt;
  co_return std::get<0>(std::move(outcome));
}

[[noreturn]] void fail(const FetchFailure& failure) {
  const bool is_terminal = ::isatty(STDERR_FILENO) == 1;
  std::fprintf(stderr, "%s%s%s%s\n", is_terminal ? "\033[33m" : "", failure.stage.c_str(), failure.text.c_str(),
               is_terminal ? "\033[0m" : "");
  throw Failure(failure.text);
}

/// What is to be exported, and how much that is.
Task<Collection> received_collection(const ReceiveOptions& options, BlobStore store, const BlobTicket& ticket) {
  if (ticket.is_recursive()) co_return co_await store.collection(ticket.hash());
  // [tools.md 28]
  Collection single;
  single.add(options.name.value_or(ticket.hash().to_string()), ticket.hash());
  co_return single;
}

void print_done(const ReceiveOptions& options, const BlobTicket& ticket, const FetchResult& result) {
  if (options.share.json) {
    print_json_line({{"event", "done"},
                     {"hash", ticket.hash().to_string()},
                     {"files", result.files},
                     {"bytes", result.payload_bytes},
                     {"bytes_read", result.stats.bytes_read()},
                     {"seconds", std::chrono::duration<double>(result.stats.elapsed).count()}});
  } else if (options.share.verbosity > 0) {
    print_line(downloaded_line(result.files, result.payload_bytes, result.stats.bytes_read(), result.stats.elapsed));
  }
}

ExportParts parts_of(const ReceiveDirectory& directory) {
  return {.folder = directory.parts(), .are_moved = true};
}

/// What is missing, after an earlier run's export was taken into account.
Task<bool> is_complete(BlobStore store, const BlobTicket& ticket, const TargetFolder& target,
                       const ExportParts& parts) {
  GetRequest all = GetRequest::all_of(ticket.content());
  const LocalInfo local = co_await local_info(store, all);
  if (local.is_complete()) co_return true;
  auto [error, collection] = co_await store.collection(ticket.hash(), as_values);
  if (error || !ticket.is_recursive()) co_return false;
  co_await take_back(store, collection, target, parts);
  const LocalInfo again = co_await local_info(store, all);
  co_return again.is_complete();
}

/// Gives the files their names, and forgets the data folder when all have theirs.
Task<int> finish(const ReceiveOptions& options, BlobStore store, const BlobTicket& ticket, const TargetFolder& target,
                 ReceiveDirectory& directory, Interrupt& interrupt, FetchResult& result) {
  bool is_interrupted = false;
  interrupt.on_next([&] {
    is_interrupted = true;
    interrupt.exit_on_next();
  });
  const Collection collection = co_await received_collection(options, store, ticket);
  if (options.share.verbosity > 1) {
    for (const std::string& line : listing_lines(collection)) print_line(line);
  }
  if (collection.size() > 0 && !options.share.json) {
    const std::string_view first = first_component(collection.entries().front().name);
    print_line("exporting to " + displayed(first));
  }
  {
    ProgressLines lines(!options.share.no_progress && !options.share.json);
    const ExportParts parts = parts_of(directory);
    co_await export_collection(store, collection, target, parts, lines, is_interrupted);
  }
  if (is_interrupted) co_return exit_interrupted;
  result.files = collection.size();
  store = BlobStore();
  directory.remove();
  print_done(options, ticket, result);
  co_return exit_ok;
}

}  // namespace

Task<int> receive(ReceiveOptions options) {
  const BlobTicket ticket = parse_blob_ticket(options.ticket);
  check_relay(options.share);
  const TargetFolder target(options.output);
  Interrupt interrupt(co_await asio::this_coro::executor);
  interrupt.include_hangup();
  ReceiveDirectory directory(target.path(), ticket.hash());
  BlobStore store = co_await BlobStore::open(directory.store());
  FetchResult result;
  const ExportParts parts = parts_of(directory);
  const bool has_all = co_await is_complete(store, ticket, target, parts);
  if (has_all) {
    // [tools.md 16]
    if (!options.share.json) print_line(ticket.hash().to_string() + " already complete");
  } else {
    auto fetched = co_await fetch_or_interrupt(options, store, ticket, interrupt);
    if (!fetched) co_return exit_interrupted;
    if (fetched->failure) fail(*fetched->failure);
    result = *std::move(fetched);
  }
  co_return co_await finish(options, std::move(store), ticket, target, directory, interrupt, result);
}

}  // namespace iroh::tools
