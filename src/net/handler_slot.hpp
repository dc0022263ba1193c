// SPDX-License-Identifier: MIT OR Apache-2.0
// A handler that waits for the event loop while its owner (a timer, a socket) may still replace or drop it.
#pragma once

#include <functional>
#include <memory>
#include <utility>

namespace iroh::net {

/// The handler leaves the slot before it is called or destroyed, since it may own whoever owns the slot.
struct HandlerSlot {
  std::move_only_function<void()> handler;

  void call() {
    auto due = std::exchange(handler, nullptr);
    if (due) due();
  }
  void drop() { const auto dropped = std::exchange(handler, nullptr); }
};

/// The event loop's hold on a slot. If the loop ends without calling back, the handler is destroyed with the hold: a
/// handler that owns the owner of its slot would otherwise keep both alive for ever.
class SlotHold {
 public:
  explicit SlotHold(std::shared_ptr<HandlerSlot> slot) noexcept : slot_(std::move(slot)) {}
  SlotHold(SlotHold&&) noexcept = default;
  SlotHold& operator=(SlotHold&&) = delete;
  ~SlotHold() {
    if (slot_) slot_->drop();
  }
  /// The loop calls back: the hold ends here.
  std::shared_ptr<HandlerSlot> take() noexcept { return std::move(slot_); }

 private:
  std::shared_ptr<HandlerSlot> slot_;
};

}  // namespace iroh::net
