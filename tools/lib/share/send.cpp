// SPDX-License-Identifier: MIT OR Apache-2.0
// `iroh send`: imports a file or a tree by reference, prints a ticket, serves until interrupted. [tools.md §2.2]
#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "iroh/blobs/blob_store.hpp"
#include "iroh/blobs/blobs_protocol.hpp"
#include "iroh/endpoint/router.hpp"
#include "tools/lib/as_values.hpp"
#include "tools/lib/failure.hpp"
#include "tools/lib/interrupt.hpp"
#include "tools/lib/share/commands.hpp"
#include "tools/lib/share/data_directory.hpp"
#include "tools/lib/share/import.hpp"
#include "tools/lib/share/output_lines.hpp"
#include "tools/lib/share/receivers.hpp"
#include "tools/lib/share/session.hpp"
#include "tools/lib/share/terminal_keys.hpp"
#include "tools/lib/share/walk.hpp"

namespace iroh::tools {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using namespace asio::experimental::awaitable_operators;

constexpr std::chrono::seconds shutdown_limit{2};
bool is_current_folder(const std::string& path) {
  const auto plain = [](const fs::path& any) { return (fs::absolute(any).lexically_normal() / "").lexically_normal(); };
  return plain(path) == plain(fs::current_path());
}

void print_result(const SendOptions& options, const Imported& imported, const BlobTicket& ticket) {
  const Hash& root = imported.root.hash();
  if (options.share.json) {
    return print_json_line({{"event", "ready"},
                            {"ticket", ticket.to_string()},
                            {"hash", root.to_string()},
                            {"files", imported.tree.files.size()},
                            {"bytes", imported.tree.total_size()}});
  }
  // [tools.md 13] These lines and no others before the one with the ticket.
  print_line(imported_line(options.path, imported.tree, root));
  if (options.share.verbosity > 1) {
    for (const std::string& line : listing_lines(imported.collection)) print_line(line);
    print_line(speed_line(imported.tree.total_size(), imported.duration));
  }
  print_line("to get this data, use");
  print_line(receive_command(ticket));
  if (TerminalKeys::are_possible()) print_line("press c to copy command to clipboard, or use the --clipboard argument");
  if (!options.share.relay)
    std::fputs("note: there are no relays yet; the receiver must be able to reach an address in the ticket\n", stderr);
}

void copy_to_clipboard(const std::string& text) {
  const std::string sequence = clipboard_sequence(text);
  if (::isatty(STDOUT_FILENO) == 1) {
    std::fputs(sequence.c_str(), stdout);
    std::fflush(stdout);
  } else if (std::FILE* terminal = std::fopen("/dev/tty", "w"); terminal != nullptr) {
    std::fputs(sequence.c_str(), terminal);
    std::fclose(terminal);
  }
}

Task<> shut_down(Router router) {
  co_await router.shutdown(as_values);
}

Task<> sleep(std::chrono::seconds duration) {
  asio::steady_timer timer(co_await asio::this_coro::executor, duration);
  co_await timer.async_wait(as_values);
}

struct Display {
  explicit Display(const ShareOptions& options)
      : lines(!options.no_progress && !options.json), receivers(lines, options.json) {}
  ProgressLines lines;
  Receivers receivers;
};

Task<> serve_until_interrupted(SendOptions options, Endpoint endpoint, BlobStore store, const Imported& imported,
                               Interrupt& interrupt) {
  // Shared with the provider, which may outlive this if the shutdown takes too long.
  const auto display = std::make_shared<Display>(options.share);
  ServeOptions serve_options;
  serve_options.on_event = [display](const ProviderEvent& event) { display->receivers.update(event); };
  Router router = Router(endpoint).accept(blobs_alpn, serve(std::move(store), std::move(serve_options)));
  const BlobTicket ticket(ticket_addr(endpoint.addr(), options.ticket_type), imported.root.content());
  print_result(options, imported, ticket);
  if (options.clipboard) copy_to_clipboard(receive_command(ticket));
  {
    const TerminalKeys keys(co_await asio::this_coro::executor, [&](char key) {
      if (key == 'c') copy_to_clipboard(receive_command(ticket));
    });
    co_await interrupt.wait();
  }
  interrupt.exit_on_next();
  display->lines.clear();
  if (!options.share.json) print_line("shutting down");
  Task<> closing = shut_down(router);
  Task<> limit = sleep(shutdown_limit);
  co_await (std::move(closing) || std::move(limit));
}

/// [tools.md 20] A signal before there is a ticket: nothing stays behind.
void remove_and_exit_on_next(Interrupt& interrupt, const fs::path& directory) {
  interrupt.on_next([directory] {
    std::error_code error;
    // The store's thread may be writing into it.
    for (int attempt = 0; attempt < 100 && fs::exists(directory, error); ++attempt) fs::remove_all(directory, error);
    ::_exit(exit_interrupted);
  });
}

}  // namespace

Task<int> send(SendOptions options) {
  check_relay(options.share);
  // [tools.md 21]
  if (is_current_folder(options.path)) {
    print_line("can not share from the current directory");
    co_return exit_failure;
  }
  const Secret secret = share_secret(options.share, true);
  remove_dead_send_directories(fs::temp_directory_path());
  Interrupt interrupt(co_await asio::this_coro::executor);
  interrupt.include_hangup();
  const SendDirectory directory(fs::temp_directory_path());
  remove_and_exit_on_next(interrupt, directory.path());
  Endpoint endpoint = co_await bind_endpoint(options.share, secret.key);
  BlobStore store = co_await BlobStore::open(directory.store());
  Imported imported;
  {
    ProgressLines lines(!options.share.no_progress && !options.share.json);
    SharedTree tree = walk(options.path);
    const ImportSettings settings{.mode = FileMode::reference};
    imported = co_await import_tree(store, std::move(tree), settings, lines);
  }
  interrupt.ignore_next();
  co_await serve_until_interrupted(options, endpoint, store, imported, interrupt);
  co_await endpoint.close(as_values);
  co_return exit_ok;
}

}  // namespace iroh::tools
