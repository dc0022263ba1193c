// SPDX-License-Identifier: MIT OR Apache-2.0
// A store that lives as long as the process: everything in memory, with all features. Files are read into memory,
// whether copied or referred to; sharing blocks with them is BlobError::unsupported.
#pragma once

#include <map>
#include <memory>
#include <set>

#include "blobs/store/memory_blob.hpp"
#include "blobs/store/store.hpp"

namespace iroh::blobs {

class MemoryStore final : public Store {
 public:
  Result<Bitfield> bitfield(const Hash& hash) override;
  Result<std::vector<Hash>> list() override;
  Result<std::unique_ptr<BlobReader>> open(const Hash& hash) override;
  Result<std::unique_ptr<BlobWriter>> write(const Hash& hash, std::uint64_t size) override;
  Result<std::size_t> remove(std::span<const Hash> hashes, bool is_forced) override;

  Result<HashAndFormat> import_bytes(Bytes data, const ImportOptions& options) override;
  Result<HashAndFormat> import_file(const std::filesystem::path& path, ImportMode mode,
                                    const ImportOptions& options) override;
  Result<void> export_file(const Hash& hash, const std::filesystem::path& target, ExportMode mode,
                           const Progress& progress) override;

  Result<void> set_tag(const TagName& name, const HashAndFormat& content) override;
  Result<HashAndFormat> tag(const TagName& name) override;
  Result<std::vector<TagInfo>> list_tags(const TagRange& range) override;
  Result<std::size_t> delete_tags(const TagRange& range) override;
  Result<void> rename_tag(const TagName& from, const TagName& to) override;

  TempTags& temp_tags() noexcept override { return temp_tags_; }
  Result<void> clear_protected() override;
  Result<void> sync() override { return {}; }

 private:
  /// Shared with open readers and writers: more than one owner means that the blob is open.
  using BlobPtr = std::shared_ptr<MemoryBlob>;

  class Reader;
  class Writer;

  std::map<Hash, BlobPtr> blobs_;
  std::map<TagName, HashAndFormat> tags_;
  TempTags temp_tags_;
  std::shared_ptr<std::set<Hash>> protected_ = std::make_shared<std::set<Hash>>();  // shared with writers
};

}  // namespace iroh::blobs
