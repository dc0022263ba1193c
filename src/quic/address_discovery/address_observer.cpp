// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/address_discovery/address_observer.hpp"

#include <algorithm>

#include "quic/frame/address_frames.hpp"
#include "quic/stream/write_frame.hpp"

namespace iroh::quic {

void AddressObserver::observe(PathId id, const SocketAddr& remote, std::uint64_t generation) {
  // [quic.md §5.9] We report in canonical form.
  const Path observed{.id = id, .generation = generation, .remote = remote.canonical(), .is_due = true};
  if (Path* path = find(id)) {
    *path = observed;
  } else {
    paths_.push_back(observed);
  }
}

void AddressObserver::forget(PathId id) noexcept {
  std::erase_if(paths_, [id](const Path& path) { return path.id == id; });
}

bool AddressObserver::can_send(PathId id) const noexcept {
  const Path* path = find(id);
  return path != nullptr && path->is_due;
}

void AddressObserver::write(PacketWriter& packet, PathId id) {
  Path* path = find(id);
  if (path == nullptr || !path->is_due) return;
  const ObservedAddressFrame frame{.sequence = next_sequence_, .address = path->remote};
  const SentFrame record{
      .kind = SentFrame::Kind::observed_address, .path = id, .id = frame.sequence, .offset = path->generation};
  if (!write_frame(packet, frame, record, /*is_probing=*/true)) return;
  // [quic.md 80] One counter for all paths, also for what is sent again.
  ++next_sequence_;
  path->is_due = false;
}

void AddressObserver::on_lost(const SentFrame& frame) noexcept {
  // [quic.md §3.4] Only while the path is on the 4-tuple that the report was about; with a fresh sequence.
  Path* path = find(frame.path);
  if (path != nullptr && path->generation == frame.offset) path->is_due = true;
}

const AddressObserver::Path* AddressObserver::find(PathId id) const noexcept {
  const auto found = std::ranges::find(paths_, id, &Path::id);
  return found == paths_.end() ? nullptr : &*found;
}

AddressObserver::Path* AddressObserver::find(PathId id) noexcept {
  const auto found = std::ranges::find(paths_, id, &Path::id);
  return found == paths_.end() ? nullptr : &*found;
}

}  // namespace iroh::quic
