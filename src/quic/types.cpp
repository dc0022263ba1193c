// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/types.hpp"

#include <string_view>

#include "base/assert.hpp"

namespace iroh::quic {

bool is_same_path(const FourTuple& asking, const FourTuple& other) noexcept {
  // [quic.md §0] The IPv6 flow label does not tell paths apart; the scope id only does for link-local and multicast.
  const auto& a = asking.remote;
  const auto& b = other.remote;
  if (a.ip() != b.ip() || a.port() != b.port()) return false;
  const bool scoped = a.ip().is_link_local() || a.ip().is_multicast();
  if (scoped && a.scope_id() != b.scope_id()) return false;
  return !asking.local || asking.local == other.local;
}

ConnectionId::ConnectionId(ByteSpan bytes) noexcept : size_(static_cast<std::uint8_t>(bytes.size())) {
  IROH_ASSERT(bytes.size() <= max_size);
  if (!bytes.empty()) std::memcpy(bytes_.data(), bytes.data(), bytes.size());
}

}  // namespace iroh::quic

std::size_t std::hash<iroh::quic::ConnectionId>::operator()(const iroh::quic::ConnectionId& id) const noexcept {
  return std::hash<std::string_view>{}(iroh::base::as_text(id.bytes()));
}
