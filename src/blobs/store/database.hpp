// SPDX-License-Identifier: MIT OR Apache-2.0
// What the file store knows of its blobs, and its tags: rows in SQLite. Writes collect in one transaction, which the
// owner commits. Reads see what was written so far. [blobs.md §4.3.2]
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "blobs/store/sqlite.hpp"
#include "iroh/base/bytes.hpp"
#include "iroh/blobs/hash.hpp"
#include "iroh/blobs/tag.hpp"

namespace iroh::blobs {

/// Where the data or the outboard of a complete blob is. The numbers are stored.
enum class Place : std::uint8_t { nowhere = 0, in_database = 1, own_file = 2, users_files = 3 };

struct BlobRow {
  bool is_complete = false;
  std::optional<std::uint64_t> size = {};  ///< of a partial blob only if it is proven
  Place data = Place::nowhere;
  Place outboard = Place::nowhere;
  std::vector<std::string> paths = {};  ///< of users_files, sorted
  std::uint64_t cycle = 0;              ///< the cycle of collection in which the blob was written last
};

class Database {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// Fails with BlobError::corrupt_store for a file that is something else, or of a version from the future.
  static Result<Database> open(const std::filesystem::path& path);
  /// The store before this one was closed in order: no orphan files. Says that this one is not until it is.
  Result<bool> begin_session();
  /// Uncommitted changes are lost.
  void close() noexcept;

  Result<std::optional<BlobRow>> find(const Hash& hash);
  Result<Bytes> inline_data(const Hash& hash);
  Result<std::vector<std::byte>> inline_outboard(const Hash& hash);
  /// Inserts or replaces. The bytes are those of places in_database.
  Result<void> put(const Hash& hash, const BlobRow& row, base::ByteSpan data, base::ByteSpan outboard);
  Result<void> set_cycle(const Hash& hash, std::uint64_t cycle);
  Result<bool> erase(const Hash& hash);
  Result<std::vector<Hash>> list();

  Result<void> set_tag(const TagName& name, const HashAndFormat& content);
  Result<std::optional<HashAndFormat>> tag(const TagName& name);
  Result<std::vector<TagInfo>> list_tags(const TagRange& range);
  Result<std::size_t> delete_tags(const TagRange& range);
  Result<bool> erase_tag(const TagName& name);

  /// When the open transaction began, if there is one.
  std::optional<TimePoint> began() const noexcept { return began_; }
  std::size_t commands() const noexcept { return commands_; }
  std::size_t bytes_written() const noexcept { return bytes_written_; }
  /// All or nothing: after an error the changes since the last commit are gone.
  Result<void> commit();
  /// A failed statement ended the transaction, and nothing can be written until it is rolled back.
  bool is_broken() const noexcept { return began_.has_value() && !connection_.is_in_transaction(); }
  Result<void> mark_clean();
  void roll_back() noexcept;

 private:
  Result<void> prepare_statements();
  Result<void> ensure_transaction();
  Result<void> write(Statement& statement, std::size_t bytes = 0);
  Result<Statement*> find_blob(Statement& statement, const Hash& hash);

  // Statements after the connection: they are destroyed first.
  Connection connection_;
  Statement find_, data_, outboard_, put_, set_cycle_, erase_, list_;
  Statement set_tag_, tag_, list_tags_, delete_tags_;
  std::optional<TimePoint> began_;
  std::size_t commands_ = 0;
  std::size_t bytes_written_ = 0;
};

}  // namespace iroh::blobs
