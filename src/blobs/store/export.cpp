// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/store/export.hpp"

#include <algorithm>

#include "base/try.hpp"
#include "blobs/store/file_hasher.hpp"
#include "blobs/store/file_io.hpp"

namespace iroh::blobs {
namespace {

/// Between two calls of the progress function.
constexpr std::size_t copy_piece = std::size_t{8} << 20;

struct Export {
  FileStoreCore& core;
  Entry& entry;
  StoredBlob blob;
  std::uint64_t size;
  ExportMode mode;
  const Progress& progress;
};

Result<void> copy_by_hand(const Export& job, const File& to, std::uint64_t from) {
  std::vector<std::byte> buffer(hash_buffer_size);
  for (std::uint64_t at = from; at < job.size;) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), job.size - at));
    const auto part = std::span(buffer).first(count);
    IROH_TRY_VOID(job.blob.data_file->read_exactly(at, part));
    IROH_TRY_VOID(to.write_at(at, part));
    at += part.size();
    if (job.progress) job.progress(at);
  }
  return {};
}

Result<void> copy_bytes(const Export& job, const File& to) {
  std::uint64_t at = 0;
  while (at < job.size) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(copy_piece, job.size - at));
    const auto count = to.copy_range_from(*job.blob.data_file, at, wanted);
    if (!count && is_unsupported(count.error())) return copy_by_hand(job, to, at);
    if (!count) return std::unexpected(count.error());
    // Some file systems end early without an error.
    if (*count == 0) return copy_by_hand(job, to, at);
    at += *count;
    if (job.progress) job.progress(at);
  }
  return {};
}

/// The store's own bytes: they were verified when they came.
Result<void> copy_own(const Export& job, const File& to) {
  const auto cloned = to.clone_from(*job.blob.data_file);
  if (cloned || job.mode == ExportMode::reflink) {
    return !cloned && is_unsupported(cloned.error()) ? failure(BlobError::unsupported) : cloned;
  }
  return copy_bytes(job, to);
}

/// [blobs.md 67] A file of the user may have changed since: nothing goes on that was not verified.
Result<void> copy_users(const Export& job, const File& to) {
  const auto cloned = to.clone_from(*job.blob.data_file);
  if (!cloned && job.mode == ExportMode::reflink) {
    return is_unsupported(cloned.error()) ? failure(BlobError::unsupported) : cloned;
  }
  HashJob work{.source = cloned ? to : *job.blob.data_file, .size = job.size};
  work.copy_to = cloned ? nullptr : &to;
  work.threads = hash_threads(job.core.options.threads);
  work.progress = job.progress;
  IROH_TRY(hashed, hash_file(work));
  if (hashed.hash != job.entry.hash) return failure(BlobError::mismatch);
  return {};
}

Result<void> write_copy(const Export& job, const std::filesystem::path& target, bool is_durable) {
  IROH_TRY(made, NewFile::make(target));
  if (!job.blob.data_file) {
    IROH_TRY_VOID(made.file().write_at(0, job.blob.data));
    if (job.progress) job.progress(job.size);
  } else {
    IROH_TRY_VOID(job.entry.row.data == Place::users_files ? copy_users(job, made.file()) : copy_own(job, made.file()));
  }
  return is_durable ? made.finish_durably() : made.finish();
}

/// The store's file gets the user's name as well; across devices, and where there are no links, a copy does.
Result<void> hand_over(const Export& job, const std::filesystem::path& target) {
  auto linked = NewFile::link_to(target, *job.blob.data_file);
  if (linked) return linked->finish_durably();
  if (!is_unsupported(linked.error())) return std::unexpected(linked.error());
  return write_copy(job, target, true);
}

Result<void> refer_to(const Export& job, const std::filesystem::path& target) {
  BlobRow row = job.entry.row;
  row.data = Place::users_files;
  const std::string path = target.lexically_normal().string();
  if (std::ranges::find(row.paths, path) == row.paths.end()) row.paths.push_back(path);
  std::ranges::sort(row.paths);
  if (row.paths.size() > max_external_paths) row.paths.pop_back();
  std::vector<std::byte> outboard;
  if (row.outboard == Place::in_database) {
    IROH_TRY(bytes, job.core.database.inline_outboard(job.entry.hash));
    outboard = std::move(bytes);
  }
  const bool was_own = job.entry.row.data == Place::own_file;
  IROH_TRY_VOID(job.core.write_row(job.entry, row, {}, outboard));
  // [blobs.md §4.3.6] Also where it was copied; and not before the database says where the bytes are now.
  if (was_own) job.core.remove_after_commit(job.entry.hash, job.entry.names.data);
  return job.core.commit();
}

Result<void> export_to(const Export& job, const std::filesystem::path& target, const EntryPtr& entry) {
  const bool stays = job.mode == ExportMode::copy || job.mode == ExportMode::reflink;
  const bool is_own = entry->row.data == Place::own_file;
  if (stays || !is_own) {
    IROH_TRY_VOID(write_copy(job, target, !stays));
  } else {
    IROH_TRY_VOID(hand_over(job, target));
  }
  if (job.mode == ExportMode::reference && job.blob.data_file) return refer_to(job, target);
  if (job.mode != ExportMode::move) return {};
  if (const auto erased = job.core.erase(entry); !erased) return std::unexpected(erased.error());
  return job.core.commit();
}

}  // namespace

Result<void> export_file(FileStoreCore& core, const Hash& hash, const std::filesystem::path& target, ExportMode mode,
                         const Progress& progress) {
  IROH_TRY(entry, core.entry(hash));
  IROH_TRY_VOID(core.flush_writers(*entry));
  // [blobs.md 66]
  if (entry->is_partial()) return failure(BlobError::incomplete);
  if (entry->state != Entry::State::complete) return failure(BlobError::not_found);
  IROH_TRY(blob, core.stored(*entry));
  const Export job{core, *entry, std::move(blob), entry->bitfield.size(), mode, progress};
  const auto done = export_to(job, target, entry);
  core.drop_if_idle(entry);
  return done;
}

}  // namespace iroh::blobs
