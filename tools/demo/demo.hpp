// SPDX-License-Identifier: MIT OR Apache-2.0
// The demonstration: a server and a client process, dial by key, an echo, then bulk data one way.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "iroh/endpoint/task.hpp"

namespace iroh::tools {

constexpr std::string_view demo_alpn = "iroh-demo/1";
/// A stream begins with one of these; download goes on with the size, 8 bytes, big endian.
constexpr char demo_echo = 'E';
constexpr char demo_download = 'D';
/// The bulk data repeats this many bytes, so that the receiver can check them without a second copy of all.
constexpr std::size_t demo_block_size = std::size_t{256} << 10;
std::string demo_block();

struct DemoReport {
  std::string server_id;
  std::string client_id;
  std::string path;  ///< "127.0.0.1:40000 -> 127.0.0.1:40001"
  std::uint64_t bytes = 0;
  double handshake_ms = 0;
  double rtt_ms = 0;
  double seconds = 0;  ///< of the bulk transfer
  double client_cpu_seconds = 0;
  double server_cpu_seconds = 0;
  double gigabits_per_second() const { return seconds > 0 ? static_cast<double>(bytes) * 8 / seconds / 1e9 : 0; }
};

/// Prints its ticket as one line on stdout and serves until the first client is gone.
Task<int> demo_serve();
/// Throws Failure or a system error.
Task<DemoReport> demo_connect(std::string ticket, std::uint64_t size);

}  // namespace iroh::tools
