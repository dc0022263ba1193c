// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/store/database.hpp"

#include <algorithm>
#include <array>

#include "base/try.hpp"
#include "blobs/store/file.hpp"

namespace iroh::blobs {
namespace {

/// "irob": what the file says of itself.
constexpr std::uint64_t application_id = 0x69726f62;
constexpr std::uint64_t schema_version = 1;

// The small columns stand in front: they are read without the bytes behind them. Listing needs only the index.
constexpr const char* schema = R"(
  BEGIN IMMEDIATE;
  CREATE TABLE blobs(
    hash BLOB NOT NULL UNIQUE, is_complete INTEGER NOT NULL, size INTEGER, data_place INTEGER NOT NULL,
    outboard_place INTEGER NOT NULL, cycle INTEGER NOT NULL, paths BLOB, outboard BLOB, data BLOB);
  CREATE TABLE tags(name BLOB NOT NULL PRIMARY KEY, hash BLOB NOT NULL, format INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE session(is_clean INTEGER NOT NULL);
  INSERT INTO session VALUES (1);
  PRAGMA application_id = 0x69726f62;
  PRAGMA user_version = 1;
  COMMIT;
)";

// [blobs.md 69] FULL: a commit has reached the disk when it returns. EXCLUSIVE: no shared memory, no locks per
// transaction; the store's own lock keeps others away. The log may grow to 16 MiB before it is copied back.
constexpr const char* settings = R"(
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA cache_size = -8192;
  PRAGMA wal_autocheckpoint = 4000;
  PRAGMA journal_size_limit = 33554432;
)";

/// Paths hold no NUL.
std::string join(const std::vector<std::string>& paths) {
  std::string joined;
  for (const std::string& path : paths) joined.append(path).push_back('\0');
  return joined;
}
std::vector<std::string> split(std::string_view joined) {
  std::vector<std::string> paths;
  for (std::size_t end; (end = joined.find('\0')) != std::string_view::npos; joined.remove_prefix(end + 1)) {
    paths.emplace_back(joined.substr(0, end));
  }
  return paths;
}

Result<Hash> hash_from(base::ByteSpan bytes) {
  std::array<std::byte, Hash::size> copy;
  if (bytes.size() != copy.size()) return failure(BlobError::corrupt_store);
  std::ranges::copy(bytes, copy.begin());
  return Hash(copy);
}

Result<Place> place_from(std::uint64_t number) {
  if (number > static_cast<std::uint64_t>(Place::users_files)) return failure(BlobError::corrupt_store);
  return static_cast<Place>(number);
}

Result<HashAndFormat> content_from(base::ByteSpan hash, std::uint64_t format) {
  IROH_TRY(value, hash_from(hash));
  if (format > 1) return failure(BlobError::corrupt_store);
  return HashAndFormat{value, static_cast<BlobFormat>(format)};
}

Result<std::uint64_t> read_number(Connection& connection, const char* sql) {
  IROH_TRY(statement, connection.prepare(sql));
  IROH_TRY(has_row, statement.step());
  return has_row ? statement.number(0) : 0;
}

base::ByteSpan bytes_of(const TagName& name) {
  return base::as_bytes(name.view());
}

}  // namespace

Result<Database> Database::open(const std::filesystem::path& path) {
  Database database;
  IROH_TRY(connection, Connection::open(path.string()));
  database.connection_ = std::move(connection);
  IROH_TRY_VOID(database.connection_.execute(settings));
  IROH_TRY(version, read_number(database.connection_, "PRAGMA user_version"));
  IROH_TRY(tables, read_number(database.connection_, "SELECT count(*) FROM sqlite_master"));
  if (version == 0 && tables == 0) {
    IROH_TRY_VOID(database.connection_.execute(schema));
  } else {
    IROH_TRY(id, read_number(database.connection_, "PRAGMA application_id"));
    if (id != application_id || version != schema_version) return failure(BlobError::corrupt_store);
  }
  IROH_TRY_VOID(database.prepare_statements());
  return database;
}

Result<void> Database::prepare_statements() {
  const std::pair<Statement*, const char*> all[] = {
      {&find_, "SELECT is_complete, size, data_place, outboard_place, cycle, paths FROM blobs WHERE hash = ?"},
      {&data_, "SELECT data FROM blobs WHERE hash = ?"},
      {&outboard_, "SELECT outboard FROM blobs WHERE hash = ?"},
      {&put_,
       "INSERT INTO blobs(hash, is_complete, size, data_place, outboard_place, cycle, paths, outboard, data) "
       "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(hash) DO UPDATE SET is_complete = excluded.is_complete, "
       "size = excluded.size, data_place = excluded.data_place, outboard_place = excluded.outboard_place, "
       "cycle = excluded.cycle, paths = excluded.paths, outboard = excluded.outboard, data = excluded.data"},
      {&set_cycle_, "UPDATE blobs SET cycle = ? WHERE hash = ?"},
      {&erase_, "DELETE FROM blobs WHERE hash = ?"},
      {&list_, "SELECT hash FROM blobs ORDER BY hash"},
      {&set_tag_, "INSERT OR REPLACE INTO tags(name, hash, format) VALUES (?, ?, ?)"},
      {&tag_, "SELECT hash, format FROM tags WHERE name = ?"},
      {&list_tags_, "SELECT name, hash, format FROM tags WHERE name >= ?1 AND (?2 IS NULL OR name < ?2) ORDER BY name"},
      {&delete_tags_, "DELETE FROM tags WHERE name >= ?1 AND (?2 IS NULL OR name < ?2)"},
  };
  for (const auto& [statement, sql] : all) {
    IROH_TRY(prepared, connection_.prepare(sql));
    *statement = std::move(prepared);
  }
  return {};
}

Result<bool> Database::begin_session() {
  IROH_TRY(is_clean, read_number(connection_, "SELECT is_clean FROM session"));
  IROH_TRY_VOID(connection_.execute("UPDATE session SET is_clean = 0"));
  return is_clean == 1;
}

Result<void> Database::mark_clean() {
  return connection_.execute("UPDATE session SET is_clean = 1");
}

void Database::close() noexcept {
  roll_back();
  *this = Database();
}

Result<void> Database::ensure_transaction() {
  if (is_broken()) return system_failure(ENOSPC);
  if (began_) return {};
  IROH_TRY_VOID(connection_.execute("BEGIN IMMEDIATE"));
  began_ = std::chrono::steady_clock::now();
  return {};
}

Result<void> Database::write(Statement& statement, std::size_t bytes) {
  auto done = statement.run();
  if (!done) return done;
  ++commands_;
  bytes_written_ += bytes;
  return {};
}

Result<void> Database::commit() {
  if (!began_) return {};
  auto done = is_broken() ? system_failure(ENOSPC) : connection_.execute("COMMIT");
  if (!done) roll_back();
  began_.reset();
  commands_ = bytes_written_ = 0;
  return done;
}

void Database::roll_back() noexcept {
  if (connection_.is_open() && connection_.is_in_transaction()) static_cast<void>(connection_.execute("ROLLBACK"));
  began_.reset();
  commands_ = bytes_written_ = 0;
}

Result<Statement*> Database::find_blob(Statement& statement, const Hash& hash) {
  IROH_TRY(has_row, statement.begin().bind(hash.bytes()).step());
  return has_row ? &statement : nullptr;
}

Result<std::optional<BlobRow>> Database::find(const Hash& hash) {
  IROH_TRY(found, find_blob(find_, hash));
  if (found == nullptr) return std::nullopt;
  BlobRow row;
  row.is_complete = found->number(0) == 1;
  if (!found->is_null(1)) row.size = found->number(1);
  const auto data = place_from(found->number(2));
  const auto outboard = place_from(found->number(3));
  row.cycle = found->number(4);
  row.paths = split(base::as_text(found->bytes(5)));
  found->end();
  if (!data || !outboard || (row.is_complete && !row.size)) return failure(BlobError::corrupt_store);
  row.data = *data;
  row.outboard = *outboard;
  return row;
}

Result<Bytes> Database::inline_data(const Hash& hash) {
  IROH_TRY(found, find_blob(data_, hash));
  if (found == nullptr) return failure(BlobError::not_found);
  Bytes copy = Bytes::copy_of(found->bytes(0));
  found->end();
  return copy;
}

Result<std::vector<std::byte>> Database::inline_outboard(const Hash& hash) {
  IROH_TRY(found, find_blob(outboard_, hash));
  if (found == nullptr) return failure(BlobError::not_found);
  const base::ByteSpan bytes = found->bytes(0);
  std::vector<std::byte> copy(bytes.begin(), bytes.end());
  found->end();
  return copy;
}

Result<void> Database::put(const Hash& hash, const BlobRow& row, base::ByteSpan data, base::ByteSpan outboard) {
  IROH_TRY_VOID(ensure_transaction());
  const std::string paths = join(row.paths);
  put_.begin().bind(hash.bytes()).bind(std::uint64_t{row.is_complete});
  row.size ? put_.bind(*row.size) : put_.bind_null();
  put_.bind(static_cast<std::uint64_t>(row.data)).bind(static_cast<std::uint64_t>(row.outboard)).bind(row.cycle);
  row.paths.empty() ? put_.bind_null() : put_.bind(base::as_bytes(paths));
  row.outboard == Place::in_database ? put_.bind(outboard) : put_.bind_null();
  row.data == Place::in_database ? put_.bind(data) : put_.bind_null();
  return write(put_, data.size() + outboard.size());
}

Result<void> Database::set_cycle(const Hash& hash, std::uint64_t cycle) {
  IROH_TRY_VOID(ensure_transaction());
  set_cycle_.begin().bind(cycle).bind(hash.bytes());
  return write(set_cycle_);
}

Result<bool> Database::erase(const Hash& hash) {
  IROH_TRY_VOID(ensure_transaction());
  erase_.begin().bind(hash.bytes());
  IROH_TRY_VOID(write(erase_));
  return connection_.changes() > 0;
}

Result<std::vector<Hash>> Database::list() {
  std::vector<Hash> hashes;
  list_.begin();
  for (;;) {
    IROH_TRY(has_row, list_.step());
    if (!has_row) return hashes;
    IROH_TRY(hash, hash_from(list_.bytes(0)));
    hashes.push_back(hash);
  }
}

Result<void> Database::set_tag(const TagName& name, const HashAndFormat& content) {
  IROH_TRY_VOID(ensure_transaction());
  set_tag_.begin().bind(bytes_of(name)).bind(content.hash.bytes()).bind(static_cast<std::uint64_t>(content.format));
  return write(set_tag_);
}

Result<std::optional<HashAndFormat>> Database::tag(const TagName& name) {
  IROH_TRY(has_row, tag_.begin().bind(bytes_of(name)).step());
  if (!has_row) return std::nullopt;
  const auto content = content_from(tag_.bytes(0), tag_.number(1));
  tag_.end();
  return content;
}

namespace {

Statement& bind_range(Statement& statement, const TagRange& range) {
  statement.begin().bind(range.from ? bytes_of(*range.from) : base::ByteSpan());
  return range.to ? statement.bind(bytes_of(*range.to)) : statement.bind_null();
}

}  // namespace

Result<std::vector<TagInfo>> Database::list_tags(const TagRange& range) {
  std::vector<TagInfo> infos;
  bind_range(list_tags_, range);
  for (;;) {
    IROH_TRY(has_row, list_tags_.step());
    if (!has_row) return infos;
    IROH_TRY(content, content_from(list_tags_.bytes(1), list_tags_.number(2)));
    infos.push_back({TagName(base::as_text(list_tags_.bytes(0))), content});
  }
}

Result<std::size_t> Database::delete_tags(const TagRange& range) {
  IROH_TRY_VOID(ensure_transaction());
  IROH_TRY_VOID(write(bind_range(delete_tags_, range)));
  return static_cast<std::size_t>(connection_.changes());
}

Result<bool> Database::erase_tag(const TagName& name) {
  IROH_TRY(count, delete_tags(TagRange::single(name)));
  return count > 0;
}

}  // namespace iroh::blobs
