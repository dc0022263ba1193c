// SPDX-License-Identifier: MIT OR Apache-2.0
// Operations of the client on streams and datagrams, against the services of the peer.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <string>

#include "iroh/iroh.hpp"

namespace iroh::interop {

/// Bytes that arrived, counted and hashed.
struct Received {
  std::uint64_t count = 0;
  std::string sha256;
};

/// Up to the end of the stream.
Task<Received> read_and_hash(RecvStream recv);
/// Pattern bytes and the end of the stream.
Task<> write_pattern(SendStream send, std::uint64_t count);
/// The member as a number; throws if it is missing.
std::uint64_t number(const boost::json::object& operation, std::string_view key);
/// One echo stream; true if the same came back.
Task<bool> echo(Connection connection, std::uint64_t bytes, boost::json::object& result);

/// ok and the members of the result; throws on failure. False if there is no such operation.
Task<bool> run_stream_operation(Connection connection, const std::string& op, const boost::json::object& operation,
                                boost::json::object& result);

}  // namespace iroh::interop
