// SPDX-License-Identifier: MIT OR Apache-2.0
// Insert and acknowledge, per packet. The target is 1.4 to 2.1 ns without frames. [performance.md §2.5]
#include <benchmark/benchmark.h>

#include "quic/space/sent_packets.hpp"

namespace iroh::quic {
namespace {

void insert_and_acknowledge(benchmark::State& state) {
  const auto window = static_cast<PacketNumber>(state.range(0));
  const auto frame_count = static_cast<std::size_t>(state.range(1));
  const std::vector<SentFrame> frames(frame_count, SentFrame{.kind = SentFrame::Kind::stream, .length = 1400});
  SentPackets sent;
  std::vector<SentFrame> acked;
  PacketNumber next = 0;
  constexpr PacketNumber train = 45;
  for (auto _ : state) {
    for (PacketNumber i = 0; i < train; ++i) sent.insert(next++, SentPacket{.size = 1452}, frames);
    if (next < window) continue;
    acked.clear();
    for (auto pn = sent.first(); pn < next - window + train; ++pn) {
      sent.append_frames(sent.at(pn), acked);
      sent.settle(pn, true);
    }
    sent.trim();
    benchmark::DoNotOptimize(acked.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(train));
}
BENCHMARK(insert_and_acknowledge)->ArgNames({"window", "frames"})->Args({1000, 0})->Args({1000, 1})->Args({10'000, 1});

}  // namespace
}  // namespace iroh::quic
