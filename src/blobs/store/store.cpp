// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/store/store.hpp"

#include <string>

#include "bao/valid_ranges.hpp"
#include "base/byte_span.hpp"
#include "base/try.hpp"
#include "blobs/store/file.hpp"

namespace iroh::blobs {
namespace {

/// For stores that keep everything in memory: so does the import.
class CollectingImport final : public BlobImport {
 public:
  CollectingImport(Store& store, ImportOptions options) : store_(store), options_(std::move(options)) {}

  Result<void> append(std::span<const std::byte> piece) override {
    if (piece.size() > max_stream_in_memory - text_.size()) return failure(BlobError::size_limit_exceeded);
    text_.append(base::as_text(piece));
    return {};
  }
  Result<HashAndFormat> finish() override {
    return store_.import_bytes(Bytes::from_string(std::move(text_)), options_);
  }

 private:
  Store& store_;
  ImportOptions options_;
  std::string text_;
};

}  // namespace

Result<std::unique_ptr<BlobImport>> Store::import_stream(const ImportOptions& options) {
  return std::make_unique<CollectingImport>(*this, options);
}

Result<VerifyReport> Store::verify(const Hash& hash, const Progress& progress) {
  IROH_TRY(reader, open(hash));
  VerifyReport report;
  report.before = report.after = reader->bitfield();
  const bao::Geometry geometry(report.before.size());
  const auto valid = bao::find_valid_ranges(*reader, hash.bytes(), geometry, report.before.ranges());
  report.first_error = valid.first_error;
  if (progress) progress(report.before.total_bytes());
  return report;
}

Result<TagName> create_tag(Store& store, const HashAndFormat& content, std::chrono::system_clock::time_point now) {
  for (unsigned attempt = 0;; ++attempt) {
    const TagName name = TagName::automatic(now, attempt);
    const auto taken = store.tag(name);
    if (taken) continue;
    if (taken.error() != BlobError::not_found) return std::unexpected(taken.error());
    IROH_TRY_VOID(store.set_tag(name, content));
    return name;
  }
}

Result<Bytes> read_all(Store& store, const Hash& hash, std::uint64_t max_size) {
  IROH_TRY(reader, store.open(hash));
  if (!reader->bitfield().is_complete()) return std::unexpected(make_error_code(BlobError::incomplete));
  const std::uint64_t size = reader->bitfield().size();
  if (size > max_size) return std::unexpected(make_error_code(BlobError::size_limit_exceeded));
  std::string text(static_cast<std::size_t>(size), '\0');
  IROH_TRY_VOID(reader->read(0, std::as_writable_bytes(std::span(text.data(), text.size()))));
  return Bytes::from_string(std::move(text));
}

}  // namespace iroh::blobs
