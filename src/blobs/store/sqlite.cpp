// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/store/sqlite.hpp"

#include <sqlite3.h>

#include "base/try.hpp"
#include "blobs/store/file.hpp"

namespace iroh::blobs {
namespace {

/// What SQLite says in our words: the operating system's number where it has one.
std::unexpected<error_code> failure_of(sqlite3* connection, int result) {
  switch (result & 0xff) {
    case SQLITE_FULL:
      return system_failure(ENOSPC);
    case SQLITE_NOMEM:
      return system_failure(ENOMEM);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return failure(BlobError::store_in_use);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:
    case SQLITE_MISMATCH:
      return failure(BlobError::corrupt_store);
    case SQLITE_TOOBIG:
      return failure(BlobError::size_limit_exceeded);
    case SQLITE_READONLY:
      return system_failure(EROFS);
    default:
      break;
  }
  const int number = connection == nullptr ? 0 : sqlite3_system_errno(connection);
  return system_failure(number != 0 ? number : EIO);
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}
void Connection::Close::operator()(sqlite3* connection) const noexcept {
  // As soon as the last statement is gone.
  sqlite3_close_v2(connection);
}

Statement& Statement::begin() noexcept {
  sqlite3_reset(statement_.get());
  next_parameter_ = 1;
  return *this;
}
Statement& Statement::bind(base::ByteSpan bytes) noexcept {
  // The caller's memory outlives the step, so no copy. A null pointer would mean NULL.
  const void* data = bytes.empty() ? static_cast<const void*>("") : bytes.data();
  sqlite3_bind_blob64(statement_.get(), next_parameter_++, data, bytes.size(), SQLITE_STATIC);
  return *this;
}
Statement& Statement::bind(std::uint64_t number) noexcept {
  sqlite3_bind_int64(statement_.get(), next_parameter_++, static_cast<sqlite3_int64>(number));
  return *this;
}
Statement& Statement::bind_null() noexcept {
  sqlite3_bind_null(statement_.get(), next_parameter_++);
  return *this;
}

Result<bool> Statement::step() noexcept {
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  sqlite3* const connection = sqlite3_db_handle(statement_.get());
  if (result == SQLITE_DONE) {
    end();
    return false;
  }
  const auto cause = failure_of(connection, result);
  end();
  return cause;
}
Result<void> Statement::run() noexcept {
  IROH_TRY(has_row, step());
  if (has_row) end();
  return {};
}
void Statement::end() noexcept {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

std::uint64_t Statement::number(int column) const noexcept {
  return static_cast<std::uint64_t>(sqlite3_column_int64(statement_.get(), column));
}
bool Statement::is_null(int column) const noexcept {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}
base::ByteSpan Statement::bytes(int column) const noexcept {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return {static_cast<const std::byte*>(data), static_cast<std::size_t>(size)};
}

Result<Connection> Connection::open(const std::string& path) {
  sqlite3* raw = nullptr;
  // One thread at a time uses a store, so SQLite need not lock.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
  const int result = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Connection connection;
  connection.connection_.reset(raw);
  if (result != SQLITE_OK) return failure_of(raw, result);
  sqlite3_extended_result_codes(raw, 1);
  return connection;
}

Result<void> Connection::execute(const char* sql) noexcept {
  const int result = sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) return failure_of(connection_.get(), result);
  return {};
}

Result<Statement> Connection::prepare(const char* sql) noexcept {
  sqlite3_stmt* raw = nullptr;
  const int result = sqlite3_prepare_v3(connection_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  Statement statement;
  statement.statement_.reset(raw);
  if (result != SQLITE_OK) return failure_of(connection_.get(), result);
  return statement;
}

bool Connection::is_in_transaction() const noexcept {
  return sqlite3_get_autocommit(connection_.get()) == 0;
}
std::uint64_t Connection::changes() const noexcept {
  return static_cast<std::uint64_t>(sqlite3_changes64(connection_.get()));
}

}  // namespace iroh::blobs
