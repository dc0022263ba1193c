// SPDX-License-Identifier: MIT OR Apache-2.0
// Echo, both sides in one program: the README's example.
#include <iostream>
#include <iroh/iroh.hpp>

constexpr std::string_view alpn = "example/echo/1";

iroh::Task<> echo(iroh::Connection connection) {
  auto [send, recv] = co_await connection.accept_bi();
  co_await iroh::copy(recv, send);
  send.finish();
  co_await connection.closed();
}

iroh::Task<> run() {
  auto server = co_await iroh::Endpoint::bind();
  auto router = iroh::Router(server).accept(alpn, echo);

  auto client = co_await iroh::Endpoint::bind();
  auto connection = co_await client.connect(server.addr(), alpn);
  auto [send, recv] = co_await connection.open_bi();
  co_await send.write_all("hello, ");
  co_await send.write_all(server.id().short_string());
  send.finish();
  std::cout << co_await recv.read_to_end(1024) << '\n';

  connection.close(0, "done");
  co_await client.close();
  co_await router.shutdown();
}

int main() {
  return iroh::run(run());
}
