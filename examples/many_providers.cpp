// SPDX-License-Identifier: MIT OR Apache-2.0
// One blob from four providers at the same time, of which one is not there and one refuses.
#include <iostream>
#include <iroh/blobs/blobs.hpp>
#include <iroh/iroh.hpp>

constexpr bool serves[] = {true, false, true};

struct Provider {
  iroh::Endpoint endpoint;
  iroh::BlobStore store = iroh::BlobStore::in_memory();
  iroh::Router router;
};

iroh::Task<Provider> start(iroh::Bytes data, bool allow_get) {
  Provider provider;
  provider.endpoint = co_await iroh::Endpoint::bind();
  auto added = co_await provider.store.add_bytes(data);
  co_await provider.store.set_tag("data", added.content());
  iroh::ServeOptions options;
  options.allow_get = allow_get;
  provider.router = iroh::Router(provider.endpoint).accept(iroh::blobs_alpn, iroh::serve(provider.store, options));
  co_return provider;
}

iroh::Task<> fetch() {
  const auto data = iroh::Bytes::from_string(std::string(48 << 20, 'x'));
  std::vector<Provider> all;
  std::vector<iroh::EndpointAddr> addrs;
  for (const bool allow_get : serves) {
    all.push_back(co_await start(data, allow_get));
    addrs.push_back(all.back().endpoint.addr());
  }
  addrs.insert(addrs.begin(), iroh::SecretKey::generate().public_key());  // nobody knows where that is

  auto endpoint = co_await iroh::Endpoint::bind();
  iroh::Downloader downloader(endpoint, iroh::BlobStore::in_memory());
  auto content = iroh::HashAndFormat::raw(iroh::Hash::of(data));
  iroh::Download download = downloader.fetch(content, addrs);
  while (auto event = co_await download.next()) {
    if (event->failure) std::cout << "a provider failed: " << event->failure->error.message() << '\n';
    if (event->kind == iroh::DownloadEvent::Kind::complete) std::cout << "got " << event->bytes_done << " bytes\n";
  }
  co_await endpoint.close();
  for (Provider& provider : all) co_await provider.router.shutdown();
}

int main() {
  return iroh::run(fetch());
}
