// SPDX-License-Identifier: MIT OR Apache-2.0
#include <thread>

#include "blobs/service/internals.hpp"
#include "blobs/store/file_store.hpp"
#include "iroh/blobs/blob_store.hpp"

namespace iroh {

void BlobStore::start_open(CompletionHandler<BlobStore> handler, std::filesystem::path folder,
                           FileStoreSettings settings) {
  // Opening reads the disk, so it has a thread of its own as long as it takes.
  std::thread([completion = blobs::Completion<BlobStore>(std::move(handler)), folder = std::move(folder),
               settings]() mutable {
    blobs::FileStoreOptions options;
    options.inline_data_limit = settings.inline_data_max;
    options.inline_outboard_limit = settings.inline_outboard_max;
    auto opened = blobs::FileStore::open(folder, options);
    opened ? completion({}, blobs::Internals::store(*std::move(opened))) : completion(opened.error(), BlobStore());
  }).detach();
}

}  // namespace iroh
