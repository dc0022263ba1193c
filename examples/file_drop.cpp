// SPDX-License-Identifier: MIT OR Apache-2.0
// A file, from one to another: file_drop FILE prints a ticket and serves; file_drop TICKET TARGET gets it.
#include <filesystem>
#include <iostream>
#include <iroh/blobs/blobs.hpp>
#include <iroh/iroh.hpp>

iroh::Task<> serve(std::filesystem::path file) {
  auto store = iroh::BlobStore::in_memory();
  auto added = co_await store.add_path(std::filesystem::absolute(file));
  auto endpoint = co_await iroh::Endpoint::bind();
  auto router = iroh::Router(endpoint).accept(iroh::blobs_alpn, iroh::serve(store));
  std::cout << iroh::BlobTicket(endpoint.addr(), added.content()) << std::endl;
  co_await endpoint.closed();
}

iroh::Task<> get(std::string text, std::filesystem::path target) {
  auto ticket = iroh::BlobTicket::parse(text).value();
  auto store = iroh::BlobStore::in_memory();
  auto endpoint = co_await iroh::Endpoint::bind();
  iroh::Downloader downloader(endpoint, store);
  std::vector<iroh::EndpointAddr> providers{ticket.addr()};
  iroh::Download download = downloader.fetch(ticket.content(), providers);
  while (auto event = co_await download.next()) std::cout << event->bytes_done << " bytes\n";
  co_await store.export_path(ticket.hash(), std::filesystem::absolute(target));
  std::cout << "got " << ticket.hash() << '\n';
  co_await endpoint.close();
}

int main(int count, char** arguments) {
  if (count == 2) return iroh::run(serve(arguments[1]));
  if (count == 3) return iroh::run(get(arguments[1], arguments[2]));
  std::cerr << "file_drop FILE, or file_drop TICKET TARGET\n";
  return 2;
}
