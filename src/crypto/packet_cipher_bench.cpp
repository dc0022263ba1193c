// SPDX-License-Identifier: MIT OR Apache-2.0
// Nanoseconds a packet for sealing and opening, per backend and suite. [performance.md §2.3]
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>

#include "crypto/packet_cipher.hpp"

namespace iroh::crypto {
namespace {

constexpr std::size_t batch_size = 64;
constexpr std::size_t aad_size = 13;

/// A batch of packets in buffers of their own, as a train is; one fixed buffer would measure its alignment.
struct Packets {
  explicit Packets(std::size_t packet_size) : buffers(batch_size, std::vector<std::byte>(packet_size)) {}
  std::vector<std::vector<std::byte>> buffers;
  std::array<std::byte, aad_size> aad{};
};

std::unique_ptr<AeadKey> make_key(const PacketCipherBackend& backend, CipherSuite suite) {
  return backend.make_aead_key(suite, std::vector<std::byte>(key_size(suite), std::byte{0x42}));
}

void report(benchmark::State& state, std::size_t packet_size) {
  const auto packets = state.iterations() * static_cast<std::int64_t>(batch_size);
  state.SetItemsProcessed(packets);
  state.SetBytesProcessed(packets * static_cast<std::int64_t>(packet_size));
}

void seal_whole(benchmark::State& state, const PacketCipherBackend& backend, CipherSuite suite,
                std::size_t packet_size) {
  const auto key = make_key(backend, suite);
  Packets packets(packet_size);
  std::vector<SealJob::Run> runs(batch_size);
  std::vector<SealJob> jobs;
  for (std::size_t i = 0; i < batch_size; ++i) {
    runs[i] = {packets.buffers[i].data(), packet_size - tag_size};
    jobs.push_back({Nonce{}, packets.aad, {&runs[i], 1}, packets.buffers[i].data()});
  }
  for (auto _ : state) key->seal(jobs);
  report(state, packet_size);
}

/// Frame headers in place, stream data elsewhere: what a bulk sender does.
void seal_scattered(benchmark::State& state, const PacketCipherBackend& backend, CipherSuite suite,
                    std::size_t packet_size) {
  const auto key = make_key(backend, suite);
  Packets packets(packet_size);
  const Packets data(packet_size);
  constexpr std::size_t frame_header_size = 8;
  std::vector<std::array<SealJob::Run, 2>> runs(batch_size);
  std::vector<SealJob> jobs;
  for (std::size_t i = 0; i < batch_size; ++i) {
    runs[i] = {{{packets.buffers[i].data(), frame_header_size},
                {data.buffers[i].data(), packet_size - tag_size - frame_header_size}}};
    jobs.push_back({Nonce{}, packets.aad, runs[i], packets.buffers[i].data()});
  }
  for (auto _ : state) key->seal(jobs);
  report(state, packet_size);
}

/// Opening destroys the packet, so most tags are wrong; the work is the same.
void open_whole(benchmark::State& state, const PacketCipherBackend& backend, CipherSuite suite,
                std::size_t packet_size) {
  const auto key = make_key(backend, suite);
  Packets packets(packet_size);
  std::vector<OpenJob> jobs;
  for (std::size_t i = 0; i < batch_size; ++i) jobs.push_back({Nonce{}, packets.aad, packets.buffers[i]});
  for (auto _ : state) key->open(jobs);
  report(state, packet_size);
}

void header_masks(benchmark::State& state, CipherSuite suite) {
  const std::vector<std::byte> bytes(key_size(suite), std::byte{0x42});
  const auto key = packet_cipher_backend(suite).make_header_key(suite, bytes);
  std::vector<HeaderSample> samples(static_cast<std::size_t>(state.range(0)));
  std::vector<HeaderMask> masks(samples.size());
  for (auto _ : state) {
    key->masks(samples, masks);
    benchmark::DoNotOptimize(masks.data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

const bool registered = [] {
  for (const CipherSuite suite :
       {CipherSuite::aes_128_gcm_sha256, CipherSuite::aes_256_gcm_sha384, CipherSuite::chacha20_poly1305_sha256}) {
    const std::string_view suite_name = name(suite).substr(4);  // without "TLS_"
    for (const PacketCipherBackend* backend : packet_cipher_backends()) {
      for (const std::size_t size : {40u, 1200u, 1452u}) {
        const auto add = [&](const char* what, auto function) {
          std::string title(what);
          title.append(suite_name).append("/").append(backend->name()).append("/").append(std::to_string(size));
          benchmark::RegisterBenchmark(title.c_str(), function, std::cref(*backend), suite, size);
        };
        add("seal/", seal_whole);
        add("seal_2_runs/", seal_scattered);
        add("open/", open_whole);
      }
    }
    std::string title("header_masks/");
    benchmark::RegisterBenchmark(title.append(suite_name).c_str(), header_masks, suite)->Arg(1)->Arg(64);
  }
  return true;
}();

}  // namespace
}  // namespace iroh::crypto
