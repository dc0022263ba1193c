// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/store/verify.hpp"

#include <algorithm>

#include "base/try.hpp"
#include "blobs/store/file_hasher.hpp"
#include "blobs/store/scan.hpp"

namespace iroh::blobs {
namespace {

/// The files of the user one by one; those that are not the blob are forgotten, and left as they are.
Result<bao::ValidRanges> verify_users_files(FileStoreCore& core, Entry& entry, const ScanOptions& options) {
  bao::ValidRanges best;
  BlobRow row = entry.row;
  std::vector<std::string> good;
  for (const std::string& path : entry.row.paths) {
    const auto file = core.files.get(path);
    if (!file) continue;
    StoredBlob blob;
    blob.data_file = *file;
    if (row.outboard == Place::own_file) {
      IROH_TRY(outboard, core.files.get(entry.names.outboard));
      blob.outboard_file = std::move(outboard);
    } else if (row.outboard == Place::in_database) {
      IROH_TRY(outboard, core.database.inline_outboard(entry.hash));
      blob.outboard = Bytes::copy_of(outboard);
    }
    auto found = scan_blob(blob, entry.hash, *row.size, ChunkRanges::all(), options);
    const bool is_whole = Bitfield(*row.size, found.ranges).is_complete();
    if (is_whole) good.push_back(path);
    if (is_whole || best.ranges.is_empty()) best = std::move(found);
  }
  if (good.empty() || good.size() == row.paths.size()) return best;
  row.paths = std::move(good);
  std::vector<std::byte> outboard;
  if (row.outboard == Place::in_database) {
    IROH_TRY(bytes, core.database.inline_outboard(entry.hash));
    outboard = std::move(bytes);
  }
  IROH_TRY_VOID(core.write_row(entry, row, {}, outboard));
  return best;
}

Result<bao::ValidRanges> find_valid(FileStoreCore& core, Entry& entry, const ScanOptions& options) {
  const bool is_complete = entry.state == Entry::State::complete;
  if (is_complete && entry.row.data == Place::users_files) return verify_users_files(core, entry, options);
  // What is in memory now may not be what is on the disk.
  entry.data.reset();
  entry.outboard.reset();
  IROH_TRY(blob, core.stored(entry));
  return scan_blob(blob, entry.hash, entry.bitfield.size(), entry.bitfield.ranges(), options);
}

}  // namespace

Result<VerifyReport> verify(FileStoreCore& core, const Hash& hash, const Progress& progress) {
  IROH_TRY(entry, core.entry(hash));
  IROH_TRY_VOID(core.flush_writers(*entry));
  VerifyReport report;
  report.before = report.after = entry->bitfield;
  if (entry->state == Entry::State::absent) {
    if (!entry->has_row) return failure(BlobError::not_found);
    // Its files are gone, or cannot be opened for now; what the database says is left as it is.
    if (entry->row.size) report.before = Bitfield::complete(*entry->row.size);
    report.bad = report.before.ranges();
    return report;
  }
  // Received into memory is verified.
  if (entry->state == Entry::State::in_memory || hash == Hash::empty()) return report;
  const ScanOptions options{.threads = hash_threads(core.options.threads), .progress = progress};
  IROH_TRY(valid, find_valid(core, *entry, options));
  const std::uint64_t size = report.before.size();
  const auto all = ChunkRanges::range(0, bao::Geometry(size).chunks());
  report.bad = (report.before.ranges() & all) - valid.ranges;
  report.first_error = valid.first_error;
  if (report.bad.is_empty()) return report;
  report.after = Bitfield(size, std::move(valid.ranges));
  if (entry->row.is_complete && entry->row.data == Place::users_files) report.after = Bitfield();
  IROH_TRY_VOID(core.demote(entry, report.after));
  core.drop_if_idle(entry);
  return report;
}

}  // namespace iroh::blobs
