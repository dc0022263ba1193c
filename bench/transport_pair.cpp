// SPDX-License-Identifier: MIT OR Apache-2.0
// One side of a bulk transfer over loopback, with the same command line and output as bench/reference: what
// bench/run_transport.py compares. One connection, one stream, no relay, no lookup.
#include <sys/resource.h>

#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <iostream>
#include <map>

#include "iroh/iroh.hpp"

namespace {

constexpr std::string_view alpn = "iroh-cpp/bench/transport/1";

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Wall and CPU time of a span of the program.
class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }
  double cpu() const { return cpu_seconds() - cpu_start_; }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  double cpu_start_ = cpu_seconds();
};

void report(std::string_view role, std::uint64_t bytes, const Stopwatch& watch) {
  std::cout << "{\"role\":\"" << role << "\",\"bytes\":" << bytes << ",\"seconds\":" << watch.seconds()
            << ",\"cpu_seconds\":" << watch.cpu() << "}" << std::endl;
}

iroh::Task<iroh::Endpoint> bind_loopback(const std::string& addr, bool accepts) {
  iroh::EndpointOptions options;
  if (accepts) options.alpns = {std::string(alpn)};
  options.bind_addrs = {iroh::BindAddr{.addr = iroh::SocketAddr::parse(addr).value()}};
  options.default_bind_addrs = false;
  co_return co_await iroh::Endpoint::bind(std::move(options));
}

iroh::Task<> serve(std::string addr) {
  const iroh::Endpoint endpoint = co_await bind_loopback(addr, true);
  std::cout << "{\"event\":\"ready\",\"id\":\"" << endpoint.id() << "\",\"addr\":\"" << endpoint.bound_sockets().front()
            << "\"}" << std::endl;
  iroh::Incoming incoming = co_await endpoint.accept();
  const iroh::Connection connection = co_await incoming.accept();
  auto [send, recv] = co_await connection.accept_bi();
  const Stopwatch watch;
  std::uint64_t count = 0;
  for (;;) {
    const std::vector<iroh::Bytes> chunks = co_await recv.read_chunks();
    if (chunks.empty()) break;
    for (const iroh::Bytes& chunk : chunks) count += chunk.size();
  }
  report("serve", count, watch);
  std::array<std::byte, 8> answer{};
  for (std::size_t i = 0; i < answer.size(); ++i) answer[i] = static_cast<std::byte>(count >> (56 - 8 * i));
  co_await send.write_all(answer);
  (void)send.finish();
  co_await connection.closed();
  co_await endpoint.close();
}

iroh::Task<> send_bytes(std::string own, std::string id, std::string addr, std::uint64_t bytes) {
  const iroh::Endpoint endpoint = co_await bind_loopback(own, false);
  const iroh::EndpointAddr remote =
      iroh::EndpointAddr(iroh::EndpointId::parse(id).value()).with_ip_addr(iroh::SocketAddr::parse(addr).value());
  const iroh::Connection connection = co_await endpoint.connect(remote, alpn);
  auto [send, recv] = co_await connection.open_bi();
  const Stopwatch watch;
  // One buffer, sent again and again without copies, as the reference program does.
  const iroh::Bytes block = iroh::Bytes::from_string(std::string(std::size_t{1} << 20, 'x'));
  for (std::uint64_t done = 0; done < bytes; done += block.size()) {
    co_await send.write_all(
        block.slice(0, static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), bytes - done))));
  }
  (void)send.finish();
  const iroh::Bytes answer = co_await recv.read_to_end(8);
  std::uint64_t received = 0;
  for (const std::byte byte : answer.span()) received = received << 8 | std::to_integer<std::uint64_t>(byte);
  report("send", received, watch);
  if (received != bytes) throw std::runtime_error("the other side received another number of bytes");
  const auto stats = connection.stats();
  std::cerr << "datagrams sent " << stats.udp_tx.datagrams << " in " << stats.udp_tx_batches << " batches, received "
            << stats.udp_rx.datagrams << ", packets lost " << stats.lost_packets << "\n";
  connection.close(0, "done");
  co_await endpoint.close();
}

constexpr char usage[] =
    "usage: transport_pair serve [--bind IP:PORT]\n"
    "       transport_pair send --id HEX --addr IP:PORT --bytes N [--bind IP:PORT]\n"
    "example: transport_pair serve --bind 127.0.0.1:4433\n";

}  // namespace

int main(int argc, char** argv) {
  const std::string role = argc > 1 ? argv[1] : "";
  std::map<std::string, std::string> options{{"--bind", "127.0.0.1:0"}};
  for (int i = 2; i + 1 < argc; i += 2) options[argv[i]] = argv[i + 1];
  if (role == "serve") return iroh::run(serve(options["--bind"]));
  if (role == "send" && options.contains("--id") && options.contains("--addr") && options.contains("--bytes")) {
    return iroh::run(
        send_bytes(options["--bind"], options["--id"], options["--addr"], std::stoull(options["--bytes"])));
  }
  std::cerr << usage;
  return 2;
}
