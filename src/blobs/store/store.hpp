// SPDX-License-Identifier: MIT OR Apache-2.0
// What every blob store can do: blocking, and confined to one thread at a time. Readers and writers of one store may be
// used in turn with the store and each other. Whoever needs it asynchronous puts a thread around it. [blobs.md §4]
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "bao/item.hpp"
#include "bao/source.hpp"
#include "blobs/store/temp_tags.hpp"
#include "iroh/base/bytes.hpp"
#include "iroh/blobs/bitfield.hpp"
#include "iroh/blobs/hash.hpp"
#include "iroh/blobs/tag.hpp"

namespace iroh::blobs {

/// An open blob: data and outboard for the encoder, and plain reads. Keeps the blob from being collected.
class BlobReader : public bao::Source {
 public:
  /// What was there when the reader was opened or last refreshed by a write.
  virtual const Bitfield& bitfield() const noexcept = 0;
  /// Bytes [offset, offset + out.size()), which must be present; not verified again.
  virtual Result<void> read(std::uint64_t offset, std::span<std::byte> out) = 0;
};

/// Takes verified items of one blob, in any order of nodes. Keeps the blob from being collected, from before the first
/// item until it is destroyed; what was written stays, complete or not.
class BlobWriter {
 public:
  BlobWriter() = default;
  BlobWriter(const BlobWriter&) = delete;
  BlobWriter& operator=(const BlobWriter&) = delete;
  virtual ~BlobWriter() = default;

  /// Pairs inside groups and what is there already are ignored.
  virtual Result<void> write(const bao::Item& item) = 0;
  /// Items may be collected before they are written; this makes all of them count. To be called when a transfer ends:
  /// the destructor does the same, but has nobody to report a full disk to.
  virtual Result<void> flush() { return {}; }
  /// All that counts so far, of this writer and others.
  virtual const Bitfield& bitfield() const noexcept = 0;
};

/// What an import of unknown length may take in a store that has nothing but memory: without it, whoever feeds an
/// endless stream takes all of the machine's.
inline constexpr std::size_t max_stream_in_memory = std::size_t{1} << 30;

/// Data of a length that is not known before its end. Nothing of it is kept unless finish() succeeds.
class BlobImport {
 public:
  BlobImport() = default;
  BlobImport(const BlobImport&) = delete;
  BlobImport& operator=(const BlobImport&) = delete;
  virtual ~BlobImport() = default;

  virtual Result<void> append(std::span<const std::byte> piece) = 0;
  /// Once, and nothing after it.
  virtual Result<HashAndFormat> finish() = 0;
};

enum class ImportMode {
  copy,       ///< shares the file's blocks where the file system can, else copies
  reference,  ///< the file stays where it is, and must stay as it is; small ones are read into the store anyway
  move,       ///< the file becomes the store's own; across devices it is copied and then deleted
  reflink,    ///< only by sharing blocks; fails with BlobError::unsupported where that is not possible
};
enum class ExportMode {
  copy,       ///< shares the file's blocks where the file system can, else copies
  reference,  ///< the store's file becomes the target and is only referred to from then on
  move,       ///< the store's file becomes the target and the store forgets the blob
  reflink,    ///< only by sharing blocks; fails with BlobError::unsupported where that is not possible
};
/// Bytes done so far. Called seldom enough not to matter.
using Progress = std::function<void(std::uint64_t bytes)>;

struct ImportOptions {
  BlobFormat format = BlobFormat::raw;
  ScopeId scope = global_scope;  ///< where the temp tag is made that protects the result
  Progress progress = {};
};

/// What a check of stored bytes against the hash found.
struct VerifyReport {
  Bitfield before;                        ///< what the store believed to have
  Bitfield after;                         ///< what it has; groups that are there only in part cannot be proven
  ChunkRanges bad;                        ///< believed, and not to be proven
  std::optional<bao::Error> first_error;  ///< the first place that did not verify
};

class Store {
 public:
  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  virtual ~Store() = default;

  /// What is present of a blob; an empty bitfield if nothing is known of it. Never fails for the empty blob.
  virtual Result<Bitfield> bitfield(const Hash& hash) = 0;
  virtual Result<std::vector<Hash>> list() = 0;
  /// Fails with BlobError::not_found.
  virtual Result<std::unique_ptr<BlobReader>> open(const Hash& hash) = 0;
  /// For data that arrives in verified items; `size` is the sender's claim. Creates no tag.
  virtual Result<std::unique_ptr<BlobWriter>> write(const Hash& hash, std::uint64_t size) = 0;
  /// Unless forced, blobs that are open or protected are left alone. How many were deleted.
  virtual Result<std::size_t> remove(std::span<const Hash> hashes, bool is_forced) = 0;

  /// Imports give their result a temp tag in the scope of the options.
  virtual Result<HashAndFormat> import_bytes(Bytes data, const ImportOptions& options) = 0;
  virtual Result<HashAndFormat> import_file(const std::filesystem::path& path, ImportMode mode,
                                            const ImportOptions& options) = 0;
  /// Fails with BlobError::size_limit_exceeded where memory is all there is and it is too much.
  virtual Result<std::unique_ptr<BlobImport>> import_stream(const ImportOptions& options);
  /// Creates missing folders, replaces what is there, and never shows a half-written file under the final name.
  virtual Result<void> export_file(const Hash& hash, const std::filesystem::path& target, ExportMode mode,
                                   const Progress& progress) = 0;

  virtual Result<void> set_tag(const TagName& name, const HashAndFormat& content) = 0;
  /// Fails with BlobError::not_found.
  virtual Result<HashAndFormat> tag(const TagName& name) = 0;
  virtual Result<std::vector<TagInfo>> list_tags(const TagRange& range) = 0;
  /// How many there were.
  virtual Result<std::size_t> delete_tags(const TagRange& range) = 0;
  /// Overwrites the target. Fails with BlobError::not_found.
  virtual Result<void> rename_tag(const TagName& from, const TagName& to) = 0;

  virtual TempTags& temp_tags() noexcept = 0;
  /// Forgets which blobs were written to so far; those written to from now on are protected until the next call.
  virtual Result<void> clear_protected() = 0;
  /// Everything answered so far survives a crash.
  virtual Result<void> sync() = 0;

  /// Reads everything there is of a blob and proves it. What does not verify is not present from then on.
  virtual Result<VerifyReport> verify(const Hash& hash, const Progress& progress);

  /// When upkeep() has something to do, if it has. Every other call may change it.
  virtual std::optional<std::chrono::steady_clock::time_point> upkeep_due() const { return std::nullopt; }
  /// Commits what was answered some time ago, and the like. To be called when due by whoever owns the store's thread.
  virtual Result<void> upkeep() { return {}; }
};

/// Under a name that is free.
Result<TagName> create_tag(Store& store, const HashAndFormat& content, std::chrono::system_clock::time_point now);
/// The whole blob; fails with BlobError::size_limit_exceeded if it is larger.
Result<Bytes> read_all(Store& store, const Hash& hash, std::uint64_t max_size);

}  // namespace iroh::blobs
