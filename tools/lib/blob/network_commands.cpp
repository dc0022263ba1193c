// SPDX-License-Identifier: MIT OR Apache-2.0
// `iroh blob serve`, `download`, `observe`: with other endpoints.
#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <cstdio>

#include "iroh/blobs/blobs.hpp"
#include "iroh/endpoint/router.hpp"
#include "tools/lib/as_values.hpp"
#include "tools/lib/blob/commands.hpp"
#include "tools/lib/blob/open_store.hpp"
#include "tools/lib/failure.hpp"
#include "tools/lib/interrupt.hpp"
#include "tools/lib/number_format.hpp"
#include "tools/lib/share/output_lines.hpp"
#include "tools/lib/share/receivers.hpp"
#include "tools/lib/share/session.hpp"

namespace iroh::tools {
namespace {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;

BlobTicket parsed_ticket(const std::string& text) {
  auto ticket = BlobTicket::parse(text);
  if (!ticket) throw Failure("invalid ticket: " + ticket.error().message(), exit_usage);
  if (ticket->addr().ip_addrs().empty())
    throw Failure("the ticket has no IP address, and this version has neither relays nor address lookup");
  return *std::move(ticket);
}

struct Display {
  explicit Display(const ShareOptions& options)
      : lines(!options.no_progress && !options.json), receivers(lines, options.json) {}
  ProgressLines lines;
  Receivers receivers;
};

void print_served(const BlobOptions& options, const EndpointAddr& addr, std::optional<HashAndFormat> content) {
  const std::string ticket = content ? BlobTicket(addr, *content).to_string() : std::string();
  if (options.share.json) {
    boost::json::object line{{"event", "ready"}, {"id", addr.id().to_string()}};
    if (content) line["ticket"] = ticket;
    return print_json_line(line);
  }
  print_line("serving as " + addr.id().to_string());
  if (content) print_line("iroh blob download " + ticket);
}

void show(const BlobOptions& options, ProgressLines& lines, const DownloadEvent& event) {
  using Kind = DownloadEvent::Kind;
  if (event.kind == Kind::provider_failed && event.failure) {
    const std::string who = event.provider ? event.provider->to_string().substr(0, 10) : "a provider";
    const std::string line = fmt::format("{} failed: {}", who, event.failure->to_string());
    lines.is_shown() ? lines.print(line) : static_cast<void>(std::fprintf(stderr, "%s\n", line.c_str()));
  }
  lines.set(0, {.label = "downloading", .done = event.bytes_done, .total = event.bytes_total.value_or(0)});
  if (!options.share.json || event.kind != Kind::complete) return;
  print_json_line({{"event", "done"},
                   {"blobs", event.blobs_done},
                   {"bytes", event.bytes_done},
                   {"bytes_read", event.stats.bytes_read()}});
}

Task<> follow(const BlobOptions& options, Download download, ProgressLines& lines) {
  for (;;) {
    const std::optional<DownloadEvent> event = co_await download.next();
    if (!event) co_return;
    show(options, lines, *event);
  }
}

/// The tag is set first: what has come so far is not collected between two attempts.
Task<> tag_download(BlobStore store, const BlobOptions& options, const HashAndFormat& content) {
  if (options.tag) {
    co_await store.set_tag(TagName(*options.tag), content);
    co_return;
  }
  const std::vector<TagInfo> tags = co_await store.tags();
  for (const TagInfo& tag : tags) {
    if (tag.content == content) co_return;
  }
  co_await store.create_tag(content);
}

std::string describe(const Bitfield& present) {
  return fmt::format("{} of {}{}: {}", format_bytes(present.total_bytes()), format_bytes(present.size()),
                     present.is_validated() ? "" : " (claimed)",
                     present.is_complete() ? "complete" : present.ranges().to_string());
}

}  // namespace

Task<int> blob_serve(BlobOptions options) {
  check_relay(options.share);
  BlobStore store = co_await open_store(options);
  std::optional<HashAndFormat> content;
  if (!options.content.empty()) content = co_await find_content(store, options.content);
  const Secret secret = share_secret(options.share, true);
  Interrupt interrupt(co_await asio::this_coro::executor);
  Endpoint endpoint = co_await bind_endpoint(options.share, secret.key);
  const auto display = std::make_shared<Display>(options.share);
  ServeOptions serve_options;
  serve_options.allow_push = options.allow_push;
  serve_options.on_event = [display](const ProviderEvent& event) { display->receivers.update(event); };
  Router router = Router(endpoint).accept(blobs_alpn, serve(store, std::move(serve_options)));
  print_served(options, endpoint.addr(), content);
  co_await interrupt.wait();
  interrupt.exit_on_next();
  display->lines.clear();
  co_await router.shutdown(as_values);
  co_return exit_ok;
}

Task<int> blob_download(BlobOptions options) {
  check_relay(options.share);
  const BlobTicket first = parsed_ticket(options.tickets.front());
  std::vector<EndpointAddr> providers;
  for (const std::string& text : options.tickets) {
    const BlobTicket ticket = parsed_ticket(text);
    if (ticket.content() != first.content()) throw Failure("the tickets are for different content", exit_usage);
    providers.push_back(ticket.addr());
  }
  BlobStore store = co_await open_store(options);
  const Secret secret = share_secret(options.share, false);
  Interrupt interrupt(co_await asio::this_coro::executor);
  Endpoint endpoint = co_await bind_endpoint(options.share, secret.key);
  co_await tag_download(store, options, first.content());
  int exit_code = exit_ok;
  {
    ProgressLines lines(!options.share.no_progress && !options.share.json);
    Downloader downloader(endpoint, store);
    DownloadOptions download_options;
    download_options.probe_sizes = lines.is_shown();
    Download download = downloader.fetch(first.content(), std::move(providers), std::move(download_options));
    Task<> following = follow(options, download, lines);
    Task<> signal = interrupt.wait();
    const auto outcome = co_await (std::move(following) || std::move(signal));
    interrupt.exit_on_next();
    if (outcome.index() == 1) exit_code = exit_interrupted;
  }
  co_await endpoint.close(as_values);
  if (exit_code == exit_ok && !options.share.json) print_line("downloaded " + first.content().to_string());
  co_return exit_code;
}

Task<int> blob_observe(BlobOptions options) {
  check_relay(options.share);
  const BlobTicket ticket = parsed_ticket(options.tickets.front());
  const Secret secret = share_secret(options.share, false);
  Interrupt interrupt(co_await asio::this_coro::executor);
  Endpoint endpoint = co_await bind_endpoint(options.share, secret.key);
  auto [error, connection] = co_await endpoint.connect(ticket.addr(), blobs_alpn, as_values);
  if (error) throw Failure("cannot connect: " + error.message());
  const RemoteBlobs remote(connection, BlobStore::in_memory());
  std::function<bool(const Bitfield&)> on_update = [&](const Bitfield& present) {
    if (options.share.json) {
      print_json_line(
          {{"size", present.size()}, {"present", present.total_bytes()}, {"complete", present.is_complete()}});
    } else {
      print_line(describe(present));
    }
    return !present.is_complete();
  };
  Task<> watching = remote.observe(ticket.hash(), std::move(on_update));
  Task<> signal = interrupt.wait();
  const auto outcome = co_await (std::move(watching) || std::move(signal));
  interrupt.exit_on_next();
  co_await endpoint.close(as_values);
  co_return outcome.index() == 1 ? exit_interrupted : exit_ok;
}

}  // namespace iroh::tools
