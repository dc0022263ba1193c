// SPDX-License-Identifier: MIT OR Apache-2.0
// The five bytes with which a connecting tool begins each stream, so that it exists for the listener. [tools.md §3.1]
#pragma once

#include <chrono>
#include <string_view>

#include "iroh/endpoint/stream.hpp"
#include "iroh/endpoint/task.hpp"

namespace iroh::tools {

constexpr std::string_view pipe_handshake = "hello";
/// From the stream's first byte on; without it a peer could keep a place among those who wait by sending half a word.
constexpr std::chrono::seconds handshake_time{10};

/// True if the stream begins with the handshake, in however many pieces it comes.
Task<bool> read_handshake(RecvStream recv);

}  // namespace iroh::tools
