// SPDX-License-Identifier: MIT OR Apache-2.0
// What the operations of the blobs peer work on. Each result is a JSON object; failures are exceptions.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <string>
#include <vector>

#include "iroh/blobs/blobs.hpp"
#include "iroh/endpoint/endpoint.hpp"

namespace iroh::interop {

struct BlobsPeer {
  Endpoint endpoint;
  BlobStore store;
  std::map<std::uint64_t, Connection> connections;  ///< by the number that the operations call them by
  std::vector<TempTag> kept;                        ///< what was added stays

  /// Throws if the operation's connection was not made.
  RemoteBlobs remote(const boost::json::object& operation) const;
};

/// Nothing if there is no such operation.
Task<std::optional<boost::json::object>> content_operation(BlobsPeer& peer, const boost::json::object& operation);
Task<std::optional<boost::json::object>> remote_operation(BlobsPeer& peer, const boost::json::object& operation);

}  // namespace iroh::interop
