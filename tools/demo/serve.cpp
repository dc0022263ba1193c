// SPDX-License-Identifier: MIT OR Apache-2.0
#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <cstdio>

#include "iroh/endpoint/endpoint.hpp"
#include "tools/demo/demo.hpp"
#include "tools/lib/task_group.hpp"

namespace iroh::tools {
namespace {

namespace asio = boost::asio;
constexpr auto values = asio::as_tuple(asio::deferred);

Task<> send_blocks(RecvStream recv, SendStream send) {
  const Bytes request = co_await recv.read_exact(8);
  std::uint64_t left = 0;
  for (const std::byte byte : request.span()) left = left << 8 | std::to_integer<std::uint64_t>(byte);
  const Bytes block = Bytes::from_string(demo_block());
  while (left > 0) {
    const Bytes part = block.slice(0, static_cast<std::size_t>(std::min<std::uint64_t>(left, block.size())));
    co_await send.write_all(part);
    left -= part.size();
  }
}

Task<> serve_stream(BiStream stream) {
  const Bytes kind = co_await stream.recv.read_exact(1);
  if (kind.text()[0] == demo_echo) {
    co_await copy(stream.recv, stream.send);
  } else if (kind.text()[0] == demo_download) {
    co_await send_blocks(stream.recv, stream.send);
  }
  static_cast<void>(stream.send.finish());
}

}  // namespace

std::string demo_block() {
  std::string block(demo_block_size, '\0');
  std::uint32_t state = 1;  // any fixed sequence without short periods will do
  for (char& byte : block) {
    state = state * 1'664'525 + 1'013'904'223;
    byte = static_cast<char>(state >> 24);
  }
  return block;
}

Task<int> demo_serve() {
  EndpointOptions options;
  options.alpns = {std::string(demo_alpn)};
  options.bind_addrs = {{.addr = SocketAddr(IpAddr::v4_loopback(), 0)}};
  options.default_bind_addrs = false;
  Endpoint endpoint = co_await Endpoint::bind(std::move(options));
  std::puts(EndpointTicket(endpoint.addr()).to_string().c_str());
  std::fflush(stdout);

  Incoming incoming = co_await endpoint.accept();
  Connection connection = co_await incoming.accept();
  TaskGroup streams(co_await asio::this_coro::executor);
  for (;;) {
    auto [error, stream] = co_await connection.accept_bi(values);
    if (error) break;  // the client is done
    streams.spawn(serve_stream(std::move(stream)));
  }
  co_await streams.join();
  co_await endpoint.close();
  co_return 0;
}

}  // namespace iroh::tools
