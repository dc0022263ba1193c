// SPDX-License-Identifier: MIT OR Apache-2.0
// Which of the usable paths carry data, and in which order they are asked. Decided once per train, never per packet.
// [quic.md §4.8], [multipath-21 §5.4]
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "quic/connection/config.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

/// A validated path with connection ids. schedule() fills in the last members.
struct PathCandidate {
  PathId id = path_zero;
  PathStatus status = PathStatus::available;         ///< ours
  PathStatus remote_status = PathStatus::available;  ///< the peer's, a hint
  Duration rtt{};                                    ///< smoothed
  std::uint64_t window = 0;
  std::uint64_t in_flight = 0;

  bool carries_data = false;
  bool repeats_data = false;  ///< carries what the others carry once more
  std::uint32_t rank = 0;     ///< the lowest is asked first
};

class PathScheduler {
 public:
  virtual ~PathScheduler() = default;
  virtual void schedule(std::span<PathCandidate> candidates) = 0;
};

std::unique_ptr<PathScheduler> make_path_scheduler(SchedulerKind kind);

}  // namespace iroh::quic
