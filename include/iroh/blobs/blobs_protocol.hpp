// SPDX-License-Identifier: MIT OR Apache-2.0
/// BlobsProtocol: serves a store to whoever asks, as a protocol of a Router. [blobs.md §3]
///
///   auto router = iroh::Router(endpoint).accept(iroh::blobs_alpn, iroh::serve(store));
///
/// With a say in who gets what, and a bar for each receiver:
///
///   iroh::ServeOptions options;
///   options.on_event = [&](const iroh::ProviderEvent& event) { bars.update(event); };   // quick; from any thread
///   options.admit_request = [](iroh::ProviderRequest request) -> iroh::Task<iroh::Admission> { ... };
///   auto router = iroh::Router(endpoint).accept(iroh::blobs_alpn, iroh::serve(store, options));
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <variant>

#include "iroh/blobs/blob_store.hpp"
#include "iroh/blobs/request.hpp"
#include "iroh/blobs/transfer.hpp"
#include "iroh/endpoint/router.hpp"

namespace iroh {

enum class Admission : std::uint8_t {
  allow,
  deny,   ///< code 1, "permission": do not come back
  limit,  ///< code 2, "limit": may be tried again later
};

/// Who asks. Ids of connections are unique within the BlobsProtocol.
struct ProviderClient {
  std::uint64_t connection_id = 0;
  EndpointId remote_id;
};

/// One request of a client; request_id is the number of its stream in the connection.
struct ProviderRequest {
  ProviderClient client;
  std::uint64_t request_id = 0;
  RequestKind kind = RequestKind::get;
  /// A push is described as the GetRequest that it answers.
  std::shared_ptr<const std::variant<GetRequest, GetManyRequest, ObserveRequest>> what;

  /// Of a get, push or observe; nothing for get-many.
  std::optional<Hash> hash() const noexcept;
};

/// [blobs.md §3.10] What happens to a request, in this order: received, started and progress for each blob (the latter
/// merged while data flows fast), and one of completed, aborted or refused.
struct ProviderEvent {
  enum class Kind : std::uint8_t {
    client_connected,  ///< and was admitted
    client_closed,
    received,   ///< a request
    started,    ///< a blob is about to be sent, or comes in with a push: index, hash and size
    progress,   ///< payload of this blob up to end_offset
    completed,  ///< stats
    aborted,    ///< stats and failure
    refused,    ///< by an option or a callback
  };
  Kind kind = Kind::received;
  ProviderClient client;
  std::optional<ProviderRequest> request;  ///< nothing for the two events of clients
  std::uint64_t index = 0;                 ///< position of the blob in the request
  std::optional<Hash> hash;
  std::uint64_t size = 0;
  std::uint64_t end_offset = 0;
  TransferStats stats;
  std::optional<TransferFailure> failure;
};

struct ServeOptions {
  // ---- Permission. What is refused gets code 1; callbacks are asked about what is left.

  bool allow_get = true;
  bool allow_get_many = true;
  bool allow_observe = true;
  /// Pushes write to the store, so they are refused unless this is set. [blobs.md §3.6]
  bool allow_push = false;
  /// Asked for each connection, and for each request; on a strand of the connection, which may have several requests
  /// going. One that throws refuses with code 3.
  std::function<Task<Admission>(ProviderClient)> admit_client = {};
  std::function<Task<Admission>(ProviderRequest)> admit_request = {};
  /// Asked after each piece of payload, at most 16 KiB; what comes next waits for the answer.
  std::function<Task<Admission>(ProviderRequest, std::uint64_t size)> throttle = {};
  /// Told what happens. Called from strands of several connections, maybe at once; must be quick and not throw.
  std::function<void(const ProviderEvent&)> on_event = {};

  // ---- Limits

  /// Bytes per second for all clients together; 0: no limit.
  std::uint64_t bandwidth_limit = 0;
  /// Without it a client could open requests and never finish writing them.
  std::chrono::milliseconds request_timeout{30'000};
  /// Without it a client could keep responses in memory by not reading them, and pushes open by not writing.
  std::chrono::milliseconds stall_timeout{120'000};
  /// Of a blob that is pushed; 0: no limit.
  std::uint64_t push_size_max = 0;
};

namespace blobs {
class Provider;
}

/// A handle, cheap to copy.
class BlobsProtocol {
 public:
  explicit BlobsProtocol(BlobStore store, ServeOptions options = {});

  /// Serves the connection until it is over.
  Task<> accept(Connection connection);
  /// Ends all connections with code 0.
  Task<> shutdown();

  const BlobStore& store() const noexcept;
  /// Sums over all requests that have ended.
  TransferStats stats() const;

 private:
  std::shared_ptr<blobs::Provider> provider_;
};

inline BlobsProtocol serve(BlobStore store, ServeOptions options = {}) {
  return BlobsProtocol(std::move(store), std::move(options));
}

}  // namespace iroh
