// SPDX-License-Identifier: MIT OR Apache-2.0
// The way from the public handles to what is behind them.
#pragma once

#include <memory>

#include "blobs/service/observation.hpp"
#include "blobs/service/store_thread.hpp"
#include "iroh/blobs/blob_store.hpp"

namespace iroh {

/// Releases the temp tag when it goes; does not keep the store open.
struct TempTag::Lease {
  Lease(std::weak_ptr<blobs::StoreCore> of, const HashAndFormat& what) : core(std::move(of)), content(what) {}
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease();

  std::weak_ptr<blobs::StoreCore> core;
  HashAndFormat content;
};

namespace blobs {

class Internals {
 public:
  static const StoreHandle& thread(const BlobStore& store) noexcept { return store.thread_; }
  static BlobStore store(std::unique_ptr<Store> store) {
    return BlobStore(std::make_shared<StoreThread>(std::move(store)));
  }
  /// For a temp tag that exists in the global scope already. On the store's thread.
  static TempTag lease(StoreCore& core, const HashAndFormat& content) {
    return TempTag(std::make_shared<const TempTag::Lease>(core.weak_from_this(), content));
  }
  /// A new one.
  static TempTag protect(StoreCore& core, const HashAndFormat& content) {
    core.store().temp_tags().add(global_scope, content);
    return lease(core, content);
  }
  static BitfieldUpdates updates(std::shared_ptr<Observation> observation) noexcept {
    return BitfieldUpdates(std::move(observation));
  }
};

}  // namespace blobs
}  // namespace iroh
