// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/connection/path_scheduler.hpp"

#include <algorithm>
#include <optional>

namespace iroh::quic {
namespace {

/// [quic.md 57] Our own status decides; [quic.md §11 1] the peer's is a hint among equals.
std::uint32_t preference(const PathCandidate& path) {
  return (path.status == PathStatus::backup ? 2u : 0u) + (path.remote_status == PathStatus::backup ? 1u : 0u);
}

std::uint32_t best_preference(std::span<const PathCandidate> candidates) {
  std::uint32_t best = UINT32_MAX;
  for (const PathCandidate& path : candidates) best = std::min(best, preference(path));
  return best;
}

/// One path at a time; perhaps with all of it once more on the others of the same status. [quic.md §4.14]
class LowestRtt final : public PathScheduler {
 public:
  explicit LowestRtt(bool is_redundant) noexcept : is_redundant_(is_redundant) {}

  void schedule(std::span<PathCandidate> candidates) override {
    const std::uint32_t best = best_preference(candidates);
    PathCandidate* chosen = nullptr;
    PathCandidate* present = nullptr;
    for (PathCandidate& path : candidates) {
      path.carries_data = false;
      if (preference(path) != best) continue;
      if (chosen == nullptr || path.rtt < chosen->rtt) chosen = &path;
      if (current_ == path.id) present = &path;
    }
    if (chosen == nullptr) return current_.reset();
    // Two paths of nearly the same length would otherwise take turns, and put packets out of order each time.
    if (present != nullptr && present->rtt - chosen->rtt < switch_gain_min) chosen = present;
    chosen->carries_data = true;
    current_ = chosen->id;
    if (!is_redundant_) return;
    for (PathCandidate& path : candidates) path.repeats_data = &path != chosen && preference(path) == best;
  }

 private:
  static constexpr Duration switch_gain_min = base::milliseconds(5);
  bool is_redundant_;
  std::optional<PathId> current_;
};

/// All paths of the best status, the one with the most room first: each is filled as far as its own window goes, and
/// the windows are in proportion to what the paths deliver.
class Weighted final : public PathScheduler {
 public:
  void schedule(std::span<PathCandidate> candidates) override {
    const std::uint32_t best = best_preference(candidates);
    for (PathCandidate& path : candidates) {
      path.carries_data = preference(path) == best;
      path.rank = fullness(path);
    }
  }

 private:
  /// In 1/1024 of the window.
  static std::uint32_t fullness(const PathCandidate& path) {
    if (path.window == 0) return UINT32_MAX;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(path.in_flight * 1024 / path.window, UINT32_MAX));
  }
};

}  // namespace

std::unique_ptr<PathScheduler> make_path_scheduler(SchedulerKind kind) {
  if (kind == SchedulerKind::weighted) return std::make_unique<Weighted>();
  return std::make_unique<LowestRtt>(kind == SchedulerKind::redundant);
}

}  // namespace iroh::quic
