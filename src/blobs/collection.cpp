// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/blobs/collection.hpp"

#include "base/postcard.hpp"
#include "base/try.hpp"

namespace iroh {
namespace {

constexpr std::string_view header = "CollectionV0.";

std::unexpected<error_code> invalid() {
  return std::unexpected(make_error_code(BlobError::invalid_collection));
}

}  // namespace

HashAndFormat Collection::Blobs::root() const {
  return HashAndFormat::hash_seq(Hash::of(hash_seq.bytes()));
}

Collection::Blobs Collection::to_blobs() const {
  base::PostcardWriter writer;
  writer.fixed(base::as_bytes(header));
  writer.u64(entries_.size());
  for (const Entry& entry : entries_) writer.string(entry.name);
  std::vector<std::byte> metadata = writer.take();
  std::vector<Hash> hashes = {Hash::of(metadata)};
  for (const Entry& entry : entries_) hashes.push_back(entry.hash);
  return {std::move(metadata), HashSeq(hashes)};
}

Result<std::vector<std::string>> Collection::names_from(std::span<const std::byte> metadata) {
  base::PostcardReader reader(metadata);
  const auto found = reader.fixed(header.size());
  if (!found || base::as_text(*found) != header) return invalid();
  const auto count = reader.u64();
  if (!count) return invalid();
  // The count is the sender's word only: memory grows with the names that are really there.
  std::vector<std::string> names;
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto name = reader.string();
    if (!name) return invalid();
    names.emplace_back(*name);
  }
  return names;
}

Result<Collection> Collection::from_blobs(std::span<const std::byte> metadata, const HashSeq& hash_seq) {
  IROH_TRY(names, names_from(metadata));
  // [blobs.md 7] Both the header and the count are checked, and that the first hash is the metadata's.
  if (names.size() + 1 != hash_seq.size() || hash_seq.at(0) != Hash::of(metadata)) return invalid();
  Collection collection;
  for (std::size_t i = 0; i < names.size(); ++i) collection.add(std::move(names[i]), *hash_seq.at(i + 1));
  return collection;
}

}  // namespace iroh
