// SPDX-License-Identifier: MIT OR Apache-2.0
// What goes out to and comes in from a socket: trains of equal-sized datagrams with one address pair and one ECN mark.
#pragma once

#include <cstddef>
#include <span>

#include "iroh/base/bytes.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

/// Index of a connection within its quic::Endpoint; not reused while the endpoint lives.
enum class ConnectionHandle : std::uint64_t {};

/// Written by poll_transmit() into the buffer that the caller lent: size bytes, cut into datagrams of segment_size;
/// only the last may be shorter.
struct Transmit {
  FourTuple four_tuple;
  Ecn ecn = Ecn::not_ect;
  std::size_t size = 0;
  std::size_t segment_size = 0;
  /// Set while a client does not yet know which address answers: the shell sends a copy to every known address of the
  /// remote, not only to four_tuple. [endpoint.md §5.4]
  bool to_every_known_address = false;
  ConnectionHandle connection{};  ///< meaningful with to_every_known_address
};

/// One receive from a socket. The payload lies in the buffer and is decrypted in place: the caller must not use it
/// again.
struct ReceivedDatagrams {
  FourTuple four_tuple;
  Ecn ecn = Ecn::not_ect;
  SharedBufferRef buffer;
  MutableByteSpan payload;
  std::size_t segment_size = 0;
};

/// The same with its payload in memory of its own: kept for later, it pins what it holds and not the socket's slab.
ReceivedDatagrams copy_out(const ReceivedDatagrams& datagrams);

}  // namespace iroh::quic
