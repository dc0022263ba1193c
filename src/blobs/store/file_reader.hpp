// SPDX-License-Identifier: MIT OR Apache-2.0
// An open blob of a file store. Holds no file open between calls.
#pragma once

#include "blobs/store/file_store_core.hpp"

namespace iroh::blobs {

class FileReader final : public BlobReader {
 public:
  FileReader(std::shared_ptr<FileStoreCore> core, EntryPtr entry) : handle_(std::move(core), std::move(entry)) {}

  const Bitfield& bitfield() const noexcept override { return handle_.entry().bitfield; }
  Result<void> read(std::uint64_t offset, std::span<std::byte> out) override;
  std::expected<std::optional<bao::Pair>, bao::ReadError> pair(std::uint64_t index) override;
  std::expected<base::ByteSpan, bao::ReadError> data(std::uint64_t offset, std::size_t needed,
                                                     std::size_t useful) override;

 private:
  /// Opens what is needed and has writers put down what they hold back.
  Result<void> prepare();

  EntryHandle handle_;
  StoredSource source_;
};

}  // namespace iroh::blobs
