// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/iroh/bench_commands.hpp"

#include <CLI/CLI.hpp>
#include <map>
#include <memory>

#include "tools/lib/bench/commands.hpp"
#include "tools/lib/number_format.hpp"
#include "tools/lib/run_command.hpp"

namespace iroh::tools {
namespace {

using Options = std::shared_ptr<BenchClientOptions>;

CLI::App& add(CLI::App& parent, const char* name, const char* text, const char* example) {
  return *parent.add_subcommand(name, text)->footer(std::string("Example: ") + example);
}

void add_endpoint(CLI::App& command, BenchEndpointOptions& options) {
  command
      .add_option_function<std::string>(
          "--bind",
          [&options](const std::string& text) {
            const auto addr = SocketAddr::parse(text);
            if (!addr) throw CLI::ValidationError("--bind", "not an address: " + text);
            options.bind_addr = *addr;
          },
          "Bind this address instead of 127.0.0.1:0")
      ->type_name("IP:PORT");
  command.add_option("--cipher", options.cipher, "Offer or accept only this cipher")
      ->check(CLI::IsMember({"default", "aes-128-gcm", "aes-256-gcm"}))
      ->type_name("NAME");
  command.add_flag("--no-gso", options.no_gso, "One system call for each datagram that is sent");
  command.add_flag("--spin", options.spin, "Ask again and again for packets that are expected within microseconds");
}

void add_output(CLI::App& command, bool& json) {
  command.add_flag("--json", json, "One JSON object on one line");
}

void add_size(CLI::App& command, BenchClientOptions& options, const char* text) {
  command
      .add_option_function<std::string>(
          "--size",
          [&options](const std::string& word) {
            const auto size = parse_size(word);
            if (!size) throw CLI::ValidationError("--size", "not a size: " + word);
            options.size = *size;
          },
          text)
      ->type_name("SIZE");
}

void add_count(CLI::App& command, BenchClientOptions& options, const char* name, const char* text) {
  command.add_option(name, options.count, text)->type_name("N")->check(CLI::PositiveNumber);
}

Options add_client(CLI::App& command, std::function<int()>& chosen, BenchMeasurement measurement) {
  auto options = std::make_shared<BenchClientOptions>();
  command.add_option("ticket", options->ticket, "What `iroh bench server` printed")->type_name("TICKET");
  command.add_option("--id", options->id, "Instead of a ticket: the server's id")->type_name("ID");
  command.add_option("--addr", options->addr, "Instead of a ticket: the server's address")->type_name("IP:PORT");
  add_endpoint(command, options->endpoint);
  add_output(command, options->json);
  command.callback([options, measurement, &chosen] {
    chosen = [options, measurement] { return run_command(bench_client(*options, measurement)); };
  });
  return options;
}

void add_server(CLI::App& bench, std::function<int()>& chosen) {
  CLI::App& command =
      add(bench, "server", "Answer the benchmark's clients until interrupted", "iroh bench server --bind 0.0.0.0:4433");
  auto options = std::make_shared<BenchServerOptions>();
  add_endpoint(command, options->endpoint);
  add_output(command, options->json);
  command.callback([options, &chosen] { chosen = [options] { return run_command(bench_server(*options)); }; });
}

void add_throughput(CLI::App& client, std::function<int()>& chosen) {
  CLI::App& command = add(client, "throughput", "Bulk data over one or more streams",
                          "iroh bench client throughput TICKET --size 1GiB --direction down --streams 8");
  const Options options = add_client(command, chosen, &measure_throughput);
  add_size(command, *options, "Bytes, over all streams (default 1GiB)");
  const std::map<std::string, Direction> directions{{"up", Direction::up}, {"down", Direction::down}};
  command.add_option("--direction", options->direction, "up: the client sends; down: the server does")
      ->transform(CLI::CheckedTransformer(directions))
      ->type_name("up|down");
  command.add_option("--streams", options->streams, "Streams at once")->type_name("N")->check(CLI::PositiveNumber);
}

void add_latency(CLI::App& client, std::function<int()>& chosen) {
  CLI::App& command = add(client, "latency", "Messages there and back on one stream, one at a time",
                          "iroh bench client latency TICKET --rounds 20000 --spin");
  const Options options = add_client(command, chosen, &measure_latency);
  add_size(command, *options, "Bytes of a message (default 32)");
  add_count(command, *options, "--rounds", "Messages (default 20000)");
}

void add_datagrams(CLI::App& client, std::function<int()>& chosen) {
  CLI::App& command = add(client, "datagrams", "Unreliable datagrams, as many as the server takes",
                          "iroh bench client datagrams TICKET --count 1000000 --size 1200");
  const Options options = add_client(command, chosen, &measure_datagrams);
  add_size(command, *options, "Bytes of a datagram (default 1200)");
  add_count(command, *options, "--count", "Datagrams (default 1000000)");
}

void add_handshakes(CLI::App& client, std::function<int()>& chosen) {
  CLI::App& command = add(client, "handshakes", "Connect, one byte there and back, close",
                          "iroh bench client handshakes TICKET --count 2000 --concurrency 32");
  const Options options = add_client(command, chosen, &measure_handshakes);
  add_count(command, *options, "--count", "Connections (default 2000)");
  command.add_option("--concurrency", options->concurrency, "Connections at once")->type_name("N");
  command.add_flag("--fresh-endpoints", options->fresh_endpoints,
                   "Each from a new endpoint, which cannot resume an earlier session");
}

void add_memory(CLI::App& client, std::function<int()>& chosen) {
  CLI::App& command = add(client, "memory", "Memory of both processes for each idle connection",
                          "iroh bench client memory TICKET --count 1000");
  const Options options = add_client(command, chosen, &measure_memory);
  add_count(command, *options, "--count", "Connections (default 1000)");
  command
      .add_option_function<double>(
          "--settle", [options](double seconds) { options->settle = std::chrono::duration<double>(seconds); },
          "Seconds to wait before looking (default 5)")
      ->type_name("SECONDS");
}

void add_endpoints(CLI::App& client, std::function<int()>& chosen) {
  CLI::App& command = add(client, "endpoints", "Memory of this process for each further idle endpoint",
                          "iroh bench client endpoints --count 50");
  auto options = std::make_shared<BenchClientOptions>();
  add_endpoint(command, options->endpoint);
  add_output(command, options->json);
  add_count(command, *options, "--count", "Endpoints (default 50)");
  command.callback([options, &chosen] { chosen = [options] { return run_command(bench_endpoints(*options)); }; });
}

}  // namespace

void add_bench_commands(CLI::App& app, std::function<int()>& chosen) {
  CLI::App& bench = *app.add_subcommand("bench", "Measure connections between two processes");
  bench.footer("Example: iroh bench server   (it prints a command for the other side)");
  bench.require_subcommand(1);
  add_server(bench, chosen);
  CLI::App& client = *bench.add_subcommand("client", "Connect to a server and measure");
  client.footer("Example: iroh bench client throughput TICKET");
  client.require_subcommand(1);
  add_throughput(client, chosen);
  add_latency(client, chosen);
  add_datagrams(client, chosen);
  add_handshakes(client, chosen);
  add_memory(client, chosen);
  add_endpoints(client, chosen);
}

}  // namespace iroh::tools
