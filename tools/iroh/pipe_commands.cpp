// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/iroh/pipe_commands.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "tools/lib/pipe/commands.hpp"
#include "tools/lib/run_command.hpp"
#include "tools/lib/version.hpp"

namespace iroh::tools {
namespace {

using Command = Task<int> (*)(PipeOptions);
using Options = std::shared_ptr<PipeOptions>;

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

Options add_common(CLI::App& command) {
  auto options = std::make_shared<PipeOptions>();
  add_bind_addr(command, "--ipv4-addr", true, options->ipv4_addr);
  add_bind_addr(command, "--ipv6-addr", false, options->ipv6_addr);
  command.add_option("--custom-alpn", options->custom_alpn, "Another protocol, without handshake: utf8:TEXT, or hex")
      ->type_name("ALPN");
  command.add_flag("-v,--verbose", options->verbosity, "Also print short tickets");
  return options;
}

CLI::App& add(CLI::App& pipe, const char* name, const char* text, const char* example) {
  return *pipe.add_subcommand(name, text)->footer(std::string("Example: ") + example);
}

void run_with(CLI::App& command, Options options, Command function, std::function<int()>& chosen) {
  command.callback([options = std::move(options), function, &chosen] {
    chosen = [options, function] { return run_command(function(*options)); };
  });
}

void add_ticket(CLI::App& command, PipeOptions& options) {
  command.add_option("ticket", options.ticket, "What the listening side printed")->required()->type_name("TICKET");
}

void add_recv_only(CLI::App& command, PipeOptions& options) {
  command.add_flag("--recv-only", options.recv_only, "Do not read standard input");
}

void add_stdio(CLI::App& pipe, std::function<int()>& chosen) {
  CLI::App& listen =
      add(pipe, "listen", "Wait for a peer; pipe it to standard input and output", "tar c folder | iroh pipe listen");
  auto listening = add_common(listen);
  add_recv_only(listen, *listening);
  run_with(listen, listening, &pipe_listen, chosen);

  CLI::App& connect = add(pipe, "connect", "Connect to a listener; pipe it to standard input and output",
                          "iroh pipe connect endpointac... | tar x");
  auto connecting = add_common(connect);
  add_recv_only(connect, *connecting);
  add_ticket(connect, *connecting);
  run_with(connect, connecting, &pipe_connect, chosen);
}

void add_tcp(CLI::App& pipe, std::function<int()>& chosen) {
  CLI::App& listen = add(pipe, "listen-tcp", "Connect each incoming pipe to a TCP server",
                         "iroh pipe listen-tcp --host localhost:8000");
  auto listening = add_common(listen);
  listen.add_option("--host", listening->address, "The TCP server")->required()->type_name("HOST:PORT");
  run_with(listen, listening, &pipe_listen_tcp, chosen);

  CLI::App& connect = add(pipe, "connect-tcp", "Open a pipe for each incoming TCP connection",
                          "iroh pipe connect-tcp --addr 127.0.0.1:8080 endpointac...");
  auto connecting = add_common(connect);
  connect.add_option("--addr", connecting->address, "Where to listen")->required()->type_name("ADDR:PORT");
  add_ticket(connect, *connecting);
  run_with(connect, connecting, &pipe_connect_tcp, chosen);
}

void add_unix(CLI::App& pipe, std::function<int()>& chosen) {
  CLI::App& listen = add(pipe, "listen-unix", "Connect each incoming pipe to a Unix socket",
                         "iroh pipe listen-unix --socket-path /run/app.sock");
  auto listening = add_common(listen);
  listen.add_option("--socket-path", listening->socket_path, "The socket of the server")->required()->type_name("PATH");
  run_with(listen, listening, &pipe_listen_unix, chosen);

  CLI::App& connect = add(pipe, "connect-unix", "Open a pipe for each connection to a Unix socket",
                          "iroh pipe connect-unix --socket-path /tmp/app.sock endpointac...");
  auto connecting = add_common(connect);
  connect.add_option("--socket-path", connecting->socket_path, "Where to listen")->required()->type_name("PATH");
  add_ticket(connect, *connecting);
  run_with(connect, connecting, &pipe_connect_unix, chosen);
}

}  // namespace

void add_pipe_commands(CLI::App& app, std::function<int()>& chosen) {
  CLI::App& pipe = *app.add_subcommand("pipe", "Pipes between machines, compatible with dumbpipe");
  pipe.footer("Example: iroh pipe listen   (it prints the command for the other side)");
  pipe.set_version_flag("-V,--version", "iroh " + std::string(version()));
  pipe.require_subcommand(1);
  add(pipe, "generate-ticket", "Print the ticket of the key in IROH_SECRET, without addresses",
      "IROH_SECRET=... iroh pipe generate-ticket")
      .callback([&chosen] { chosen = [] { return run_command(pipe_generate_ticket()); }; });
  add_stdio(pipe, chosen);
  add_tcp(pipe, chosen);
  add_unix(pipe, chosen);
}

}  // namespace iroh::tools
