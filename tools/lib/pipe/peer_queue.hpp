// SPDX-License-Identifier: MIT OR Apache-2.0
// PeerQueue: lets any number of peers knock until one of them opens a valid pipe. [tools.md §3.6, listen]
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <optional>

#include "iroh/endpoint/endpoint.hpp"
#include "iroh/endpoint/task.hpp"
#include "tools/lib/task_group.hpp"

namespace iroh::tools {

struct PipePeer {
  Connection connection;
  BiStream stream;
};

class PeerQueue {
 public:
  /// [tools.md 31] Peers may take any time until their first stream; one more than these, and the oldest has to go.
  static constexpr std::size_t waiting_max = 16;

  PeerQueue(const boost::asio::any_io_executor& executor, Endpoint endpoint, bool has_handshake);

  /// The first peer with a valid handshake or, without handshakes, with a stream; all others are closed with code 0,
  /// and later ones refused. Nothing if the endpoint was closed or the call was cancelled.
  Task<std::optional<PipePeer>> first();
  /// To be awaited before the queue goes; the endpoint may be closed by then.
  Task<> stop();

 private:
  Task<> accept_all();
  Task<> greet(Incoming incoming);

  Endpoint endpoint_;
  const bool has_handshake_;
  TaskGroup accepting_;
  TaskGroup waiting_;
  boost::asio::steady_timer decided_;  // never expires
  bool is_decided_ = false;
  std::optional<PipePeer> winner_;
};

}  // namespace iroh::tools
