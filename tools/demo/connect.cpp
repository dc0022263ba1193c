// SPDX-License-Identifier: MIT OR Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "iroh/endpoint/endpoint.hpp"
#include "tools/demo/demo.hpp"
#include "tools/lib/failure.hpp"
#include "tools/lib/progress_bar.hpp"

namespace iroh::tools {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

Task<> check_echo(Connection connection) {
  constexpr std::string_view message = "hello, this is the other process";
  const BiStream stream = co_await connection.open_bi();
  co_await stream.send.write_all(demo_echo + std::string(message));
  static_cast<void>(stream.send.finish());
  const Bytes answer = co_await stream.recv.read_to_end(2 * message.size());
  if (answer.text() != message) throw Failure("the echo differs from the message");
}

/// Compares with the blocks that the server repeats, from a position in the whole on.
bool is_expected(std::span<const std::byte> data, std::uint64_t position, const std::string& block) {
  while (!data.empty()) {
    const std::size_t offset = static_cast<std::size_t>(position % block.size());
    const std::size_t count = std::min(data.size(), block.size() - offset);
    if (std::memcmp(data.data(), block.data() + offset, count) != 0) return false;
    data = data.subspan(count);
    position += count;
  }
  return true;
}

Task<> download(Connection connection, std::uint64_t size) {
  const BiStream stream = co_await connection.open_bi();
  std::string request(1, demo_download);
  for (int shift = 56; shift >= 0; shift -= 8) request += static_cast<char>(size >> shift & 0xff);
  co_await stream.send.write_all(request);
  static_cast<void>(stream.send.finish());
  const std::string block = demo_block();
  ProgressBar bar("receiving", size);
  std::uint64_t done = 0;
  for (;;) {
    const std::vector<Bytes> chunks = co_await stream.recv.read_chunks();
    if (chunks.empty()) break;
    for (const Bytes& chunk : chunks) {
      if (!is_expected(chunk.span(), done, block)) throw Failure(fmt::format("wrong data near byte {}", done));
      done += chunk.size();
    }
    bar.update(std::min(done, size));
  }
  if (done != size) throw Failure(fmt::format("{} bytes arrived instead of {}", done, size));
}

std::string describe_path(const Connection& connection, const Endpoint& endpoint) {
  for (const Path& path : connection.paths()) {
    if (path.is_selected)
      return fmt::format("{} -> {}", endpoint.bound_sockets().front().to_string(),
                         path.is_ip() ? path.remote_addr.ip()->to_string() : path.remote_addr.to_string());
  }
  return "none";
}

}  // namespace

Task<DemoReport> demo_connect(std::string ticket, std::uint64_t size) {
  const auto parsed = EndpointTicket::parse(ticket);
  if (!parsed) throw Failure("the server gave no ticket: " + parsed.error().message());
  EndpointOptions options;
  options.bind_addrs = {{.addr = SocketAddr(IpAddr::v4_loopback(), 0)}};
  options.default_bind_addrs = false;
  Endpoint endpoint = co_await Endpoint::bind(std::move(options));

  DemoReport report;
  report.server_id = parsed->id().to_string();
  report.client_id = endpoint.id().to_string();
  report.bytes = size;
  const auto dialled = Clock::now();
  const Connection connection = co_await endpoint.connect(*parsed, demo_alpn);
  report.handshake_ms = milliseconds(Clock::now() - dialled);
  co_await check_echo(connection);
  report.rtt_ms = milliseconds(connection.rtt());  // before the bulk data fills the queues
  const auto start = Clock::now();
  co_await download(connection, size);
  report.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  report.path = describe_path(connection, endpoint);
  connection.close(0, "done");
  co_await endpoint.close();
  co_return report;
}

}  // namespace iroh::tools
