// SPDX-License-Identifier: MIT OR Apache-2.0
// From datagrams to connections: by destination connection id, a run of equal ids at a time.
#include <cstring>

#include "quic/endpoint/slot.hpp"

namespace iroh::quic {
namespace {

constexpr std::byte fixed_bit{0x40};

/// [RFC 8999 §5] The destination id of a datagram's first packet; short headers carry one of our ids.
std::optional<ByteSpan> destination_cid(ByteSpan datagram) {
  constexpr std::size_t long_header_cid_at = 6;
  if (datagram.empty()) return std::nullopt;
  if (!has_long_header(datagram)) {
    if (datagram.size() < 1 + CidGenerator::cid_size) return std::nullopt;
    return datagram.subspan(1, CidGenerator::cid_size);
  }
  if (datagram.size() < long_header_cid_at) return std::nullopt;
  const auto size = std::to_integer<std::size_t>(datagram[long_header_cid_at - 1]);
  if (datagram.size() - long_header_cid_at < size) return std::nullopt;
  return datagram.subspan(long_header_cid_at, size);
}

}  // namespace

void Endpoint::handle_datagrams(Instant now, const ReceivedDatagrams& datagrams) {
  MutableByteSpan rest = datagrams.payload;
  const std::size_t segment_size = datagrams.segment_size == 0 ? rest.size() : datagrams.segment_size;
  while (!rest.empty()) {
    const std::size_t first_size = std::min(segment_size, rest.size());
    const auto dcid = destination_cid(rest.first(first_size));
    std::size_t run_size = first_size;
    while (dcid && run_size < rest.size()) {
      const auto next = destination_cid(rest.subspan(run_size, std::min(segment_size, rest.size() - run_size)));
      if (!next || !base::equal(*dcid, *next)) break;
      run_size += std::min(segment_size, rest.size() - run_size);
    }
    ReceivedDatagrams run = datagrams;
    run.payload = rest.first(run_size);
    run.segment_size = segment_size;
    if (dcid) handle_run(now, run, *dcid);
    rest = rest.subspan(run_size);
  }
}

void Endpoint::handle_run(Instant now, const ReceivedDatagrams& run, ByteSpan dcid) {
  if (dcid.size() <= ConnectionId::max_size) {
    const auto route = routes_.find(ConnectionId(dcid));
    if (route != routes_.end()) {
      const Route to = route->second;
      Slot* slot = find(to.connection);
      slot->connection->handle_datagrams(now, run, to.path);
      return after_input(to.connection, *slot);
    }
  }
  MutableByteSpan rest = run.payload;
  while (!rest.empty()) {
    ReceivedDatagrams single = run;
    single.payload = rest.first(std::min(run.segment_size, rest.size()));
    single.segment_size = single.payload.size();
    rest = rest.subspan(single.payload.size());
    // What the first one caused may have given the id a route.
    const auto route = dcid.size() <= ConnectionId::max_size ? routes_.find(ConnectionId(dcid)) : routes_.end();
    if (route != routes_.end()) {
      handle_run(now, single, dcid);
    } else {
      handle_unrouted(now, single);
    }
  }
}

void Endpoint::handle_unrouted(Instant now, const ReceivedDatagrams& datagram) {
  const ByteSpan bytes = datagram.payload;
  if (!has_long_header(bytes)) {
    if (handle_stateless_reset(bytes)) return;
    // [quic.md §2.12] [endpoint.md 25] Datagrams with a clear fixed bit are not QUIC.
    if ((bytes[0] & fixed_bit) != std::byte{0}) send_stateless_reset(now, datagram);
    return;
  }
  handle_first_initial(now, datagram);
}

bool Endpoint::handle_stateless_reset(ByteSpan datagram) {
  // [RFC 9000 §10.3.1] The last 16 bytes of a datagram that belongs to nobody.
  ResetToken token{};
  if (datagram.size() < token.size() + 5) return false;
  std::memcpy(token.data(), datagram.last(token.size()).data(), token.size());
  const auto found = reset_tokens_.find(token);
  if (found == reset_tokens_.end()) return false;
  const ConnectionHandle handle = found->second;
  Slot* slot = find(handle);
  if (slot == nullptr) return false;
  if (!slot->connection->handle_stateless_reset(token)) return false;
  after_input(handle, *slot);
  return true;
}

}  // namespace iroh::quic
