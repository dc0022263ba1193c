// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tls/alpn.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/byte_reader.hpp"
#include "base/byte_writer.hpp"

namespace iroh::tls {

std::vector<std::byte> encode_alpns(const std::vector<std::string>& alpns) {
  std::size_t size = 0;
  for (const std::string& alpn : alpns) {
    IROH_ASSERT(!alpn.empty() && alpn.size() <= 255);
    size += 1 + alpn.size();
  }
  IROH_ASSERT(size <= 0xffff);
  std::vector<std::byte> data(2 + size);
  base::ByteWriter writer(data);
  writer.u16(static_cast<std::uint16_t>(size));
  for (const std::string& alpn : alpns) {
    writer.u8(static_cast<std::uint8_t>(alpn.size()));
    writer.bytes(base::as_bytes(alpn));
  }
  return data;
}

std::optional<std::vector<std::string_view>> decode_alpns(base::ByteSpan data) {
  base::ByteReader reader(data);
  const auto list_size = reader.u16();
  if (list_size != reader.remaining() || reader.is_empty()) return std::nullopt;
  std::vector<std::string_view> alpns;
  while (!reader.is_empty()) {
    const auto size = reader.u8();
    const auto name = reader.bytes(*size);
    if (*size == 0 || !name) return std::nullopt;
    alpns.push_back(base::as_text(*name));
  }
  return alpns;
}

const std::string* select_alpn(const std::vector<std::string>& ours, const std::vector<std::string_view>& offered) {
  const auto found = std::ranges::find_if(ours, [&](const std::string& alpn) {
    return std::ranges::find(offered, std::string_view(alpn)) != offered.end();
  });
  return found == ours.end() ? nullptr : &*found;
}

}  // namespace iroh::tls
