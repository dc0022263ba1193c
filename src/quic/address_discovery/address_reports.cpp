// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/address_discovery/address_reports.hpp"

#include <algorithm>

#include "quic/nat_traversal/nat_traversal_types.hpp"

namespace iroh::quic {

std::optional<SocketAddr> AddressReports::on_observed_address(PathId id, const ObservedAddressFrame& frame,
                                                              bool is_established) {
  Path& path = find_or_add(id);
  // [quic.md 80] The highest sequence of the path counts; what was overtaken or repeated does not.
  if (path.sequence && frame.sequence <= *path.sequence) return std::nullopt;
  path.sequence = frame.sequence;
  const SocketAddr address = as_candidate(frame.address);
  // [quic.md §1.3] An observer may report a handle of its own socket layer; nobody is reachable there.
  if (!is_reachable_address(address)) return std::nullopt;
  path.address = address;
  return is_established ? news(path) : std::nullopt;
}

std::optional<SocketAddr> AddressReports::on_established(PathId id) noexcept {
  const auto path = std::ranges::find(paths_, id, &Path::id);
  return path == paths_.end() ? std::nullopt : news(*path);
}

void AddressReports::forget(PathId id) noexcept {
  std::erase_if(paths_, [id](const Path& path) { return path.id == id; });
}

std::optional<SocketAddr> AddressReports::reported(PathId id) const noexcept {
  const auto path = std::ranges::find(paths_, id, &Path::id);
  return path == paths_.end() ? std::nullopt : path->reported;
}

std::optional<SocketAddr> AddressReports::news(Path& path) noexcept {
  if (path.address == path.reported) return std::nullopt;
  path.reported = path.address;
  return path.reported;
}

AddressReports::Path& AddressReports::find_or_add(PathId id) {
  const auto found = std::ranges::find(paths_, id, &Path::id);
  return found != paths_.end() ? *found : paths_.emplace_back(Path{.id = id});
}

}  // namespace iroh::quic
