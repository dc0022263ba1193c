// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/bench/result.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tools/lib/bench/protocol.hpp"
#include "tools/lib/number_format.hpp"

namespace iroh::tools {
namespace {

double seconds(std::chrono::duration<double> time) {
  return time.count();
}

std::string usage_json(std::string_view side, const std::optional<Usage>& usage) {
  if (!usage) return {};
  return fmt::format(R"(,"{}":{{"user":{:.6f},"system":{:.6f},"rss":{}}})", side, seconds(usage->user),
                     seconds(usage->system), usage->resident_bytes);
}

std::string usage_text(std::string_view side, const std::optional<Usage>& usage) {
  if (!usage) return {};
  return fmt::format("{:<24}{:.3f} s of CPU ({:.3f} user, {:.3f} system), {} resident\n", side, seconds(usage->cpu()),
                     seconds(usage->user), seconds(usage->system), format_bytes(usage->resident_bytes));
}

}  // namespace

double BenchResult::fact(std::string_view name) const noexcept {
  const auto found = std::ranges::find(facts, name, &std::pair<std::string, double>::first);
  return found == facts.end() ? 0 : found->second;
}

std::string to_json(const BenchResult& result) {
  std::string json = fmt::format(R"({{"test":"{}","wall":{:.6f})", result.test, seconds(result.wall));
  for (const auto& [name, value] : result.facts) json += fmt::format(R"(,"{}":{})", name, value);
  return json + usage_json("client", result.client) + usage_json("server", result.server) + "}";
}

std::string to_text(const BenchResult& result) {
  std::string text;
  for (const auto& [name, value] : result.facts) text += fmt::format("{:<24}{}\n", name, value);
  return text + usage_text("client", result.client) + usage_text("server", result.server);
}

Task<MeasuredSpan> MeasuredSpan::start(Connection connection) {
  MeasuredSpan span(std::move(connection));
  span.server_ = co_await usage_of_server(span.connection_);
  span.client_ = usage_of_this_process();
  span.begin_ = std::chrono::steady_clock::now();
  co_return span;
}

Task<BenchResult> MeasuredSpan::finish(std::string test) {
  BenchResult result;
  result.test = std::move(test);
  result.wall = elapsed();
  result.client = usage_of_this_process().since(client_);
  result.server = (co_await usage_of_server(connection_)).since(server_);
  co_return result;
}

Task<Usage> usage_of_server(Connection connection) {
  const BiStream stream = co_await connection.open_bi();
  const char request = static_cast<char>(BenchRequest::usage);
  co_await stream.send.write_all(Bytes::copy_of(std::string_view(&request, 1)));
  static_cast<void>(stream.send.finish());
  co_return decode_usage(co_await stream.recv.read_exact(bench_usage_bytes));
}

}  // namespace iroh::tools
