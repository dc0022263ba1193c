// SPDX-License-Identifier: MIT OR Apache-2.0
// Where the records of one connection's trace go, and who decides whether there is a trace at all. The core writes no
// files; the shell does. [observability.md §4]
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "quic/types.hpp"

namespace iroh::quic {

class QlogSink {
 public:
  QlogSink() = default;
  QlogSink(const QlogSink&) = delete;
  QlogSink& operator=(const QlogSink&) = delete;
  virtual ~QlogSink() = default;
  /// One whole record of the JSON text sequence, with its separators. [RFC 7464 §2.2]
  virtual void write(std::string_view record) = 0;
};

/// Which connection a trace is of.
struct QlogTrace {
  Side side = Side::client;
  SocketAddr remote;
  ConnectionId initial_dcid;  ///< the group id
  Instant started;
};

struct QlogOutput {
  std::unique_ptr<QlogSink> sink;    ///< nothing: no trace
  std::optional<Instant> time_base;  ///< time 0 of the trace, so that several can share one; else its start
  std::string title;
};

/// Asked once per connection.
using QlogFactory = std::function<QlogOutput(const QlogTrace&)>;

/// `[prefix-]{unix ms}-{initial DCID hex}-{client|server}.qlog`. [quic.md §7.12]
std::string qlog_file_name(std::string_view prefix, std::uint64_t unix_ms, const ConnectionId& initial_dcid, Side side);

}  // namespace iroh::quic
