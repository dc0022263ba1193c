// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/share/output_lines.hpp"

#include <fmt/format.h>

#include "tools/lib/number_format.hpp"
#include "tools/lib/share/names.hpp"

namespace iroh::tools {
namespace {

std::uint64_t per_second(std::uint64_t bytes, std::chrono::nanoseconds duration) {
  const double seconds = std::chrono::duration<double>(duration).count();
  return seconds > 0 ? static_cast<std::uint64_t>(static_cast<double>(bytes) / seconds) : 0;
}

}  // namespace

// [tools.md 9]
EndpointAddr ticket_addr(const EndpointAddr& known, TicketType type) {
  switch (type) {
    case TicketType::id:
      return EndpointAddr(known.id());
    case TicketType::relay:
      return known.relay_urls_only();
    case TicketType::addresses: {
      EndpointAddr addr(known.id());
      for (const SocketAddr& one : known.ip_addrs()) addr.insert(one);
      return addr;
    }
    case TicketType::relay_and_addresses:
      break;
  }
  return known;
}

std::string imported_line(const std::string& path_as_typed, const SharedTree& tree, const Hash& root) {
  return fmt::format("imported {} {}, {}, hash {}", tree.is_directory ? "directory" : "file", displayed(path_as_typed),
                     format_bytes(tree.total_size()), root.to_string());
}

std::vector<std::string> listing_lines(const Collection& collection) {
  std::vector<std::string> lines;
  for (const auto& entry : collection.entries())
    lines.push_back(fmt::format("    {} {}", entry.hash.to_string(), displayed(entry.name)));
  return lines;
}

std::string speed_line(std::uint64_t bytes, std::chrono::nanoseconds duration) {
  return fmt::format("    {}s, {}/s", std::chrono::duration<double>(duration).count(),
                     format_bytes(per_second(bytes, duration)));
}

std::string receive_command(const BlobTicket& ticket) {
  return "iroh receive " + ticket.to_string();
}

std::string getting_line(const Hash& root, std::uint64_t files, std::uint64_t payload_bytes) {
  return fmt::format("getting collection {} {} files, {}", root.to_string(), files, format_bytes(payload_bytes));
}

std::string downloaded_line(std::uint64_t files, std::uint64_t payload_bytes, std::uint64_t bytes_read,
                            std::chrono::nanoseconds duration) {
  return fmt::format("downloaded {} files, {}. took {} ({}/s)", files, format_bytes(payload_bytes),
                     format_duration(duration), format_bytes(per_second(bytes_read, duration)));
}

std::string clipboard_sequence(std::string_view text) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string base64;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    const std::string_view part = text.substr(i, 3);
    unsigned bits = 0;
    for (std::size_t k = 0; k < 3; ++k) bits = bits << 8 | (k < part.size() ? static_cast<unsigned char>(part[k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) base64 += k <= part.size() ? alphabet[bits >> (18 - 6 * k) & 63] : '=';
  }
  return "\033]52;c;" + base64 + "\033\\";
}

}  // namespace iroh::tools
