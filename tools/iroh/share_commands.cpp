// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/iroh/share_commands.hpp"

#include <CLI/CLI.hpp>
#include <map>
#include <memory>

#include "tools/lib/run_command.hpp"
#include "tools/lib/share/commands.hpp"

namespace iroh::tools {
namespace {

void add_bind_addr(CLI::App& command, const std::string& name, bool is_v4, std::optional<SocketAddr>& target) {
  command
      .add_option_function<std::string>(
          name,
          [&target, name, is_v4](const std::string& text) {
            const auto addr = SocketAddr::parse(text);
            if (!addr || addr->is_v4() != is_v4)
              throw CLI::ValidationError(name, "not an address of this kind: " + text);
            target = *addr;
          },
          is_v4 ? "Bind this IPv4 address; port 0: any" : "Bind this IPv6 address; port 0: any")
      ->type_name(is_v4 ? "IP:PORT" : "[IP]:PORT");
}

/// What sendme has and what changes nothing here.
struct Ignored {
  std::string format;
  unsigned jobs = 1;
};

void add_ignored(CLI::App& command, Ignored& ignored) {
  command.add_option("--format", ignored.format, "How hashes are printed: both mean hex, as in sendme")
      ->transform(CLI::IsMember({"hex", "cid"}, CLI::ignore_case))
      ->type_name("hex|cid");
  command
      .add_option("-j,--jobs", ignored.jobs,
                  "As in sendme; here files are hashed one after another, large ones by all cores")
      ->check(CLI::PositiveNumber)
      ->type_name("COUNT");
}

template <class Options>
CLI::App& add_command(CLI::App& app, const char* name, const char* text, const char* example,
                      Task<int> (*function)(Options), std::shared_ptr<Options> options, std::function<int()>& chosen) {
  CLI::App& command = *app.add_subcommand(name, text)->footer(std::string("Example: ") + example);
  add_share_options(command, options->share);
  const auto ignored = std::make_shared<Ignored>();
  add_ignored(command, *ignored);
  command.callback([options, ignored, function, &chosen] {
    chosen = [options, function] { return run_command(function(*options)); };
  });
  return command;
}

void add_send(CLI::App& app, std::function<int()>& chosen) {
  const auto options = std::make_shared<SendOptions>();
  CLI::App& command =
      add_command(app, "send", "Share a file or a folder, until interrupted",
                  "iroh send film.mkv   (it prints the command for the other side)", &send, options, chosen);
  command.add_option("path", options->path, "A file or a folder; links in it are left out")
      ->required()
      ->type_name("PATH");
  const std::map<std::string, TicketType> types{{"id", TicketType::id},
                                                {"relayandaddresses", TicketType::relay_and_addresses},
                                                {"relay", TicketType::relay},
                                                {"addresses", TicketType::addresses}};
  command.add_option("--ticket-type", options->ticket_type, "What the ticket says of where this endpoint is")
      ->transform(CLI::CheckedTransformer(types, CLI::ignore_case))
      ->type_name("Id|RelayAndAddresses|Relay|Addresses");
  command.add_flag("-c,--clipboard", options->clipboard, "Copy the command for the other side to the clipboard");
}

void add_receive(CLI::App& app, std::function<int()>& chosen) {
  const auto options = std::make_shared<ReceiveOptions>();
  CLI::App& command = add_command(app, "receive", "Fetch what a ticket names, or go on with it after an interruption",
                                  "iroh receive blobac... --output ~/Downloads", &receive, options, chosen);
  command.alias("recv");
  command.add_option("ticket", options->ticket, "What the sender printed")->required()->type_name("TICKET");
  command.add_option("-o,--output", options->output, "Put the files into this folder instead of the current one")
      ->type_name("FOLDER");
  command.add_option("--name", options->name, "The name for the content of a ticket that is for one blob without name")
      ->type_name("NAME");
  command.add_option("--retries", options->retries, "How often to try again after a failure of the connection")
      ->type_name("COUNT");
}

}  // namespace

void add_share_options(CLI::App& command, ShareOptions& options) {
  add_bind_addr(command, "--magic-ipv4-addr", true, options.ipv4_addr);
  add_bind_addr(command, "--magic-ipv6-addr", false, options.ipv6_addr);
  command.add_option("--relay", options.relay, "disabled; other values are for a later version with relays")
      ->type_name("default|disabled|URL");
  command.add_flag("-v,--verbose", options.verbosity, "Tell more; twice: list all files");
  command.add_flag("--no-progress", options.no_progress, "No progress bars");
  command.add_flag("--show-secret", options.show_secret, "Print the secret key of the sender on stderr");
  command.add_flag("--json", options.json, "Results as JSON objects, one a line");
}

void add_share_commands(CLI::App& app, std::function<int()>& chosen) {
  add_send(app, chosen);
  add_receive(app, chosen);
}

}  // namespace iroh::tools
