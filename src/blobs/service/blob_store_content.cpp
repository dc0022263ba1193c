// SPDX-License-Identifier: MIT OR Apache-2.0
// Content into a store and out of it.
#include <algorithm>

#include "base/try.hpp"
#include "blobs/service/internals.hpp"
#include "iroh/blobs/blob_store.hpp"

namespace iroh {

using blobs::Internals;
using blobs::StoreCore;

namespace {

blobs::ImportMode import_mode(FileMode mode) noexcept {
  switch (mode) {
    case FileMode::reference:
      return blobs::ImportMode::reference;
    case FileMode::move:
      return blobs::ImportMode::move;
    case FileMode::reflink:
      return blobs::ImportMode::reflink;
    case FileMode::copy:
      break;
  }
  return blobs::ImportMode::copy;
}

blobs::ExportMode export_mode(FileMode mode) noexcept {
  switch (mode) {
    case FileMode::reference:
      return blobs::ExportMode::reference;
    case FileMode::move:
      return blobs::ExportMode::move;
    case FileMode::reflink:
      return blobs::ExportMode::reflink;
    case FileMode::copy:
      break;
  }
  return blobs::ExportMode::copy;
}

/// What was imported is protected already, in the global scope.
Result<TempTag> imported(StoreCore& core, Result<HashAndFormat> content) {
  IROH_TRY(added, std::move(content));
  core.notify(added.hash);
  return Internals::lease(core, added);
}

Result<Collection> load_collection(blobs::Store& store, const Hash& hash) {
  IROH_TRY(bytes, blobs::read_all(store, hash, BlobStore::default_read_max));
  IROH_TRY(hash_seq, HashSeq::from_bytes(std::move(bytes)));
  const auto first = hash_seq.at(0);
  if (!first) return std::unexpected(make_error_code(BlobError::invalid_collection));
  IROH_TRY(metadata, blobs::read_all(store, *first, BlobStore::default_read_max));
  return Collection::from_blobs(metadata, hash_seq);
}

Result<Bytes> read_part(blobs::Store& store, const Hash& hash, std::uint64_t offset, std::size_t size) {
  IROH_TRY(reader, store.open(hash));
  const std::uint64_t end = reader->bitfield().size();
  // The end of a size that is only claimed is not the end of the blob.
  if (offset >= end && !reader->bitfield().is_validated())
    return std::unexpected(make_error_code(BlobError::not_found));
  const std::uint64_t left = end - std::min(end, offset);
  std::string text(static_cast<std::size_t>(std::min<std::uint64_t>(size, left)), '\0');
  if (text.empty()) return Bytes();
  IROH_TRY_VOID(reader->read(offset, std::as_writable_bytes(std::span(text.data(), text.size()))));
  return Bytes::from_string(std::move(text));
}

}  // namespace

void BlobStore::start_add_bytes(CompletionHandler<TempTag> handler, Handle thread, Bytes data, AddOptions options) {
  thread->submit(std::move(handler), [data = std::move(data), options = std::move(options)](StoreCore& core) mutable {
    return imported(
        core, core.store().import_bytes(std::move(data), {.format = options.format, .progress = options.progress}));
  });
}

void BlobStore::start_add_path(CompletionHandler<TempTag> handler, Handle thread, std::filesystem::path path,
                               AddOptions options) {
  thread->submit(std::move(handler), [path = std::move(path), options = std::move(options)](StoreCore& core) {
    return imported(core, core.store().import_file(path, import_mode(options.mode),
                                                   {.format = options.format, .progress = options.progress}));
  });
}

void BlobStore::start_add_collection(CompletionHandler<TempTag> handler, Handle thread, Collection collection) {
  thread->submit(std::move(handler), [collection = std::move(collection)](StoreCore& core) -> Result<TempTag> {
    const auto blobs = collection.to_blobs();
    IROH_TRY(metadata, imported(core, core.store().import_bytes(Bytes::copy_of(blobs.metadata), {})));
    return imported(core, core.store().import_bytes(blobs.hash_seq.bytes(), {.format = BlobFormat::hash_seq}));
  });
}

void BlobStore::start_read(CompletionHandler<Bytes> handler, Handle thread, Hash hash, std::uint64_t max) {
  thread->submit(std::move(handler), [hash, max](StoreCore& core) { return blobs::read_all(core.store(), hash, max); });
}

void BlobStore::start_read_range(CompletionHandler<Bytes> handler, Handle thread, Hash hash, std::uint64_t offset,
                                 std::size_t size) {
  thread->submit(std::move(handler), [=](StoreCore& core) { return read_part(core.store(), hash, offset, size); });
}

void BlobStore::start_collection(CompletionHandler<Collection> handler, Handle thread, Hash hash) {
  thread->submit(std::move(handler), [hash](StoreCore& core) { return load_collection(core.store(), hash); });
}

void BlobStore::start_export_path(CompletionHandler<> handler, Handle thread, Hash hash, std::filesystem::path target,
                                  ExportOptions options) {
  thread->submit(std::move(handler), [hash, target = std::move(target), options = std::move(options)](StoreCore& core) {
    return core.store().export_file(hash, target, export_mode(options.mode), options.progress);
  });
}

}  // namespace iroh
