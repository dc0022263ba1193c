// SPDX-License-Identifier: MIT OR Apache-2.0
// As much of SQLite as the store needs: a connection, prepared statements, errors as values.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/byte_span.hpp"
#include "iroh/base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace iroh::blobs {

/// Bind, step, read columns; reset before the next use. Confined to the connection's thread.
class Statement {
 public:
  Statement() noexcept = default;

  /// Resets, so that a statement can be bound from the start.
  Statement& begin() noexcept;
  Statement& bind(base::ByteSpan bytes) noexcept;
  Statement& bind(std::uint64_t number) noexcept;  ///< as the signed number with the same bits
  Statement& bind_null() noexcept;
  /// True if there is a row.
  Result<bool> step() noexcept;
  /// For statements without rows.
  Result<void> run() noexcept;
  /// Ends the statement: it holds no lock and no page any more.
  void end() noexcept;

  std::uint64_t number(int column) const noexcept;
  bool is_null(int column) const noexcept;
  /// Valid until the next step.
  base::ByteSpan bytes(int column) const noexcept;

 private:
  friend class Connection;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int next_parameter_ = 1;
};

class Connection {
 public:
  Connection() noexcept = default;
  /// Creates the file if it is missing.
  static Result<Connection> open(const std::string& path);

  /// One or more statements whose rows do not matter.
  Result<void> execute(const char* sql) noexcept;
  Result<Statement> prepare(const char* sql) noexcept;
  /// A failed statement may have ended the transaction.
  bool is_in_transaction() const noexcept;
  /// Rows changed by the last statement.
  std::uint64_t changes() const noexcept;
  bool is_open() const noexcept { return connection_ != nullptr; }
  void close() noexcept { connection_.reset(); }

 private:
  struct Close {
    void operator()(sqlite3* connection) const noexcept;
  };

  std::unique_ptr<sqlite3, Close> connection_;
};

}  // namespace iroh::blobs
