// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/connection/path_blocked.hpp"

#include <algorithm>

#include "quic/frame/path_frames.hpp"
#include "quic/stream/write_frame.hpp"

namespace iroh::quic {

void PathBlocked::on_paths_blocked(PathId maximum) {
  if (!maximum_ || *maximum_ < maximum) maximum_ = maximum;
}

void PathBlocked::on_cids_blocked(PathId path, std::uint64_t next_sequence) {
  if (cids_.size() >= queued_max || std::ranges::find(cids_, path, &CidsBlocked::path) != cids_.end()) return;
  cids_.push_back({path, next_sequence});
}

void PathBlocked::forget(PathId path) {
  std::erase_if(cids_, [path](const CidsBlocked& blocked) { return blocked.path == path; });
}

void PathBlocked::write(PacketWriter& packet) {
  if (maximum_) {
    const SentFrame record{.kind = SentFrame::Kind::paths_blocked, .id = to_u32(*maximum_)};
    if (!write_frame(packet, PathsBlockedFrame{*maximum_}, record)) return;
    maximum_.reset();
  }
  while (!cids_.empty()) {
    const CidsBlocked& next = cids_.front();
    const SentFrame record{.kind = SentFrame::Kind::path_cids_blocked, .path = next.path, .id = next.next_sequence};
    if (!write_frame(packet, PathCidsBlockedFrame{next.path, next.next_sequence}, record)) return;
    cids_.erase(cids_.begin());
  }
}

void PathBlocked::on_lost(const SentFrame& frame) {
  if (frame.kind == SentFrame::Kind::paths_blocked) {
    on_paths_blocked(PathId{static_cast<std::uint32_t>(frame.id)});
  } else {
    on_cids_blocked(frame.path, frame.id);
  }
}

}  // namespace iroh::quic
