// SPDX-License-Identifier: MIT OR Apache-2.0
// The program `iroh-demo`.
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <csignal>
#include <string>

#include "tools/demo/child.hpp"
#include "tools/demo/demo.hpp"
#include "tools/lib/failure.hpp"
#include "tools/lib/log_setup.hpp"
#include "tools/lib/number_format.hpp"
#include "tools/lib/run_command.hpp"
#include "tools/lib/version.hpp"

namespace iroh::tools {
namespace {

double own_cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void print_json(const DemoReport& report) {
  const boost::json::object object{{"ok", true},
                                   {"server_id", report.server_id},
                                   {"client_id", report.client_id},
                                   {"path", report.path},
                                   {"handshake_ms", report.handshake_ms},
                                   {"rtt_ms", report.rtt_ms},
                                   {"bytes", report.bytes},
                                   {"seconds", report.seconds},
                                   {"gigabits_per_second", report.gigabits_per_second()},
                                   {"client_cpu_seconds", report.client_cpu_seconds},
                                   {"server_cpu_seconds", report.server_cpu_seconds}};
  fmt::print("{}\n", boost::json::serialize(object));
}

void print_table(const DemoReport& report) {
  fmt::print("server id    {}\nclient id    {}\npath         {}\n", report.server_id, report.client_id, report.path);
  fmt::print("handshake    {:.2f} ms\nRTT          {:.2f} ms\n", report.handshake_ms, report.rtt_ms);
  fmt::print("throughput   {:.2f} Gbit/s ({} in {:.2f} s, verified)\n", report.gigabits_per_second(),
             format_bytes(report.bytes), report.seconds);
  fmt::print("CPU          client {:.2f} s, server {:.2f} s\n", report.client_cpu_seconds, report.server_cpu_seconds);
}

Task<int> dial(std::string ticket, std::uint64_t size, DemoReport& report) {
  report = co_await demo_connect(std::move(ticket), size);
  co_return exit_ok;
}

int demonstrate(std::uint64_t size, bool json) {
  ServerProcess server;
  DemoReport report;
  const std::string ticket = server.read_ticket();
  if (!json) fmt::print(stderr, "two processes; dialling {}\n", ticket);
  if (const int code = run_command(dial(ticket, size, report)); code != exit_ok) return code;
  report.client_cpu_seconds = own_cpu_seconds();
  report.server_cpu_seconds = server.wait();
  json ? print_json(report) : print_table(report);
  return exit_ok;
}

int main(int argc, char** argv) {
  log_to_stderr();
  CLI::App app("Two processes on this machine: dial by public key, echo, then bulk data one way.", "iroh-demo");
  app.footer("Example: iroh-demo --size 256MiB --json");
  app.set_version_flag("-V,--version", "iroh-demo " + std::string(version()));
  std::string size_text = "1GiB";
  bool json = false;
  bool is_server = false;
  app.add_option("--size", size_text, "How much to transfer: 1GiB, 256MiB, or bytes")
      ->capture_default_str()
      ->type_name("SIZE");
  app.add_flag("--json", json, "The result as one JSON object on stdout");
  app.add_flag("--serve", is_server)->group("");  // the role of the second process
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_ok : exit_usage;
  }
  if (is_server) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // never outlives the demonstration
    return run_command(demo_serve());
  }
  const auto size = parse_size(size_text);
  if (!size) {
    fmt::print(stderr, "error: --size: not a size: {}\n", size_text);
    return exit_usage;
  }
  return run_command([&] { return demonstrate(*size, json); });
}

}  // namespace
}  // namespace iroh::tools

int main(int argc, char** argv) {
  return iroh::tools::main(argc, argv);
}
