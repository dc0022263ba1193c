// SPDX-License-Identifier: MIT OR Apache-2.0
// Data and outboard of one blob as the encoder and the checks read them: from files, in big pieces, or from memory.
#pragma once

#include <optional>
#include <vector>

#include "bao/source.hpp"
#include "blobs/store/handle_cache.hpp"
#include "iroh/base/bytes.hpp"

namespace iroh::blobs {

/// Where the bytes are; a part without a file is in memory.
struct StoredBlob {
  HandleCache::Handle data_file;
  HandleCache::Handle outboard_file;
  Bytes data;
  Bytes outboard;
};

class StoredSource final : public bao::Source {
 public:
  /// Read at once at most. Many blobs are served at a time, each with a buffer of this size.
  static constexpr std::size_t window_size = std::size_t{256} << 10;
  static constexpr std::size_t outboard_window_size = std::size_t{16} << 10;

  /// From where the next calls read. What was read ahead of the outboard is forgotten if that may change.
  void use(StoredBlob blob, bool outboard_changes);
  /// Lets go of the files; views stay valid.
  void let_go() noexcept;

  std::expected<std::optional<bao::Pair>, bao::ReadError> pair(std::uint64_t index) override;
  std::expected<base::ByteSpan, bao::ReadError> data(std::uint64_t offset, std::size_t needed,
                                                     std::size_t useful) override;

 private:
  Result<base::ByteSpan> outboard_at(std::uint64_t offset);

  StoredBlob blob_;
  std::vector<std::byte> window_;
  std::vector<std::byte> outboard_window_;
  std::uint64_t outboard_window_at_ = 0;
};

}  // namespace iroh::blobs
