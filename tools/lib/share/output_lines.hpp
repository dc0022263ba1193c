// SPDX-License-Identifier: MIT OR Apache-2.0
// The lines that scripts read: their words, order and number are an interface, the ticket is the last word.
// [tools.md §2.3]
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "iroh/blobs/blob_ticket.hpp"
#include "iroh/blobs/collection.hpp"
#include "tools/lib/share/options.hpp"
#include "tools/lib/share/walk.hpp"

namespace iroh::tools {

/// The addresses that go into a ticket.
EndpointAddr ticket_addr(const EndpointAddr& known, TicketType type);

/// Before the listing of -vv, and after it.
std::string imported_line(const std::string& path_as_typed, const SharedTree& tree, const Hash& root);
std::vector<std::string> listing_lines(const Collection& collection);
std::string speed_line(std::uint64_t bytes, std::chrono::nanoseconds duration);
std::string receive_command(const BlobTicket& ticket);

std::string getting_line(const Hash& root, std::uint64_t files, std::uint64_t payload_bytes);
std::string downloaded_line(std::uint64_t files, std::uint64_t payload_bytes, std::uint64_t bytes_read,
                            std::chrono::nanoseconds duration);

/// To put text into a terminal's clipboard.
std::string clipboard_sequence(std::string_view text);

}  // namespace iroh::tools
