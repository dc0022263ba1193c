// SPDX-License-Identifier: MIT OR Apache-2.0
// Operations on another provider.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <stdexcept>

#include "peer.hpp"
#include "request.hpp"

namespace iroh::interop {
namespace {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;
using boost::json::object;

/// The result of a transfer; throws its failure.
object stats(const TransferResult& result) {
  if (result.failure) throw boost::system::system_error(result.failure->error, result.failure->to_string());
  return {{"payload_read", result.stats.payload_bytes_read},
          {"other_read", result.stats.other_bytes_read},
          {"other_written", result.stats.other_bytes_written}};
}

Task<object> connect(BlobsPeer& peer, const object& operation) {
  const auto id = EndpointId::parse(text(operation, "id"));
  const auto addr = SocketAddr::parse(text(operation, "addr"));
  if (!id || !addr) throw std::runtime_error("not an id and an address");
  EndpointAddr target(*id);
  target.insert(*addr);
  Connection connection = co_await peer.endpoint.connect(target, blobs_alpn);
  peer.connections[operation.contains("connection") ? number(operation, "connection") : 0] = std::move(connection);
  co_return object();
}

Task<object> get(BlobsPeer& peer, const object& operation) {
  const RemoteBlobs remote = peer.remote(operation);
  GetRequest request{hash(operation.at("hash")), ranges(operation, flag(operation, "recursive"))};
  const TransferResult result = co_await remote.try_get(std::move(request));
  co_return stats(result);
}

Task<object> fetch(BlobsPeer& peer, const object& operation) {
  const RemoteBlobs remote = peer.remote(operation);
  const TransferResult result = co_await remote.try_fetch(content(operation));
  co_return stats(result);
}

Task<object> get_many(BlobsPeer& peer, const object& operation) {
  const RemoteBlobs remote = peer.remote(operation);
  GetManyRequest request;
  for (const auto& value : operation.at("hashes").as_array()) request.hashes.push_back(hash(value));
  request.ranges = ranges(operation, true);
  const TransferResult result = co_await remote.try_get_many(std::move(request));
  co_return stats(result);
}

Task<object> push(BlobsPeer& peer, const object& operation) {
  const RemoteBlobs remote = peer.remote(operation);
  GetRequest request{hash(operation.at("hash")), ranges(operation, flag(operation, "recursive"))};
  const TransferResult result = co_await remote.try_push(std::move(request));
  stats(result);
  co_return object();
}

/// Until the blob is complete at the provider, or so many items came, or the provider ends it.
Task<object> observe(BlobsPeer& peer, const object& operation) {
  const RemoteBlobs remote = peer.remote(operation);
  const std::uint64_t limit = operation.contains("items") ? number(operation, "items") : UINT64_MAX;
  Bitfield known;
  std::uint64_t items = 0;
  std::function<bool(const Bitfield&)> on_update = [&](const Bitfield& bitfield) {
    known = bitfield;
    return ++items < limit && !known.is_complete();
  };
  co_await remote.observe(hash(operation.at("hash")), std::move(on_update));
  co_return object{{"items", items}, {"bitfield", bitfield_json(known)}};
}

Task<object> sizes(BlobsPeer& peer, const object& operation) {
  const RemoteBlobs remote = peer.remote(operation);
  const HashSeqSizes found = co_await remote.sizes(hash(operation.at("hash")));
  boost::json::array hashes;
  for (const Hash& one : found.hash_seq.hashes()) hashes.emplace_back(one.to_string());
  co_return object{{"hashes", std::move(hashes)}, {"sizes", boost::json::value_from(found.sizes)}};
}

Task<object> probe(BlobsPeer& peer, const object& operation) {
  const RemoteBlobs remote = peer.remote(operation);
  const Hash what = hash(operation.at("hash"));
  if (operation.contains("chunk")) {
    GetRequest request = GetRequest::blob_ranges(what, ChunkRanges::chunk(number(operation, "chunk")));
    const TransferResult result = co_await remote.try_get(std::move(request));
    co_return stats(result);
  }
  const std::uint64_t claimed = co_await remote.claimed_size(what);
  const std::uint64_t verified = co_await remote.verified_size(what);
  co_return object{{"claimed", claimed}, {"verified", verified}};
}

Task<std::optional<object>> run(BlobsPeer& peer, const object& operation) {
  const std::string op = text(operation, "op");
  if (op == "connect") co_return co_await connect(peer, operation);
  if (op == "get") co_return co_await get(peer, operation);
  if (op == "fetch") co_return co_await fetch(peer, operation);
  if (op == "get_many") co_return co_await get_many(peer, operation);
  if (op == "push") co_return co_await push(peer, operation);
  if (op == "observe") co_return co_await observe(peer, operation);
  if (op == "sizes") co_return co_await sizes(peer, operation);
  if (op == "probe") co_return co_await probe(peer, operation);
  if (op != "close") co_return std::nullopt;
  peer.remote(operation).connection().close(0);
  co_return object();
}

Task<> sleep_for(std::chrono::seconds duration) {
  asio::steady_timer timer(co_await asio::this_coro::executor, duration);
  co_await timer.async_wait(asio::as_tuple(asio::deferred));
}

}  // namespace

RemoteBlobs BlobsPeer::remote(const object& operation) const {
  const auto found = connections.find(operation.contains("connection") ? number(operation, "connection") : 0);
  if (found == connections.end()) throw std::runtime_error("not connected");
  return RemoteBlobs(found->second, store);
}

namespace {

struct Finished {
  std::optional<object> result;
  std::exception_ptr failure;
};

/// A failure is an end, too: `||` waits for a success.
Task<Finished> finish(BlobsPeer& peer, const object& operation) {
  Finished finished;
  try {
    finished.result = co_await run(peer, operation);
  } catch (...) {
    finished.failure = std::current_exception();
  }
  co_return finished;
}

}  // namespace

Task<std::optional<object>> remote_operation(BlobsPeer& peer, const object& operation) {
  const std::chrono::seconds limit(operation.contains("seconds") ? number(operation, "seconds") : 60);
  Task<Finished> running = finish(peer, operation);
  Task<> waiting = sleep_for(limit);
  auto outcome = co_await (std::move(running) || std::move(waiting));
  if (outcome.index() == 1) throw std::runtime_error("timed out");
  Finished finished = std::get<0>(std::move(outcome));
  if (finished.failure) std::rethrow_exception(finished.failure);
  co_return std::move(finished.result);
}

}  // namespace iroh::interop
