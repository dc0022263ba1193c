// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/recovery/lost_packet_memory.hpp"

#include <algorithm>
#include <utility>

namespace iroh::quic {

void LostPacketMemory::start_event() noexcept {
  for (auto& entries : entries_) entries.clear();
  count_ = 0;
  undoable_ = true;
  any_acked_ = false;
}

void LostPacketMemory::add(Instant now, SpaceId space, PacketNumber pn) {
  if (!undoable_) return;
  if (count_ >= packets_max) return give_up();
  entries_[index_of(space)].push_back({pn, now});
  ++count_;
}

std::size_t LostPacketMemory::on_acked(SpaceId space, PnRange range) noexcept {
  if (count_ == 0) return 0;
  auto& entries = entries_[index_of(space)];
  const auto below = [](const Entry& entry, PacketNumber pn) { return entry.pn < pn; };
  const auto begin = std::lower_bound(entries.begin(), entries.end(), range.first, below);
  const auto end = std::lower_bound(begin, entries.end(), range.last + 1, below);
  const auto found = static_cast<std::size_t>(end - begin);
  if (found == 0) return 0;
  entries.erase(begin, end);
  count_ -= found;
  any_acked_ = true;
  return found;
}

void LostPacketMemory::expire(Instant lost_before) noexcept {
  if (count_ == 0) return;
  const bool expired = std::any_of(entries_.begin(), entries_.end(), [lost_before](const auto& entries) {
    return !entries.empty() && entries.front().lost_at < lost_before;
  });
  if (!expired) return;
  give_up();
  for (auto& entries : entries_) entries.shrink_to_fit();
}

void LostPacketMemory::discard_space(SpaceId space) noexcept {
  if (!entries_[index_of(space)].empty()) give_up();
}

bool LostPacketMemory::take_undo() noexcept {
  if (!undoable_ || !any_acked_ || count_ > 0) return false;
  give_up();
  return true;
}

}  // namespace iroh::quic
