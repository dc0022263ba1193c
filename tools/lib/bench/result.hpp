// SPDX-License-Identifier: MIT OR Apache-2.0
// What a measurement gives: named numbers, and what both sides used meanwhile.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "iroh/endpoint/connection.hpp"
#include "iroh/endpoint/task.hpp"
#include "tools/lib/bench/usage.hpp"

namespace iroh::tools {

struct BenchResult {
  std::string test;
  std::vector<std::pair<std::string, double>> facts;  ///< names as in the JSON output
  std::chrono::duration<double> wall{0};
  std::optional<Usage> client;  ///< CPU since the start, memory at the end
  std::optional<Usage> server;

  /// 0 if there is no such fact.
  double fact(std::string_view name) const noexcept;
};

/// One JSON object on one line; the reference program prints the same members.
std::string to_json(const BenchResult& result);
/// Lines for people.
std::string to_text(const BenchResult& result);

/// From its construction to finish() both sides are watched.
class MeasuredSpan {
 public:
  static Task<MeasuredSpan> start(Connection connection);
  std::chrono::duration<double> elapsed() const { return std::chrono::steady_clock::now() - begin_; }
  const Usage& client_at_start() const noexcept { return client_; }
  const Usage& server_at_start() const noexcept { return server_; }
  Task<BenchResult> finish(std::string test);

 private:
  explicit MeasuredSpan(Connection connection) : connection_(std::move(connection)) {}

  Connection connection_;
  Usage server_;
  Usage client_;
  std::chrono::steady_clock::time_point begin_;
};

/// Asks the server.
Task<Usage> usage_of_server(Connection connection);

}  // namespace iroh::tools
