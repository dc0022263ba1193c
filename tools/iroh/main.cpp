// SPDX-License-Identifier: MIT OR Apache-2.0
// The program `iroh`: parses the command line and runs what was chosen.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <string>

#include "tools/iroh/bench_commands.hpp"
#include "tools/iroh/blob_commands.hpp"
#include "tools/iroh/pipe_commands.hpp"
#include "tools/iroh/share_commands.hpp"
#include "tools/lib/failure.hpp"
#include "tools/lib/key_commands.hpp"
#include "tools/lib/log_setup.hpp"
#include "tools/lib/run_command.hpp"
#include "tools/lib/version.hpp"

namespace iroh::tools {
namespace {

using Chosen = std::function<int()>;

template <class Options>
void run_with(CLI::App& command, std::shared_ptr<Options> options, int (*function)(const Options&), Chosen& chosen) {
  command.callback([options, function, &chosen] {
    chosen = [options, function] { return run_command([&] { return function(*options); }); };
  });
}

void add_key_commands(CLI::App& app, Chosen& chosen) {
  CLI::App& key = *app.add_subcommand("key", "Secret keys and the ids that belong to them");
  key.footer("Example: iroh key generate --file ~/.iroh-key");
  key.require_subcommand(1);
  const auto add = [&](const char* name, const char* text, const char* file_text, const char* example, auto function) {
    CLI::App& command = *key.add_subcommand(name, text)->footer(example);
    auto options = std::make_shared<KeyOptions>();
    command.add_option("--file", options->file, file_text)->type_name("PATH");
    command.add_flag("--json", options->json, "One JSON object");
    run_with(command, options, function, chosen);
  };
  add("generate", "Make a new key and print it", "Write the secret to this new file, mode 0600, instead of printing it",
      "Example: iroh key generate --file ~/.iroh-key", &key_generate);
  add("show", "Print the id in hex, base32 and z-base-32", "Read the secret from this file instead of IROH_SECRET",
      "Example: IROH_SECRET=... iroh key show --json", &key_show);
}

void add_ticket_commands(CLI::App& app, Chosen& chosen) {
  CLI::App& ticket = *app.add_subcommand("ticket", "Endpoint tickets: an id and addresses in one word");
  ticket.footer("Example: iroh ticket inspect endpointac...");
  ticket.require_subcommand(1);
  auto options = std::make_shared<TicketOptions>();

  CLI::App& inspect = *ticket.add_subcommand("inspect", "Print what is in a ticket")
                           ->footer("Example: iroh ticket inspect endpointac... --json");
  inspect.add_option("ticket", options->ticket)->required()->type_name("TICKET");
  inspect.add_flag("--json", options->json, "One JSON object");
  run_with(inspect, options, &ticket_inspect, chosen);

  CLI::App& create = *ticket.add_subcommand("create", "Make a ticket")
                          ->footer("Example: iroh ticket create --id ae58ff88... --addr 192.0.2.1:4433");
  create.add_option("--id", options->id, "The endpoint's id")->required()->type_name("ID");
  create.add_option("--addr", options->addrs, "An IP address; repeat for more")
      ->type_name("IP:PORT")
      ->expected(1)
      ->take_all();
  create.add_option("--relay", options->relays, "A relay; repeat for more")->type_name("URL")->expected(1)->take_all();
  create.add_flag("--json", options->json, "One JSON object");
  run_with(create, options, &ticket_create, chosen);
}

/// The app that `iroh pipe ...` or so has got to.
CLI::App& innermost(CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : innermost(*chosen.front());
}

// [tools.md 5] Help and version are answers and go to stdout; everything else is a usage error.
int parse_failure(CLI::App& app, const CLI::ParseError& error, bool has_command) {
  if (error.get_exit_code() == 0) return app.exit(error);
  if (!has_command) {
    std::fputs(app.help().c_str(), stderr);
  } else {
    std::fprintf(stderr, "error: %s\nRun with --help for more.\n", error.what());
  }
  return exit_usage;
}

int main(int argc, char** argv) {
  log_to_stderr();
  CLI::App app("Dial any device by its public key.", "iroh");
  app.footer("Run `iroh <COMMAND> --help` to see all options for a command. Example: iroh send film.mkv");
  app.set_version_flag("-V,--version", "iroh " + std::string(version()));
  app.require_subcommand(1);
  Chosen chosen;
  add_share_commands(app, chosen);
  add_blob_commands(app, chosen);
  add_pipe_commands(app, chosen);
  add_key_commands(app, chosen);
  add_ticket_commands(app, chosen);
  add_bench_commands(app, chosen);
  // `help` is also a subcommand.
  static char help_option[] = "--help";
  for (int i = 1; i < argc && argv[i][0] != '-'; ++i) {
    if (std::strcmp(argv[i], "help") == 0 && i <= 2) argv[i] = help_option;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool is_group = !innermost(app).get_subcommands([](CLI::App*) { return true; }).empty();
    const bool is_missing = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
    return parse_failure(app, error, !(is_group && is_missing));
  }
  return chosen();
}

}  // namespace
}  // namespace iroh::tools

int main(int argc, char** argv) {
  return iroh::tools::main(argc, argv);
}
