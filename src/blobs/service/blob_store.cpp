// SPDX-License-Identifier: MIT OR Apache-2.0
// What is there, and what is kept: lists, tags, garbage. Content in and out is in blob_store_content.cpp.
#include "iroh/blobs/blob_store.hpp"

#include <set>

#include "base/assert.hpp"
#include "base/try.hpp"
#include "blobs/service/internals.hpp"
#include "blobs/store/garbage.hpp"
#include "blobs/store/memory_store.hpp"
#include "blobs/transfer/failures.hpp"

namespace iroh {

using blobs::Internals;
using blobs::StoreCore;

// ---- Handles

TempTag::Lease::~Lease() {
  if (const auto alive = core.lock()) {
    alive->post([what = content](StoreCore& on) { on.store().temp_tags().release(blobs::global_scope, what); });
  }
}

const HashAndFormat& TempTag::content() const noexcept {
  IROH_ASSERT(lease_ != nullptr);
  return lease_->content;
}

void BitfieldUpdates::start_next(CompletionHandler<std::optional<Bitfield>> handler, Handle observation) {
  if (observation) return observation->next(std::move(handler), observation);
  boost::asio::post(boost::asio::system_executor(),
                    boost::asio::append(std::move(handler), error_code(), std::optional<Bitfield>()));
}

BlobStore BlobStore::in_memory() {
  return Internals::store(std::make_unique<blobs::MemoryStore>());
}

// ---- What is there

void BlobStore::start_bitfield(CompletionHandler<Bitfield> handler, Handle thread, Hash hash) {
  thread->submit(std::move(handler), [hash](StoreCore& core) { return core.store().bitfield(hash); });
}

void BlobStore::start_list(CompletionHandler<std::vector<Hash>> handler, Handle thread) {
  thread->submit(std::move(handler), [](StoreCore& core) { return core.store().list(); });
}

BitfieldUpdates BlobStore::observe(const Hash& hash) const {
  auto observation = std::make_shared<blobs::Observation>(thread_->weak_core());
  thread_->core().post([hash, weak = std::weak_ptr(observation)](StoreCore& core) mutable {
    core.add_observation(hash, std::move(weak));
  });
  return Internals::updates(std::move(observation));
}

void BlobStore::start_verify(CompletionHandler<VerifyReport> handler, Handle thread, Hash hash, BlobProgress progress) {
  thread->submit(std::move(handler), [hash, progress = std::move(progress)](StoreCore& core) -> Result<VerifyReport> {
    IROH_TRY(found, core.store().verify(hash, progress));
    VerifyReport report = {found.before, found.after, found.bad, std::nullopt};
    if (found.first_error) {
      report.first = TransferFailure{blobs::to_error(found.first_error->kind), hash, found.first_error->offset()};
    }
    core.notify(hash);
    return report;
  });
}

// ---- Keeping and deleting

void BlobStore::start_set_tag(CompletionHandler<> handler, Handle thread, TagName name, HashAndFormat content) {
  thread->submit(std::move(handler),
                 [name = std::move(name), content](StoreCore& core) { return core.store().set_tag(name, content); });
}

void BlobStore::start_create_tag(CompletionHandler<TagName> handler, Handle thread, HashAndFormat content) {
  thread->submit(std::move(handler), [content](StoreCore& core) {
    return blobs::create_tag(core.store(), content, std::chrono::system_clock::now());
  });
}

void BlobStore::start_tag(CompletionHandler<std::optional<HashAndFormat>> handler, Handle thread, TagName name) {
  using Found = std::optional<HashAndFormat>;
  thread->submit(std::move(handler), [name = std::move(name)](StoreCore& core) -> Result<Found> {
    const auto found = core.store().tag(name);
    if (found) return Found(*found);
    if (found.error() == BlobError::not_found) return Found();
    return std::unexpected(found.error());
  });
}

void BlobStore::start_tags(CompletionHandler<std::vector<TagInfo>> handler, Handle thread, TagRange range) {
  thread->submit(std::move(handler),
                 [range = std::move(range)](StoreCore& core) { return core.store().list_tags(range); });
}

void BlobStore::start_delete_tags(CompletionHandler<std::size_t> handler, Handle thread, TagRange range) {
  thread->submit(std::move(handler),
                 [range = std::move(range)](StoreCore& core) { return core.store().delete_tags(range); });
}

void BlobStore::start_rename_tag(CompletionHandler<> handler, Handle thread, TagName from, TagName to) {
  thread->submit(std::move(handler), [from = std::move(from), to = std::move(to)](StoreCore& core) {
    return core.store().rename_tag(from, to);
  });
}

void BlobStore::start_temp_tag(CompletionHandler<TempTag> handler, Handle thread, HashAndFormat content) {
  thread->submit(std::move(handler),
                 [content](StoreCore& core) -> Result<TempTag> { return Internals::protect(core, content); });
}

void BlobStore::start_remove(CompletionHandler<std::size_t> handler, Handle thread, std::vector<Hash> hashes,
                             bool is_forced) {
  thread->submit(std::move(handler), [hashes = std::move(hashes), is_forced](StoreCore& core) {
    return core.store().remove(hashes, is_forced);
  });
}

void BlobStore::start_collect(CompletionHandler<std::size_t> handler, Handle thread, CollectOptions options) {
  thread->submit(std::move(handler), [options = std::move(options)](StoreCore& core) -> Result<std::size_t> {
    blobs::AddProtected add;
    if (options.add_protected) {
      add = [&options](std::set<Hash>& live) {
        std::vector<Hash> keep;
        const bool goes_on = options.add_protected(keep);
        live.insert(keep.begin(), keep.end());
        return goes_on;
      };
    }
    IROH_TRY(report, blobs::collect_garbage(core.store(), add));
    return report.deleted;
  });
}

void BlobStore::start_sync(CompletionHandler<> handler, Handle thread) {
  thread->submit(std::move(handler), [](StoreCore& core) { return core.store().sync(); });
}

}  // namespace iroh
