// SPDX-License-Identifier: MIT OR Apache-2.0
// Receives a blob into a file store: neighbouring leaves are collected and written at once, pairs likewise, and only
// then does the bitfield know of them. [blobs.md §4.3.4]
#pragma once

#include <vector>

#include "blobs/store/file_store_core.hpp"

namespace iroh::blobs {

/// Bytes for one place in a file that grow at their end.
class WriteRun {
 public:
  bool is_empty() const noexcept { return bytes_.empty(); }
  std::size_t size() const noexcept { return bytes_.size(); }
  bool continues_at(std::uint64_t offset) const noexcept { return offset == offset_ + bytes_.size(); }
  void append(std::uint64_t offset, base::ByteSpan bytes);
  /// Writes everything and is empty, whether it worked or not.
  Result<void> write_to(const File& file);

 private:
  std::uint64_t offset_ = 0;
  std::vector<std::byte> bytes_;
};

class FileWriter final : public BlobWriter {
 public:
  /// Held back per writer, at most: what one write to the file takes.
  static constexpr std::size_t max_run = std::size_t{256} << 10;
  static constexpr std::size_t max_pairs_run = std::size_t{16} << 10;

  FileWriter(std::shared_ptr<FileStoreCore> core, EntryPtr entry, std::uint64_t claimed_size);
  ~FileWriter() override;

  Result<void> write(const bao::Item& item) override;
  Result<void> flush() override;
  const Bitfield& bitfield() const noexcept override;

  /// Writes and publishes what was held back. A failure is final for this writer.
  Result<void> put_down();

 private:
  Result<void> take(const bao::Item& item);
  Result<void> take_pair(const bao::Item& item);
  Result<void> take_leaf(const bao::Item& item);
  Result<void> take_in_memory(const bao::Item& item);
  Result<void> write_held_back();

  EntryHandle handle_;
  std::uint64_t claimed_size_;
  WriteRun leaves_;
  WriteRun pairs_;
  std::uint64_t first_chunk_ = 0;  ///< of leaves_
  std::uint64_t end_chunk_ = 0;
  std::optional<error_code> failed_;
};

}  // namespace iroh::blobs
