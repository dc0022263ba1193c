// SPDX-License-Identifier: MIT OR Apache-2.0
/// Everything about blobs. What `iroh send` and `iroh receive` do, in short:
///
///   // send
///   auto store = co_await iroh::BlobStore::open(work_folder);
///   iroh::Collection collection;
///   std::vector<iroh::TempTag> kept;
///   for (const auto& [name, path] : files) {
///     kept.push_back(co_await store.add_path(path, {.mode = iroh::FileMode::reference, .progress = on_hashed}));
///     collection.add(name, kept.back().hash());
///   }
///   const iroh::TempTag root = co_await store.add_collection(collection);   // kept alive while serving
///   auto router = iroh::Router(endpoint).accept(iroh::blobs_alpn, iroh::serve(store, {.on_event = on_event}));
///   std::cout << iroh::BlobTicket(endpoint.addr(), root.content()) << '\n';
///
///   // receive
///   auto store = co_await iroh::BlobStore::open(work_folder);
///   iroh::Downloader downloader(endpoint, store);
///   iroh::Download download = downloader.fetch(ticket.content(), {ticket.addr()}, {.probe_sizes = true});
///   while (auto event = co_await download.next()) bar.update(event->bytes_done, event->bytes_total);
///   const iroh::Collection collection = co_await store.collection(ticket.hash());
///   for (const auto& entry : collection.entries()) co_await store.export_path(entry.hash, target /
///   checked(entry.name));
///
/// (With GCC 12 name options and lists before the co_await instead of writing them inside.)
#pragma once

#include "iroh/blobs/bitfield.hpp"
#include "iroh/blobs/blob_error.hpp"
#include "iroh/blobs/blob_store.hpp"
#include "iroh/blobs/blob_ticket.hpp"
#include "iroh/blobs/blobs_protocol.hpp"
#include "iroh/blobs/chunk_ranges.hpp"
#include "iroh/blobs/chunk_ranges_seq.hpp"
#include "iroh/blobs/collection.hpp"
#include "iroh/blobs/connection_pool.hpp"
#include "iroh/blobs/downloader.hpp"
#include "iroh/blobs/hash.hpp"
#include "iroh/blobs/hash_seq.hpp"
#include "iroh/blobs/remote_blobs.hpp"
#include "iroh/blobs/request.hpp"
#include "iroh/blobs/tag.hpp"
#include "iroh/blobs/transfer.hpp"
