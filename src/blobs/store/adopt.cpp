// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/store/adopt.hpp"

#include <unistd.h>

#include "bao/encoder.hpp"
#include "base/try.hpp"
#include "blobs/store/file_hasher.hpp"
#include "blobs/store/file_writer.hpp"
#include "blobs/store/import.hpp"
#include "blobs/store/partial_files.hpp"
#include "blobs/store/scan.hpp"

namespace iroh::blobs {
namespace {

enum class Outcome { complete, partial, rejected };

class Adoption {
 public:
  Adoption(const std::shared_ptr<FileStoreCore>& core, const File& folder, ImportMode mode)
      : core_(core), folder_(folder.descriptor()), mode_(mode) {}

  Result<Outcome> adopt(const Hash& hash) {
    const BlobNames names(hash);
    IROH_TRY(file, File::open_at(folder_, names.data, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
    IROH_TRY(status, file.status());
    if (!status.is_regular) return Outcome::rejected;
    IROH_TRY(entry, core_->entry(hash));
    Outcome outcome = Outcome::complete;
    if (entry->state != Entry::State::complete) {
      IROH_TRY(is_whole, adopt_whole(hash, file, status.size));
      if (!is_whole) {
        IROH_TRY(found, adopt_part(names, entry, std::move(file)));
        outcome = found;
      }
    }
    if (mode_ == ImportMode::move && outcome != Outcome::rejected) IROH_TRY_VOID(remove(names));
    return outcome;
  }

 private:
  /// True if the bytes have the hash that the name says.
  Result<bool> adopt_whole(const Hash& hash, const File& file, std::uint64_t size) {
    if (size == 0) return false;
    IROH_TRY(made, make_copy(file));
    auto& [copy, is_copied] = made;
    IROH_TRY(imported, hash_into(*core_, is_copied ? copy.file() : file, size, is_copied ? nullptr : &copy.file(), {}));
    if (imported.hash != hash) return false;
    if (size <= core_->options.inline_data_limit) {
      std::string text(static_cast<std::size_t>(size), '\0');
      IROH_TRY_VOID(copy.file().read_exactly(0, std::as_writable_bytes(std::span(text.data(), text.size()))));
      imported.data = Bytes::from_string(std::move(text));
    } else {
      imported.data_file.emplace(std::move(copy));
    }
    IROH_TRY_VOID(core_->take_import(std::move(imported)));
    return true;
  }

  /// A file of ours, and whether the bytes are in it already.
  Result<std::pair<TemporaryFile, bool>> make_copy(const File& file) {
    if (mode_ == ImportMode::move) {
      auto linked = TemporaryFile::link_to(core_->folder, file);
      if (linked) return std::pair(std::move(*linked), true);
    }
    IROH_TRY(made, TemporaryFile::make(core_->folder));
    const bool is_cloned = made.file().clone_from(file).has_value();
    return std::pair(std::move(made), is_cloned);
  }

  /// What verifies of it goes the same way as what comes from a peer.
  Result<Outcome> adopt_part(const BlobNames& names, const EntryPtr& entry, File file) {
    auto outboard = File::open_at(folder_, names.outboard, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (!outboard) return Outcome::rejected;
    const auto saved = read_bitfield_file(folder_, names.bitfield);
    const auto slot = read_last_size(folder_, names.sizes);
    // [blobs.md §4.3.1] A valid bitfield file knows better.
    const std::uint64_t size = saved ? saved->size() : slot.value_or(0);
    if (size == 0) return Outcome::rejected;
    StoredBlob blob;
    blob.data_file = std::make_shared<const File>(std::move(file));
    blob.outboard_file = std::make_shared<const File>(std::move(*outboard));
    const auto found = scan_blob(blob, entry->hash, size, allocated_chunks(*blob.data_file),
                                 {.threads = hash_threads(core_->options.threads)});
    if (found.ranges.is_empty()) return Outcome::rejected;
    StoredSource source;
    source.use(std::move(blob), true);
    bao::Encoder encoder(entry->hash.bytes(), bao::Geometry(size), found.ranges);
    FileWriter writer(core_, entry, size);
    for (;;) {
      const auto item = encoder.next(source);
      if (!item) return failure(BlobError::mismatch);
      if (!*item) break;
      IROH_TRY_VOID(writer.write(**item));
    }
    IROH_TRY_VOID(writer.flush());
    return entry->state == Entry::State::complete ? Outcome::complete : Outcome::partial;
  }

  /// Theirs go when ours are safe.
  Result<void> remove(const BlobNames& names) {
    IROH_TRY_VOID(core_->sync());
    for (const auto* name : {&names.data, &names.outboard, &names.sizes, &names.bitfield}) {
      if (::unlinkat(folder_, name->c_str(), 0) != 0 && errno != ENOENT) return system_failure();
    }
    return {};
  }

  std::shared_ptr<FileStoreCore> core_;
  int folder_;
  ImportMode mode_;
};

}  // namespace

Result<AdoptReport> adopt(const std::shared_ptr<FileStoreCore>& core, const std::filesystem::path& folder,
                          ImportMode mode) {
  if (mode != ImportMode::copy && mode != ImportMode::move) return failure(BlobError::unsupported);
  const std::filesystem::path data = folder / Folder::data_name;
  IROH_TRY(opened, File::open_at(AT_FDCWD, data.string(), O_RDONLY | O_DIRECTORY));
  AdoptReport report;
  std::error_code error;
  std::vector<Hash> hashes;
  for (std::filesystem::directory_iterator at(data, error), end; !error && at != end; at.increment(error)) {
    const auto parsed = parse_blob_name(at->path().filename().string());
    if (parsed && parsed->second == BlobFile::data) hashes.push_back(parsed->first);
  }
  if (error) return system_failure(error.value());
  Adoption adoption(core, opened, mode);
  for (const Hash& hash : hashes) {
    IROH_TRY(outcome, adoption.adopt(hash));
    ++(outcome == Outcome::complete ? report.complete : outcome == Outcome::partial ? report.partial : report.rejected);
  }
  IROH_TRY_VOID(core->sync());
  return report;
}

}  // namespace iroh::blobs
