// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/provider/provider.hpp"

#include <vector>

#include "blobs/service/internals.hpp"

namespace iroh {
namespace blobs {

Provider::Provider(BlobStore store, ServeOptions options)
    : store_(std::move(store)), options_(std::move(options)), limiter_(options_.bandwidth_limit) {}

const StoreHandle& Provider::thread() const noexcept {
  return Internals::thread(store_);
}

std::uint64_t Provider::open(const Connection& connection) {
  const std::lock_guard lock(mutex_);
  connections_.emplace(++last_connection_, connection);
  if (is_shut_down_) connection.close(static_cast<std::uint64_t>(BlobsCode::none));
  return last_connection_;
}

void Provider::close(std::uint64_t connection_id) {
  const std::lock_guard lock(mutex_);
  connections_.erase(connection_id);
}

void Provider::close_all() {
  std::vector<Connection> connections;
  {
    const std::lock_guard lock(mutex_);
    is_shut_down_ = true;
    for (const auto& [id, connection] : connections_) connections.push_back(connection);
  }
  for (const Connection& connection : connections) connection.close(static_cast<std::uint64_t>(BlobsCode::none));
}

void Provider::emit(const ProviderEvent& event) {
  if (options_.on_event) options_.on_event(event);
}

void Provider::count(const TransferStats& stats) {
  const std::lock_guard lock(mutex_);
  stats_ += stats;
}

TransferStats Provider::stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

}  // namespace blobs

std::optional<Hash> ProviderRequest::hash() const noexcept {
  if (const auto* get = std::get_if<GetRequest>(what.get())) return get->hash;
  if (const auto* observe = std::get_if<ObserveRequest>(what.get())) return observe->hash;
  return std::nullopt;
}

BlobsProtocol::BlobsProtocol(BlobStore store, ServeOptions options)
    : provider_(std::make_shared<blobs::Provider>(std::move(store), std::move(options))) {}

Task<> BlobsProtocol::accept(Connection connection) {
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto served = std::make_shared<blobs::ProviderConnection>(provider_, std::move(connection), executor);
  co_await served->run();
}

Task<> BlobsProtocol::shutdown() {
  provider_->close_all();
  co_return;
}

const BlobStore& BlobsProtocol::store() const noexcept {
  return provider_->store();
}

TransferStats BlobsProtocol::stats() const {
  return provider_->stats();
}

}  // namespace iroh
