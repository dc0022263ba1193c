// SPDX-License-Identifier: MIT OR Apache-2.0
// Where the encoder and the validator get stored bytes from. A store implements it; MemorySource is for bytes in
// memory.
#pragma once

#include <algorithm>
#include <array>
#include <expected>
#include <optional>

#include "bao/geometry.hpp"
#include "base/byte_span.hpp"

namespace iroh::bao {

using Pair = std::array<std::byte, pair_size>;
struct ReadError {};

class Source {
 public:
  Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  virtual ~Source() = default;

  /// The pair of this index in pre-order; nothing if the outboard is shorter.
  virtual std::expected<std::optional<Pair>, ReadError> pair(std::uint64_t index) = 0;
  /// A view of the data from `offset` on. The caller needs `needed` bytes and could use `useful` (>= needed); fewer
  /// than needed means that the data ends there. Valid until the next call of data().
  virtual std::expected<base::ByteSpan, ReadError> data(std::uint64_t offset, std::size_t needed,
                                                        std::size_t useful) = 0;
};

class MemorySource final : public Source {
 public:
  MemorySource(base::ByteSpan data, base::ByteSpan outboard) noexcept : data_(data), outboard_(outboard) {}

  std::expected<std::optional<Pair>, ReadError> pair(std::uint64_t index) override {
    if (index >= outboard_.size() / pair_size) return std::nullopt;
    Pair pair;
    std::ranges::copy(outboard_.subspan(static_cast<std::size_t>(index) * pair_size, pair_size), pair.begin());
    return pair;
  }
  std::expected<base::ByteSpan, ReadError> data(std::uint64_t offset, std::size_t, std::size_t useful) override {
    if (offset >= data_.size()) return base::ByteSpan();
    const auto begin = static_cast<std::size_t>(offset);
    return data_.subspan(begin, std::min(useful, data_.size() - begin));
  }

 private:
  base::ByteSpan data_;
  base::ByteSpan outboard_;
};

}  // namespace iroh::bao
