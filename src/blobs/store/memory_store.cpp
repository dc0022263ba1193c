// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/store/memory_store.hpp"

#include "bao/outboard.hpp"
#include "base/try.hpp"
#include "blobs/store/file_io.hpp"

namespace iroh::blobs {

class MemoryStore::Reader final : public BlobReader {
 public:
  explicit Reader(BlobPtr blob) noexcept : blob_(std::move(blob)) {}

  const Bitfield& bitfield() const noexcept override { return blob_->bitfield(); }
  std::expected<std::optional<bao::Pair>, bao::ReadError> pair(std::uint64_t index) override {
    return blob_->pair(index);
  }
  std::expected<base::ByteSpan, bao::ReadError> data(std::uint64_t offset, std::size_t needed,
                                                     std::size_t useful) override {
    page_ = blob_->hold(offset);
    return blob_->data(offset, needed, useful);
  }
  Result<void> read(std::uint64_t offset, std::span<std::byte> out) override {
    if (!is_present(blob_->bitfield(), offset, out.size())) return failure(BlobError::not_found);
    blob_->read(offset, out);
    return {};
  }

 private:
  BlobPtr blob_;
  std::shared_ptr<const void> page_;  ///< that the caller may be looking at
};

class MemoryStore::Writer final : public BlobWriter {
 public:
  Writer(const Hash& hash, BlobPtr blob, std::uint64_t size, std::shared_ptr<std::set<Hash>> written) noexcept
      : hash_(hash), blob_(std::move(blob)), size_(size), written_(std::move(written)) {}

  Result<void> write(const bao::Item& item) override {
    written_->insert(hash_);
    blob_->write(item, size_);
    return {};
  }
  const Bitfield& bitfield() const noexcept override { return blob_->bitfield(); }

 private:
  Hash hash_;
  BlobPtr blob_;
  std::uint64_t size_;
  std::shared_ptr<std::set<Hash>> written_;
};

Result<Bitfield> MemoryStore::bitfield(const Hash& hash) {
  // [blobs.md 57] The empty blob is present in every store.
  if (hash == Hash::empty()) return Bitfield::complete(0);
  const auto found = blobs_.find(hash);
  return found == blobs_.end() ? Bitfield() : found->second->bitfield();
}

Result<std::vector<Hash>> MemoryStore::list() {
  std::vector<Hash> hashes;
  for (const auto& [hash, blob] : blobs_) hashes.push_back(hash);
  return hashes;
}

Result<std::unique_ptr<BlobReader>> MemoryStore::open(const Hash& hash) {
  if (hash == Hash::empty()) {
    return std::make_unique<Reader>(std::make_shared<MemoryBlob>(Bytes(), std::vector<std::byte>()));
  }
  const auto found = blobs_.find(hash);
  if (found == blobs_.end()) return failure(BlobError::not_found);
  return std::make_unique<Reader>(found->second);
}

Result<std::unique_ptr<BlobWriter>> MemoryStore::write(const Hash& hash, std::uint64_t size) {
  if (hash == Hash::empty()) {
    auto complete = std::make_shared<MemoryBlob>(Bytes(), std::vector<std::byte>());
    return std::make_unique<Writer>(hash, std::move(complete), size, std::make_shared<std::set<Hash>>());
  }
  BlobPtr& blob = blobs_[hash];
  if (!blob) blob = std::make_shared<MemoryBlob>();
  protected_->insert(hash);
  return std::make_unique<Writer>(hash, blob, size, protected_);
}

Result<std::size_t> MemoryStore::remove(std::span<const Hash> hashes, bool is_forced) {
  std::size_t removed = 0;
  for (const Hash& hash : hashes) {
    const auto found = blobs_.find(hash);
    if (found == blobs_.end()) continue;
    // [blobs.md 73] Open, or written to since the cycle began.
    if (!is_forced && (found->second.use_count() > 1 || protected_->contains(hash))) continue;
    blobs_.erase(found);
    ++removed;
  }
  return removed;
}

Result<HashAndFormat> MemoryStore::import_bytes(Bytes data, const ImportOptions& options) {
  bao::Outboard outboard = bao::make_outboard(data);
  const HashAndFormat content = {Hash(outboard.hash), options.format};
  temp_tags_.add(options.scope, content);
  if (content.hash == Hash::empty()) return content;
  if (options.progress) options.progress(data.size());
  BlobPtr& blob = blobs_[content.hash];
  if (!blob) blob = std::make_shared<MemoryBlob>();
  // In place, so that readers of the partial blob see the rest of it.
  if (!blob->bitfield().is_complete()) *blob = MemoryBlob(std::move(data), std::move(outboard.bytes));
  protected_->insert(content.hash);
  return content;
}

Result<HashAndFormat> MemoryStore::import_file(const std::filesystem::path& path, ImportMode mode,
                                               const ImportOptions& options) {
  if (mode == ImportMode::reflink) return failure(BlobError::unsupported);
  IROH_TRY(data, read_whole_file(path));
  IROH_TRY(content, import_bytes(std::move(data), options));
  if (mode == ImportMode::move) {
    std::error_code removed;
    if (!std::filesystem::remove(path, removed)) return std::unexpected(error_code(removed));
  }
  return content;
}

Result<void> MemoryStore::export_file(const Hash& hash, const std::filesystem::path& target, ExportMode mode,
                                      const Progress& progress) {
  if (mode == ExportMode::reflink) return failure(BlobError::unsupported);
  IROH_TRY(reader, open(hash));
  if (!reader->bitfield().is_complete()) return failure(BlobError::incomplete);
  IROH_TRY_VOID(write_whole_file(target, *reader, progress));
  if (mode == ExportMode::move) blobs_.erase(hash);
  return {};
}

Result<void> MemoryStore::set_tag(const TagName& name, const HashAndFormat& content) {
  tags_.insert_or_assign(name, content);
  return {};
}

Result<HashAndFormat> MemoryStore::tag(const TagName& name) {
  const auto found = tags_.find(name);
  if (found == tags_.end()) return failure(BlobError::not_found);
  return found->second;
}

Result<std::vector<TagInfo>> MemoryStore::list_tags(const TagRange& range) {
  std::vector<TagInfo> found;
  auto at = range.from ? tags_.lower_bound(*range.from) : tags_.begin();
  for (; at != tags_.end() && range.contains(at->first); ++at) found.push_back({at->first, at->second});
  return found;
}

Result<std::size_t> MemoryStore::delete_tags(const TagRange& range) {
  return std::erase_if(tags_, [&range](const auto& entry) { return range.contains(entry.first); });
}

Result<void> MemoryStore::rename_tag(const TagName& from, const TagName& to) {
  const auto found = tags_.find(from);
  if (found == tags_.end()) return failure(BlobError::not_found);
  const HashAndFormat content = found->second;
  tags_.erase(found);
  tags_.insert_or_assign(to, content);
  return {};
}

Result<void> MemoryStore::clear_protected() {
  protected_->clear();
  return {};
}

}  // namespace iroh::blobs
