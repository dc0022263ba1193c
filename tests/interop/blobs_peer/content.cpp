// SPDX-License-Identifier: MIT OR Apache-2.0
// Operations on the store of this process.
#include "peer.hpp"
#include "request.hpp"

namespace iroh::interop {
namespace {

using boost::json::object;

/// Byte i is i mod 251.
std::string pattern(std::uint64_t size) {
  std::string result(size, '\0');
  for (std::uint64_t i = 0; i < size; ++i) result[i] = static_cast<char>(i % 251);
  return result;
}

Task<object> keep(BlobsPeer& peer, TempTag tag) {
  object result{{"hash", tag.hash().to_string()}};
  peer.kept.push_back(std::move(tag));
  co_return result;
}

Task<object> add_bytes(BlobsPeer& peer, const object& operation) {
  Bytes data =
      Bytes::from_string(operation.contains("text") ? text(operation, "text") : pattern(number(operation, "bytes")));
  TempTag tag = co_await peer.store.add_bytes(std::move(data));
  co_return co_await keep(peer, std::move(tag));
}

Task<TempTag> add_path(BlobsPeer& peer, std::string path, bool is_copy) {
  AddOptions options;
  options.mode = is_copy ? FileMode::copy : FileMode::reference;
  co_return co_await peer.store.add_path(path, std::move(options));
}

Task<object> add_one_path(BlobsPeer& peer, const object& operation) {
  TempTag tag = co_await add_path(peer, text(operation, "path"), flag(operation, "copy"));
  co_return co_await keep(peer, std::move(tag));
}

Task<object> add_collection(BlobsPeer& peer, const object& operation) {
  Collection collection;
  for (const auto& entry : operation.at("entries").as_array()) {
    const TempTag tag = co_await add_path(peer, std::string(entry.at(1).as_string()), flag(operation, "copy"));
    collection.add(std::string(entry.at(0).as_string()), tag.hash());
    peer.kept.push_back(tag);
  }
  TempTag root = co_await peer.store.add_collection(collection);
  co_return co_await keep(peer, std::move(root));
}

Task<object> collection(BlobsPeer& peer, const object& operation) {
  const Collection found = co_await peer.store.collection(hash(operation.at("hash")));
  boost::json::array entries;
  for (const auto& entry : found.entries()) entries.push_back(boost::json::array{entry.name, entry.hash.to_string()});
  co_return object{{"entries", std::move(entries)}};
}

Task<object> status(BlobsPeer& peer, const object& operation) {
  const Bitfield present = co_await peer.store.bitfield(hash(operation.at("hash")));
  const char* word = present.is_complete() ? "complete" : present.ranges().is_empty() ? "none" : "partial";
  co_return object{{"status", word}, {"bitfield", bitfield_json(present)}};
}

Task<object> export_path(BlobsPeer& peer, const object& operation) {
  const Hash what = hash(operation.at("hash"));
  const std::filesystem::path path = text(operation, "path");
  co_await peer.store.export_path(what, path);
  const Bitfield present = co_await peer.store.bitfield(what);
  co_return object{{"size", present.size()}};
}

object ticket(BlobsPeer& peer, const object& operation) {
  EndpointAddr addr(peer.endpoint.id());
  for (const SocketAddr& bound : peer.endpoint.bound_sockets()) addr.insert(bound);
  return {{"ticket", BlobTicket(addr, content(operation)).to_string()}};
}

}  // namespace

Task<std::optional<object>> content_operation(BlobsPeer& peer, const object& operation) {
  const std::string op = text(operation, "op");
  // One co_await per statement, none in a condition: GCC 12 mistakes its place in the coroutine otherwise.
  if (op == "add_bytes") co_return co_await add_bytes(peer, operation);
  if (op == "add_path") co_return co_await add_one_path(peer, operation);
  if (op == "add_collection") co_return co_await add_collection(peer, operation);
  if (op == "collection") co_return co_await collection(peer, operation);
  if (op == "status") co_return co_await status(peer, operation);
  if (op == "export") co_return co_await export_path(peer, operation);
  if (op == "ticket") co_return ticket(peer, operation);
  co_return std::nullopt;
}

}  // namespace iroh::interop
