// SPDX-License-Identifier: MIT OR Apache-2.0
// A player that jumps: while a film is fetched from its beginning, the second that the viewer has jumped to is fetched
// first and read as soon as it is there.
#include <iostream>
#include <iroh/blobs/blobs.hpp>
#include <iroh/iroh.hpp>

constexpr std::size_t film_size = 32 << 20;
constexpr std::size_t second_size = 256 << 10;
constexpr std::size_t jumps[] = {100, 3, 127};

iroh::Bytes film() {
  std::string text(film_size, '\0');
  for (std::size_t i = 0; i < text.size(); i += 8) text[i] = static_cast<char>(i / second_size);
  return iroh::Bytes::from_string(std::move(text));
}

iroh::Task<> play() {
  auto server = co_await iroh::Endpoint::bind();
  auto server_store = iroh::BlobStore::in_memory();
  auto added = co_await server_store.add_bytes(film());
  iroh::ServeOptions slowly;
  slowly.bandwidth_limit = 64 << 20;
  auto router = iroh::Router(server).accept(iroh::blobs_alpn, iroh::serve(server_store, slowly));

  auto endpoint = co_await iroh::Endpoint::bind();
  auto store = iroh::BlobStore::in_memory();
  iroh::Downloader downloader(endpoint, store);
  std::vector<iroh::EndpointAddr> providers{server.addr()};
  iroh::Download whole = downloader.fetch(added.content(), providers);

  for (const std::size_t second : jumps) {
    const std::size_t begin = second * second_size;
    auto ranges = iroh::ChunkRanges::bytes(begin, begin + second_size);
    iroh::Download part = downloader.fetch(iroh::GetRequest::blob_ranges(added.hash(), ranges), providers);
    co_await part.finish();
    auto bytes = co_await store.read_range(added.hash(), begin, second_size);
    std::cout << "second " << int(bytes.text()[0]) << ": " << bytes.size() << " bytes\n";
  }
  co_await whole.finish();
  auto bitfield = co_await store.bitfield(added.hash());
  std::cout << (bitfield.is_complete() ? "all of it" : "something is missing") << '\n';
  co_await endpoint.close();
  co_await router.shutdown();
}

int main() {
  return iroh::run(play());
}
