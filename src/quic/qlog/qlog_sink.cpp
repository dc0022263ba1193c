// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/qlog/qlog_sink.hpp"

#include <fmt/format.h>

#include "base/hex.hpp"

namespace iroh::quic {

std::string qlog_file_name(std::string_view prefix, std::uint64_t unix_ms, const ConnectionId& initial_dcid,
                           Side side) {
  return fmt::format("{}{}{}-{}-{}.qlog", prefix, prefix.empty() ? "" : "-", unix_ms,
                     base::to_hex(initial_dcid.bytes()), side == Side::client ? "client" : "server");
}

}  // namespace iroh::quic
