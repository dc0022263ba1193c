// SPDX-License-Identifier: MIT OR Apache-2.0
// Somebody who wants to know what is there of a blob: the latest bitfield waits for them, older ones are forgotten.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "blobs/service/completion.hpp"
#include "iroh/blobs/bitfield.hpp"

namespace iroh::blobs {

class StoreCore;

class Observation {
 public:
  /// Handlers are called by way of the store's thread.
  explicit Observation(std::weak_ptr<StoreCore> core) noexcept : core_(std::move(core)) {}

  // ---- From the store's thread

  void update(const Bitfield& bitfield);
  /// Nothing more will come.
  void end();

  // ---- From the observer

  /// One call at a time; a second one ends the first with operation_aborted.
  void next(CompletionHandler<std::optional<Bitfield>> handler, const std::shared_ptr<Observation>& self);

 private:
  struct Waiting {
    std::uint64_t id;
    Completion<std::optional<Bitfield>> completion;
  };
  void deliver();
  void cancel(std::uint64_t id);
  void abort(Waiting waiting);

  const std::weak_ptr<StoreCore> core_;
  std::mutex mutex_;
  std::optional<Bitfield> latest_;
  std::optional<Bitfield> told_;
  std::optional<Waiting> waiting_;
  std::uint64_t last_id_ = 0;
  bool is_over_ = false;
};

}  // namespace iroh::blobs
