// SPDX-License-Identifier: MIT OR Apache-2.0
// Who gets what: the part of a download that a worker asks for next.
#include <algorithm>
#include <boost/asio/as_tuple.hpp>

#include "base/try.hpp"
#include "blobs/client/download_state.hpp"
#include "blobs/service/internals.hpp"

namespace iroh::blobs {
namespace {

/// How often an idle worker looks whether somebody else is too slow.
constexpr std::chrono::milliseconds look_again{250};
/// A part that would be done sooner is left to whoever has it.
constexpr std::chrono::milliseconds worth_taking_over{500};
/// Nobody is judged before.
constexpr std::chrono::milliseconds judged_after{250};

}  // namespace

Task<std::optional<ChunkRangesSeq>> DownloadState::take_part(Worker& worker) {
  while (!is_over()) {
    if (is_planning_) {
      co_await wait(look_again);
      continue;
    }
    is_planning_ = true;
    auto planned = co_await plan(worker);
    is_planning_ = false;
    wake();
    if (is_over()) co_return std::nullopt;
    if (!planned) {
      stop(planned.error());
      co_return std::nullopt;
    }
    apply(planned->info);
    if (is_complete_) co_return std::nullopt;
    if (!planned->part.is_empty()) {
      worker.part = planned->part;
      worker.part_bytes = planned->part_bytes;
      worker.since = std::chrono::steady_clock::now();
      worker.gives_up_part = false;
      co_return std::move(planned->part);
    }
    take_over_from_slowest(worker);
    co_await wait(look_again);
  }
  co_return std::nullopt;
}

Task<Result<DownloadState::Plan>> DownloadState::plan(Worker& worker) {
  // Whoever could still come counts, too: the sizes are worth a round trip if there will be something to share.
  const bool is_shared = options_.max_parallel_providers > 1 && (workers_.size() > 1);
  const bool needs_probe = !are_sizes_known_ && (options_.probe_sizes || is_shared);
  std::vector<ChunkRangesSeq> assigned;
  for (const auto& [id, other] : workers_) {
    if (id != worker.id && !other->part.is_empty()) assigned.push_back(other->part);
  }
  const std::size_t sharers = workers_.size();
  auto work = [&](StoreCore& core) -> Result<Plan> {
    IROH_TRY(info, wanted_.local(core.store()));
    Plan plan = {std::move(info), {}, 0, false};
    if (plan.info.is_complete()) return plan;
    if (needs_probe) {
      IROH_TRY(probe, wanted_.size_probe(core.store()));
      // While one proves the sizes the others wait.
      if (!probe.is_empty()) {
        if (assigned.empty()) plan.part = std::move(probe);
        return plan;
      }
      plan.are_sizes_known = true;
    }
    ChunkRangesSeq left = plan.info.missing.ranges;
    for (const ChunkRangesSeq& taken : assigned) left = subtract(left, taken);
    if (left.is_empty() || sharers <= 1) {
      plan.part = std::move(left);
      return plan;
    }
    // Parts get no smaller than is useful, and there are not many more than providers: planning looks at everything.
    const std::uint64_t missing =
        plan.info.total_bytes.value_or(0) - std::min(plan.info.total_bytes.value_or(0), plan.info.local_bytes);
    const std::uint64_t fair = std::max(missing / (4 * sharers), missing > part_max * 64 ? part_max : part_min);
    plan.part_bytes = std::max(fair, part_min);
    IROH_TRY(part, wanted_.cut(core.store(), left, plan.part_bytes));
    plan.part = std::move(part);
    return plan;
  };
  auto planned = co_await on_store(Internals::thread(store_), std::move(work));
  if (planned && planned->are_sizes_known) are_sizes_known_ = true;
  co_return planned;
}

/// Everything is assigned, but somebody may take long with it: the rest is shared anew.
void DownloadState::take_over_from_slowest(const Worker& worker) {
  const auto now = std::chrono::steady_clock::now();
  Worker* slowest = nullptr;
  double longest = std::chrono::duration<double>(worth_taking_over).count();
  for (const auto& [id, other] : workers_) {
    if (id == worker.id || other->part.is_empty() || other->gives_up_part || now - other->since < judged_after)
      continue;
    const double seconds = std::chrono::duration<double>(now - other->since).count();
    const double rate = static_cast<double>(other->payload) / seconds;
    const double left = static_cast<double>(other->part_bytes - std::min(other->part_bytes, other->payload));
    if (left < static_cast<double>(part_min)) continue;
    const double remaining = rate > 0 ? left / rate : 1e9;
    if (remaining <= longest) continue;
    longest = remaining;
    slowest = other.get();
  }
  if (slowest != nullptr) slowest->gives_up_part = true;
}

}  // namespace iroh::blobs
