// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blake3/tree.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/assert.hpp"
#include "blake3/words.hpp"

namespace iroh::blake3 {
namespace {

/// Chunks hashed before their parents are: enough to fill 16 lanes of parents four levels up.
constexpr std::size_t batch_chunks = 256;
constexpr std::size_t batch_size = batch_chunks * chunk_size;
using Batch = std::array<Digest, batch_chunks>;

constexpr std::size_t chunk_count(std::size_t size) noexcept {
  return std::max<std::size_t>(1, size / chunk_size + (size % chunk_size != 0 ? 1 : 0));
}

/// The chaining values of all chunks of at most one batch.
std::size_t hash_chunks(const Kernel& kernel, ByteSpan data, std::uint64_t first_chunk, const Mode& mode,
                        Batch& out) noexcept {
  const std::size_t whole = data.size() / chunk_size;
  kernel.hash_many({.input = data.data(),
                    .stride = chunk_size,
                    .count = whole,
                    .blocks = chunk_size / block_size,
                    .key = &mode.key,
                    .counter = first_chunk,
                    .counter_increments = true,
                    .flags = mode.flags,
                    .first_block_flags = flag_chunk_start,
                    .last_block_flags = flag_chunk_end,
                    .output = out[0].data()});
  if (whole * chunk_size == data.size()) return whole;
  out[whole] = on::chunk(kernel, data.subspan(whole * chunk_size), first_chunk + whole, Node::inner, mode);
  return whole + 1;
}

/// One level up: pairs become parents, an odd one at the end rises as it is. How many are left.
std::size_t fold_level(const Kernel& kernel, const Mode& mode, Batch& values, std::size_t count) noexcept {
  const std::size_t pairs = count / 2;
  kernel.hash_many({.input = values[0].data(),
                    .stride = block_size,
                    .count = pairs,
                    .blocks = 1,
                    .key = &mode.key,
                    .flags = static_cast<std::uint8_t>(mode.flags | flag_parent),
                    .output = values[0].data()});
  if (count % 2 == 0) return pairs;
  values[pairs] = values[count - 1];
  return pairs + 1;
}

Digest fold(const Kernel& kernel, const Mode& mode, Batch& values, std::size_t count, Node node) noexcept {
  while (count > 2) count = fold_level(kernel, mode, values, count);
  return on::parent(kernel, values[0], values[1], node, mode);
}

}  // namespace

Mode Mode::keyed(std::span<const std::byte, digest_size> key) noexcept {
  return {words_from(key), flag_keyed_hash};
}

Mode Mode::derive_key(ByteSpan context) noexcept {
  const Digest key = hash(context, {initial_words, flag_derive_key_context});
  return {words_from(key), flag_derive_key_material};
}

namespace on {

Digest chunk(const Kernel& kernel, ByteSpan data, std::uint64_t number, Node node, const Mode& mode) noexcept {
  IROH_ASSERT(data.size() <= chunk_size);
  Words value = mode.key;
  std::array<std::uint32_t, 16> out;
  std::uint8_t flags = mode.flags | flag_chunk_start;
  while (data.size() > block_size) {
    kernel.compress(value, data.data(), block_size, number, flags, out);
    std::copy_n(out.begin(), value.size(), value.begin());
    data = data.subspan(block_size);
    flags = mode.flags;
  }
  std::array<std::byte, block_size> last{};
  std::ranges::copy(data, last.begin());
  // [blobs.md 12] The root flag belongs to the last block of the topmost node alone.
  flags |= flag_chunk_end;
  if (node == Node::root) flags |= flag_root;
  kernel.compress(value, last.data(), static_cast<std::uint32_t>(data.size()), number, flags, out);
  return bytes_of(out);
}

Digest parent(const Kernel& kernel, const Digest& left, const Digest& right, Node node, const Mode& mode) noexcept {
  std::array<Digest, 2> block = {left, right};
  std::array<std::uint32_t, 16> out;
  std::uint8_t flags = mode.flags | flag_parent;
  if (node == Node::root) flags |= flag_root;
  kernel.compress(mode.key, block[0].data(), block_size, 0, flags, out);
  return bytes_of(out);
}

Digest subtree(const Kernel& kernel, ByteSpan data, std::uint64_t first_chunk, Node node, const Mode& mode) noexcept {
  if (data.size() <= chunk_size) return chunk(kernel, data, first_chunk, node, mode);
  if (data.size() <= batch_size) {
    Batch values;
    const std::size_t count = hash_chunks(kernel, data, first_chunk, mode, values);
    return fold(kernel, mode, values, count, node);
  }
  const std::size_t left_chunks = std::bit_floor(chunk_count(data.size()) - 1);
  const std::size_t left_size = left_chunks * chunk_size;
  const Digest left = subtree(kernel, data.first(left_size), first_chunk, Node::inner, mode);
  const Digest right = subtree(kernel, data.subspan(left_size), first_chunk + left_chunks, Node::inner, mode);
  return parent(kernel, left, right, node, mode);
}

void subtrees(const Kernel& kernel, ByteSpan data, std::size_t run_size, std::uint64_t first_chunk,
              std::span<Digest> out, const Mode& mode) noexcept {
  IROH_ASSERT(run_size % chunk_size == 0 && std::has_single_bit(run_size));
  std::size_t done = 0;
  if (run_size <= batch_size) {
    const std::size_t runs_at_once = batch_size / run_size;
    for (std::size_t whole = data.size() / run_size; done < whole;) {
      Batch values;
      const std::size_t runs = std::min(runs_at_once, whole - done);
      const std::uint64_t chunk_number = first_chunk + done * (run_size / chunk_size);
      std::size_t count =
          hash_chunks(kernel, data.subspan(done * run_size, runs * run_size), chunk_number, mode, values);
      while (count > runs) count = fold_level(kernel, mode, values, count);
      std::copy_n(values.begin(), runs, out.begin() + static_cast<std::ptrdiff_t>(done));
      done += runs;
    }
  }
  for (std::size_t at = done * run_size; at < data.size(); at += run_size) {
    const ByteSpan run = data.subspan(at, std::min(run_size, data.size() - at));
    out[done++] = subtree(kernel, run, first_chunk + at / chunk_size, Node::inner, mode);
  }
}

}  // namespace on

// [blobs.md 11]
Digest hash(ByteSpan data, const Mode& mode) noexcept {
  return on::subtree(best_kernel(), data, 0, Node::root, mode);
}

Digest subtree(ByteSpan data, std::uint64_t first_chunk, Node node, const Mode& mode) noexcept {
  return on::subtree(best_kernel(), data, first_chunk, node, mode);
}

void subtrees(ByteSpan data, std::size_t run_size, std::uint64_t first_chunk, std::span<Digest> out) noexcept {
  on::subtrees(best_kernel(), data, run_size, first_chunk, out, {});
}

Digest parent(const Digest& left, const Digest& right, Node node, const Mode& mode) noexcept {
  return on::parent(best_kernel(), left, right, node, mode);
}

}  // namespace iroh::blake3
