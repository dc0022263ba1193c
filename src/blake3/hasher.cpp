// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blake3/hasher.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "blake3/words.hpp"

namespace iroh::blake3 {

void Hasher::push(const Digest& value, unsigned level) noexcept {
  Digest merged = value;
  for (std::uint64_t count = chunks_done_ >> level; (count & 1) != 0; count >>= 1) {
    merged = parent(stack_[--depth_], merged, Node::inner, mode_);
  }
  stack_[depth_++] = merged;
  chunks_done_ += std::uint64_t{1} << level;
}

/// Takes the largest aligned subtrees straight from the input, always leaving at least one byte.
ByteSpan Hasher::take_subtrees(ByteSpan data) noexcept {
  while (data.size() > chunk_size) {
    const std::size_t fitting = std::bit_floor((data.size() - 1) / chunk_size);
    const std::uint64_t alignment = chunks_done_ == 0 ? fitting : chunks_done_ & (~chunks_done_ + 1);
    const auto chunks = static_cast<std::size_t>(std::min<std::uint64_t>(fitting, alignment));
    push(subtree(data.first(chunks * chunk_size), chunks_done_, Node::inner, mode_),
         static_cast<unsigned>(std::countr_zero(chunks)));
    data = data.subspan(chunks * chunk_size);
  }
  return data;
}

void Hasher::update(ByteSpan data) noexcept {
  if (data.empty()) return;
  if (buffered_ > 0) {
    const ByteSpan part = data.first(std::min(data.size(), chunk_size - buffered_));
    std::ranges::copy(part, buffer_.begin() + static_cast<std::ptrdiff_t>(buffered_));
    buffered_ += part.size();
    data = data.subspan(part.size());
    if (data.empty()) return;
    push(subtree(buffer_, chunks_done_, Node::inner, mode_), 0);
    buffered_ = 0;
  }
  data = take_subtrees(data);
  std::ranges::copy(data, buffer_.begin());
  buffered_ = data.size();
}

Hasher::RootInput Hasher::chunk_input(ByteSpan data) const noexcept {
  RootInput input{.value = mode_.key, .block = {}, .block_length = 0, .flags = flag_chunk_start};
  for (; data.size() > block_size; data = data.subspan(block_size)) {
    std::array<std::uint32_t, 16> out;
    best_kernel().compress(input.value, data.data(), block_size, 0, mode_.flags | input.flags, out);
    std::copy_n(out.begin(), input.value.size(), input.value.begin());
    input.flags = 0;
  }
  std::ranges::copy(data, input.block.begin());
  input.block_length = static_cast<std::uint32_t>(data.size());
  input.flags |= mode_.flags | flag_chunk_end | flag_root;
  return input;
}

Hasher::RootInput Hasher::parent_input(const Digest& left, const Digest& right) const noexcept {
  RootInput input{.value = mode_.key, .block = {}, .block_length = block_size, .flags = flag_parent | flag_root};
  input.flags |= mode_.flags;
  std::ranges::copy(left, input.block.begin());
  std::ranges::copy(right, input.block.begin() + digest_size);
  return input;
}

Hasher::RootInput Hasher::root_input() const noexcept {
  const ByteSpan last = std::span(buffer_).first(buffered_);
  if (depth_ == 0) return chunk_input(last);
  Digest right = subtree(last, chunks_done_, Node::inner, mode_);
  for (std::size_t i = depth_; i > 1; --i) right = parent(stack_[i - 1], right, Node::inner, mode_);
  return parent_input(stack_[0], right);
}

Digest Hasher::finish() const noexcept {
  Digest digest;
  finish(digest);
  return digest;
}

void Hasher::finish(MutableByteSpan out, std::uint64_t position) const noexcept {
  const RootInput input = root_input();
  while (!out.empty()) {
    std::array<std::uint32_t, 16> words;
    best_kernel().compress(input.value, input.block.data(), input.block_length, position / block_size, input.flags,
                           words);
    for (std::uint32_t& word : words) word = to_little_endian(word);
    const auto block = std::as_bytes(std::span(words)).subspan(position % block_size);
    const std::size_t count = std::min(block.size(), out.size());
    std::copy_n(block.begin(), count, out.begin());
    out = out.subspan(count);
    position += count;
  }
}

}  // namespace iroh::blake3
