// SPDX-License-Identifier: MIT OR Apache-2.0
// The bench protocol: what the two sides say to each other, on streams that the client opens. bench/reference speaks it
// too. Described in docs/benchmarking.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "tools/lib/bench/usage.hpp"

namespace iroh::tools {

inline constexpr std::string_view bench_alpn = "iroh-cpp/bench/1";
inline constexpr std::uint64_t bench_close_code = 0;

/// The first byte of a request stream. Numbers are 8 bytes, big-endian.
enum class BenchRequest : char {
  upload = 'U',     ///< data up to the end of the stream; the answer is its length
  download = 'D',   ///< a length; the answer is that much data
  echo = 'E',       ///< everything comes back as it arrives
  datagrams = 'G',  ///< answered with 'G', then datagrams; after the end of the stream their number and nanoseconds
  usage = 'S',      ///< the answer is an encoded Usage of the server
};

inline constexpr std::size_t bench_block_bytes = std::size_t{256} << 10;
inline constexpr std::size_t bench_datagram_batch = 64;
inline constexpr std::size_t bench_usage_bytes = 24;

std::string encode_number(std::uint64_t number);
/// The 8 bytes at offset, which must be there.
std::uint64_t decode_number(std::span<const std::byte> bytes, std::size_t offset = 0);
std::string encode_usage(const Usage& usage);
Usage decode_usage(std::span<const std::byte> bytes);

}  // namespace iroh::tools
