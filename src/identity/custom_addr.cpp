// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/identity/custom_addr.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ostream>

#include "base/byte_span.hpp"
#include "base/hex.hpp"

namespace iroh {
namespace {

/// Data up to this size orders before longer data. [endpoint.md §1.7]
constexpr std::size_t short_data_size = 30;
constexpr std::size_t id_size = 8;

std::unexpected<error_code> failure(AddrError error) {
  return std::unexpected(make_error_code(error));
}

}  // namespace

Result<CustomAddr> CustomAddr::parse(std::string_view text) {
  const auto separator = text.find('_');
  if (separator == std::string_view::npos) return failure(AddrError::custom_missing_separator);
  std::uint64_t id = 0;
  const char* id_end = text.data() + separator;
  const auto [end, error] = std::from_chars(text.data(), id_end, id, 16);
  if (error != std::errc() || end != id_end) return failure(AddrError::custom_invalid_id);
  const auto data = base::from_hex(text.substr(separator + 1));
  if (!data) return failure(AddrError::custom_invalid_data);
  return CustomAddr(id, *data);
}

Result<CustomAddr> CustomAddr::from_bytes(std::span<const std::byte> bytes) {
  if (bytes.size() < id_size) return failure(AddrError::custom_data_too_short);
  std::uint64_t id = 0;
  for (std::size_t i = id_size; i-- > 0;) id = id << 8 | std::to_integer<std::uint64_t>(bytes[i]);
  return CustomAddr(id, bytes.subspan(id_size));
}

std::string CustomAddr::to_string() const {
  return fmt::format("{:x}_{}", transport_id_, base::to_hex(data_));
}

std::vector<std::byte> CustomAddr::to_bytes() const {
  std::vector<std::byte> bytes;
  bytes.reserve(id_size + data_.size());
  for (std::size_t i = 0; i < id_size; ++i) bytes.push_back(static_cast<std::byte>(transport_id_ >> (8 * i) & 0xff));
  bytes.insert(bytes.end(), data_.begin(), data_.end());
  return bytes;
}

std::strong_ordering operator<=>(const CustomAddr& left, const CustomAddr& right) noexcept {
  if (const auto by_id = left.transport_id_ <=> right.transport_id_; by_id != 0) return by_id;
  const bool is_left_long = left.data_.size() > short_data_size;
  const bool is_right_long = right.data_.size() > short_data_size;
  if (is_left_long != is_right_long) return is_left_long <=> is_right_long;
  if (!is_left_long && left.data_.size() != right.data_.size()) return left.data_.size() <=> right.data_.size();
  return left.data_ <=> right.data_;
}

std::ostream& operator<<(std::ostream& out, const CustomAddr& addr) {
  return out << addr.to_string();
}

}  // namespace iroh

std::size_t std::hash<iroh::CustomAddr>::operator()(const iroh::CustomAddr& addr) const noexcept {
  return std::hash<std::uint64_t>()(addr.transport_id()) * 31 ^
         std::hash<std::string_view>()(iroh::base::as_text(addr.data()));
}
