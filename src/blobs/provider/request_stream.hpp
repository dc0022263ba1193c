// SPDX-License-Identifier: MIT OR Apache-2.0
// One request: read, admitted, answered, and told about. [blobs.md §3.2], [blobs.md §3.8]
#pragma once

#include <memory>
#include <optional>

#include "blobs/protocol/request_codec.hpp"
#include "blobs/provider/provider.hpp"
#include "blobs/service/watchdog.hpp"
#include "blobs/transfer/response_reader.hpp"
#include "blobs/transfer/response_writer.hpp"
#include "iroh/endpoint/stream.hpp"

namespace iroh::blobs {

/// Never fails because of the client.
Task<> serve_request(std::shared_ptr<ProviderConnection> connection, BiStream stream);

/// A request while it is served: its streams, its numbers, its events. Confined to the connection's strand.
class RequestStream {
 public:
  RequestStream(std::shared_ptr<ProviderConnection> connection, BiStream stream,
                const boost::asio::any_io_executor& executor);
  ~RequestStream();
  RequestStream(const RequestStream&) = delete;
  RequestStream& operator=(const RequestStream&) = delete;

  Task<> serve();

 private:
  using What = std::variant<GetRequest, GetManyRequest, ObserveRequest>;

  // ---- Reading it (request_stream.cpp)

  /// Nothing if it is malformed, too long, or too late.
  Task<std::optional<What>> read();
  Task<std::optional<What>> read_push_head();
  /// More of the stream into input_. False at its end, or on failure, which sets is_broken_.
  Task<bool> read_more(std::size_t limit);
  /// [blobs.md 29] FIN without bytes.
  void drop();
  Task<Admission> admission();
  bool is_allowed() const noexcept;
  void refuse(BlobsCode code);

  // ---- Answering it (serve_response.cpp, serve_push.cpp, serve_observe.cpp)

  Task<> send_response();
  Task<std::optional<TransferFailure>> send_batch(const ResponseBatch& batch);
  Task<std::optional<TransferFailure>> send_throttled(const ResponseBatch& batch);
  Task<> reset_after_drain(BlobsCode code);
  Task<> take_push();
  Task<> send_observations();
  Task<std::optional<TransferFailure>> write(Bytes bytes);

  // ---- Telling

  void emit(ProviderEvent::Kind kind);
  void emit_mark(const std::variant<BlobStart, LeafEnd>& mark);
  void finish(std::optional<TransferFailure> failure);

  std::shared_ptr<ProviderConnection> connection_;
  SendStream send_;
  RecvStream recv_;
  Watchdog watchdog_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::vector<std::byte> input_;  ///< the request, and what came with it
  bool is_broken_ = false;
  bool is_long_ = false;
  std::optional<RequestType> type_;
  ProviderEvent event_;  ///< filled in as far as known
};

}  // namespace iroh::blobs
