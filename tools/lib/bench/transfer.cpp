// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/bench/transfer.hpp"

#include <algorithm>

#include "tools/lib/bench/protocol.hpp"

namespace iroh::tools {

Task<> write_blocks(SendStream stream, std::uint64_t size, TransferProgress* progress) {
  const Bytes block = Bytes::from_string(std::string(bench_block_bytes, 'Z'));
  for (std::uint64_t left = size; left > 0;) {
    const std::uint64_t part = std::min<std::uint64_t>(left, block.size());
    co_await stream.write_all(block.slice(0, static_cast<std::size_t>(part)));
    left -= part;
    if (progress != nullptr) progress->add(part);
  }
}

Task<std::uint64_t> read_all(RecvStream stream, TransferProgress* progress) {
  std::uint64_t count = 0;
  while (true) {
    const std::vector<Bytes> chunks = co_await stream.read_chunks();
    if (chunks.empty()) co_return count;
    std::uint64_t part = 0;
    for (const Bytes& chunk : chunks) part += chunk.size();
    count += part;
    if (progress != nullptr) progress->add(part);
  }
}

}  // namespace iroh::tools
