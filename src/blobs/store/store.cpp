// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/store/store.hpp"

#include <string>

#include "base/try.hpp"

namespace iroh::blobs {

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
