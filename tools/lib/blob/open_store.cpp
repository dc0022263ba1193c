// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/blob/open_store.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <cstdlib>

#include "tools/lib/failure.hpp"
#include "tools/lib/share/names.hpp"

namespace iroh::tools {

namespace fs = std::filesystem;

fs::path store_folder(const BlobOptions& options) {
  if (options.store) return fs::absolute(*options.store);
  if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && *data == '/')
    return fs::path(data) / "iroh" / "blobs";
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home != '/') throw Failure("no home folder: use --store FOLDER");
  return fs::path(home) / ".local" / "share" / "iroh" / "blobs";
}

Task<BlobStore> open_store(const BlobOptions& options) {
  const fs::path folder = store_folder(options);
  std::error_code made;
  fs::create_directories(folder, made);
  if (made) throw Failure(fmt::format("{}: {}", displayed(folder.native()), made.message()));
  auto [error, store] =
      co_await BlobStore::open(folder, FileStoreSettings(), boost::asio::as_tuple(boost::asio::deferred));
  if (error) throw Failure(fmt::format("{}: {}", displayed(folder.native()), error.message()));
  co_return std::move(store);
}

Task<HashAndFormat> find_content(BlobStore store, const std::string& text) {
  if (const auto content = HashAndFormat::parse(text)) co_return *content;
  if (const auto hash = Hash::parse(text)) co_return HashAndFormat::raw(*hash);
  const auto tagged = co_await store.tag(TagName(text));
  if (!tagged) throw Failure(fmt::format("\"{}\" is neither a hash nor a tag", displayed(text)));
  co_return *tagged;
}

}  // namespace iroh::tools
