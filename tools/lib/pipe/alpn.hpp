// SPDX-License-Identifier: MIT OR Apache-2.0
// The protocol that a pipe speaks: its ALPN, and whether each stream begins with a handshake. [tools.md §3.1]
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace iroh::tools {

constexpr std::string_view pipe_alpn = "DUMBPIPEV0";

struct PipeProtocol {
  std::string alpn{pipe_alpn};
  bool has_handshake = true;
};

/// The value of --custom-alpn: "utf8:" and text, else hex. Throws Failure.
PipeProtocol pipe_protocol(const std::optional<std::string>& custom_alpn);

}  // namespace iroh::tools
