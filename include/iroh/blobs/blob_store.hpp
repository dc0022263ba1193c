// SPDX-License-Identifier: MIT OR Apache-2.0
/// BlobStore: where blobs are kept, in memory or in a folder, as an asynchronous object. [blobs.md §4]
///
///   auto store = co_await iroh::BlobStore::open("/srv/blobs");            // or iroh::BlobStore::in_memory()
///   iroh::TempTag added = co_await store.add_path("/tmp/film.mkv");   // not collected while `added` lives
///   co_await store.set_tag("film", added.content());                      // nor from now on
///   co_await store.export_path(added.hash(), "/tmp/copy.mkv");
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "iroh/base/bytes.hpp"
#include "iroh/base/result.hpp"
#include "iroh/blobs/bitfield.hpp"
#include "iroh/blobs/collection.hpp"
#include "iroh/blobs/hash.hpp"
#include "iroh/blobs/tag.hpp"
#include "iroh/blobs/transfer.hpp"
#include "iroh/endpoint/async.hpp"

namespace iroh {

namespace blobs {
class StoreThread;
class Observation;
class Internals;
}  // namespace blobs

/// Protects content from garbage collection for as long as a copy of the handle lives. [blobs.md §1.7]
class TempTag {
 public:
  TempTag() noexcept = default;  ///< protects nothing
  explicit operator bool() const noexcept { return lease_ != nullptr; }
  /// Not for an empty handle.
  const HashAndFormat& content() const noexcept;
  const Hash& hash() const noexcept { return content().hash; }

 private:
  friend class blobs::Internals;
  struct Lease;
  explicit TempTag(std::shared_ptr<const Lease> lease) noexcept : lease_(std::move(lease)) {}
  std::shared_ptr<const Lease> lease_;
};

/// Called on the store's thread with the bytes done so far; must be quick.
using BlobProgress = std::function<void(std::uint64_t bytes)>;

enum class FileMode : std::uint8_t {
  copy,       ///< shares the file's blocks where the file system can, else copies
  reference,  ///< the blob is that file from then on: it stays where it is and must not change. A store in memory
              ///< copies
  move,       ///< the file changes hands: into the store, or out of it, which then forgets the blob
  reflink,    ///< only by sharing blocks; fails with BlobError::unsupported where that is not possible
};

struct AddOptions {
  BlobFormat format = BlobFormat::raw;
  FileMode mode = FileMode::copy;  ///< of files
  BlobProgress progress = {};
};

struct ExportOptions {
  FileMode mode = FileMode::copy;
  BlobProgress progress = {};
};

struct FileStoreSettings {
  std::uint64_t inline_data_max = 16'384;      ///< larger blobs are files
  std::uint64_t inline_outboard_max = 16'384;  ///< the same for their trees
};

/// What a check of stored bytes has found.
struct VerifyReport {
  Bitfield before;                       ///< what the store believed to have
  Bitfield after;                        ///< what it has; groups that are there only in part cannot be proven
  ChunkRanges bad;                       ///< believed, and not proven
  std::optional<TransferFailure> first;  ///< the first place that did not verify
  bool is_intact() const noexcept { return bad.is_empty(); }
};

struct CollectOptions {
  /// Adds hashes to keep; false skips this cycle. Called on the store's thread.
  std::function<bool(std::vector<Hash>& keep)> add_protected = {};
};

/// Follows what is present of a blob: completes at once the first time, then after changes; changes in between are
/// merged. Dropping it ends it.
class BitfieldUpdates {
 public:
  BitfieldUpdates() noexcept = default;  ///< empty: it has ended
  /// Completes with an optional<Bitfield>, the whole one: nothing once nothing more can be known. A cancelled call
  /// loses none.
  template <class Token = DefaultToken>
  auto next(Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_next, observation_);
  }

 private:
  friend class blobs::Internals;
  using Handle = std::shared_ptr<blobs::Observation>;
  explicit BitfieldUpdates(Handle observation) noexcept : observation_(std::move(observation)) {}
  static void start_next(CompletionHandler<std::optional<Bitfield>> handler, Handle observation);

  Handle observation_;
};

/// A handle: cheap to copy, safe from any thread. The store lives on a thread of its own; calls are done in the order
/// in which they are made. When the last handle goes the store is closed, which waits for the call that is being done.
/// Errors are BlobErrors or the system's.
class BlobStore {
 public:
  static constexpr std::uint64_t default_read_max = std::uint64_t{64} << 20;

  BlobStore() noexcept = default;  ///< empty: must not be used
  explicit operator bool() const noexcept { return thread_ != nullptr; }

  /// Everything is gone when the last handle goes.
  static BlobStore in_memory();
  /// In a folder, which is made if it is missing. Completes with a BlobStore, or fails with BlobError::store_in_use.
  template <class Token = DefaultToken>
  static auto open(std::filesystem::path folder, FileStoreSettings settings, Token&& token = Token()) {
    return detail::initiate(std::forward<Token>(token), &start_open, std::move(folder), settings);
  }
  static auto open(std::filesystem::path folder) { return open(std::move(folder), FileStoreSettings()); }

  // ---- Content in. All complete with a TempTag.

  template <class Token = DefaultToken>
  auto add_bytes(Bytes data, AddOptions options = {}, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_add_bytes, thread_, std::move(data), std::move(options));
  }
  /// An absolute path to a regular file, or a link to one.
  template <class Token = DefaultToken>
  auto add_path(std::filesystem::path path, AddOptions options = {}, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_add_path, thread_, std::move(path), std::move(options));
  }
  /// The two blobs of a collection; the result is the hash sequence, which protects the entries too.
  template <class Token = DefaultToken>
  auto add_collection(Collection collection, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_add_collection, thread_, std::move(collection));
  }

  // ---- Content out

  /// The whole blob as Bytes; BlobError::size_limit_exceeded if it is larger than max.
  template <class Token = DefaultToken>
  auto read(const Hash& hash, std::uint64_t max = default_read_max, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_read, thread_, hash, max);
  }
  /// Bytes [offset, offset + size) of the blob, fewer at its end; BlobError::not_found if a part is missing. The rest
  /// of the blob may be.
  template <class Token = DefaultToken>
  auto read_range(const Hash& hash, std::uint64_t offset, std::size_t size, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_read_range, thread_, hash, offset, size);
  }
  /// Reads names and hashes; completes with a Collection.
  template <class Token = DefaultToken>
  auto collection(const Hash& hash, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_collection, thread_, hash);
  }
  /// To an absolute path: missing folders are made, a file there is replaced, and a half-written one is never seen.
  template <class Token = DefaultToken>
  auto export_path(const Hash& hash, std::filesystem::path target, ExportOptions options = {},
                   Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_export_path, thread_, hash, std::move(target),
                            std::move(options));
  }

  // ---- What is there

  /// Completes with a Bitfield, an empty one if nothing is known of the blob.
  template <class Token = DefaultToken>
  auto bitfield(const Hash& hash, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_bitfield, thread_, hash);
  }
  /// Completes with a vector<Hash>, partial blobs included.
  template <class Token = DefaultToken>
  auto list(Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_list, thread_);
  }
  /// From now on.
  BitfieldUpdates observe(const Hash& hash) const;
  /// Reads all there is of the blob and hashes it; what does not verify is not present from then on. Completes with a
  /// VerifyReport.
  template <class Token = DefaultToken>
  auto verify(const Hash& hash, BlobProgress progress = {}, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_verify, thread_, hash, std::move(progress));
  }

  // ---- Keeping and deleting

  template <class Token = DefaultToken>
  auto set_tag(TagName name, const HashAndFormat& content, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_set_tag, thread_, std::move(name), content);
  }
  /// Under a new name; completes with it.
  template <class Token = DefaultToken>
  auto create_tag(const HashAndFormat& content, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_create_tag, thread_, content);
  }
  /// Completes with an optional<HashAndFormat>.
  template <class Token = DefaultToken>
  auto tag(TagName name, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_tag, thread_, std::move(name));
  }
  /// Completes with a vector<TagInfo> in order.
  template <class Token = DefaultToken>
  auto tags(TagRange range = {}, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_tags, thread_, std::move(range));
  }
  /// Completes with the number of tags deleted.
  template <class Token = DefaultToken>
  auto delete_tags(TagRange range, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_delete_tags, thread_, std::move(range));
  }
  /// Overwrites the target; BlobError::not_found.
  template <class Token = DefaultToken>
  auto rename_tag(TagName from, TagName to, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_rename_tag, thread_, std::move(from), std::move(to));
  }
  /// Completes with a TempTag, whether or not the content is there.
  template <class Token = DefaultToken>
  auto temp_tag(const HashAndFormat& content, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_temp_tag, thread_, content);
  }
  /// Completes with the number of blobs deleted: unless forced, those that are open or were just written to stay.
  template <class Token = DefaultToken>
  auto remove(std::vector<Hash> hashes, bool is_forced = false, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_remove, thread_, std::move(hashes), is_forced);
  }
  /// One cycle: what no tag, temp tag or hash sequence under one names is deleted. Completes with the number of blobs
  /// deleted. [blobs.md §1.8]
  template <class Token = DefaultToken>
  auto collect_garbage(CollectOptions options = {}, Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_collect, thread_, std::move(options));
  }
  /// Everything answered so far survives a crash.
  template <class Token = DefaultToken>
  auto sync(Token&& token = Token()) const {
    return detail::initiate(std::forward<Token>(token), &start_sync, thread_);
  }

 private:
  friend class blobs::Internals;
  using Handle = std::shared_ptr<blobs::StoreThread>;
  explicit BlobStore(Handle thread) noexcept : thread_(std::move(thread)) {}

  static void start_open(CompletionHandler<BlobStore> handler, std::filesystem::path folder,
                         FileStoreSettings settings);
  static void start_add_bytes(CompletionHandler<TempTag> handler, Handle thread, Bytes data, AddOptions options);
  static void start_add_path(CompletionHandler<TempTag> handler, Handle thread, std::filesystem::path path,
                             AddOptions options);
  static void start_add_collection(CompletionHandler<TempTag> handler, Handle thread, Collection collection);
  static void start_read(CompletionHandler<Bytes> handler, Handle thread, Hash hash, std::uint64_t max);
  static void start_read_range(CompletionHandler<Bytes> handler, Handle thread, Hash hash, std::uint64_t offset,
                               std::size_t size);
  static void start_collection(CompletionHandler<Collection> handler, Handle thread, Hash hash);
  static void start_export_path(CompletionHandler<> handler, Handle thread, Hash hash, std::filesystem::path target,
                                ExportOptions options);
  static void start_bitfield(CompletionHandler<Bitfield> handler, Handle thread, Hash hash);
  static void start_list(CompletionHandler<std::vector<Hash>> handler, Handle thread);
  static void start_verify(CompletionHandler<VerifyReport> handler, Handle thread, Hash hash, BlobProgress progress);
  static void start_set_tag(CompletionHandler<> handler, Handle thread, TagName name, HashAndFormat content);
  static void start_create_tag(CompletionHandler<TagName> handler, Handle thread, HashAndFormat content);
  static void start_tag(CompletionHandler<std::optional<HashAndFormat>> handler, Handle thread, TagName name);
  static void start_tags(CompletionHandler<std::vector<TagInfo>> handler, Handle thread, TagRange range);
  static void start_delete_tags(CompletionHandler<std::size_t> handler, Handle thread, TagRange range);
  static void start_rename_tag(CompletionHandler<> handler, Handle thread, TagName from, TagName to);
  static void start_temp_tag(CompletionHandler<TempTag> handler, Handle thread, HashAndFormat content);
  static void start_remove(CompletionHandler<std::size_t> handler, Handle thread, std::vector<Hash> hashes,
                           bool is_forced);
  static void start_collect(CompletionHandler<std::size_t> handler, Handle thread, CollectOptions options);
  static void start_sync(CompletionHandler<> handler, Handle thread);

  Handle thread_;
};

}  // namespace iroh
