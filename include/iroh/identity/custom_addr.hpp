// SPDX-License-Identifier: MIT OR Apache-2.0
/// CustomAddr: an address of a transport that is neither IP nor relay. [endpoint.md §1.7]
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "iroh/base/result.hpp"
#include "iroh/identity/addr_error.hpp"

namespace iroh {

/// How custom addresses are written in postcard. Decoders read both. [endpoint.md §1.7.3]
enum class CustomAddrForm {
  iroh_1_4,  ///< id, then a byte string: the default
  iroh_1_0,  ///< inline or heap variant: the only form that iroh 1.0.x reads
};

/// A transport id and bytes that only that transport understands.
class CustomAddr {
 public:
  explicit CustomAddr(std::uint64_t transport_id, std::span<const std::byte> data = {})
      : transport_id_(transport_id), data_(data.begin(), data.end()) {}

  /// "<id in hex>_<data in lower-case hex>". Fails with one of the custom_ errors of AddrError.
  static Result<CustomAddr> parse(std::string_view text);
  /// 8 bytes of id, little-endian, then data. Fails with AddrError::custom_data_too_short.
  static Result<CustomAddr> from_bytes(std::span<const std::byte> bytes);

  std::uint64_t transport_id() const noexcept { return transport_id_; }
  std::span<const std::byte> data() const noexcept { return data_; }
  /// What parse() reads.
  std::string to_string() const;
  /// What from_bytes() reads.
  std::vector<std::byte> to_bytes() const;

  friend bool operator==(const CustomAddr&, const CustomAddr&) noexcept = default;
  /// By id; then data of at most 30 bytes (by size, then bytes) before longer data (by bytes). [endpoint.md §1.7]
  friend std::strong_ordering operator<=>(const CustomAddr& left, const CustomAddr& right) noexcept;

 private:
  std::uint64_t transport_id_;
  std::vector<std::byte> data_;
};

/// Writes to_string().
std::ostream& operator<<(std::ostream& out, const CustomAddr& addr);

}  // namespace iroh

template <>
struct std::hash<iroh::CustomAddr> {
  std::size_t operator()(const iroh::CustomAddr& addr) const noexcept;
};
