// SPDX-License-Identifier: MIT OR Apache-2.0
// The addresses at which the peer says that it sees us, per path. [quic.md §5.9]
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "quic/frame/address_frames.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

class AddressReports {
 public:
  /// A report on a path that exists. The address, if it is news to the application: another than before, on a path that
  /// is established. What comes earlier waits for on_established().
  std::optional<SocketAddr> on_observed_address(PathId path, const ObservedAddressFrame& frame, bool is_established);
  /// The path is established: the report that waits for that.
  std::optional<SocketAddr> on_established(PathId path) noexcept;
  /// The path is gone.
  void forget(PathId path) noexcept;
  /// What the peer has said last, on an established path.
  std::optional<SocketAddr> reported(PathId path) const noexcept;

 private:
  struct Path {
    PathId id;
    std::optional<std::uint64_t> sequence;  // the highest
    std::optional<SocketAddr> address;      // that came with it
    std::optional<SocketAddr> reported;     // what the application knows
  };
  Path& find_or_add(PathId id);
  static std::optional<SocketAddr> news(Path& path) noexcept;

  std::vector<Path> paths_;  // as many as the conductor has; few
};

}  // namespace iroh::quic
