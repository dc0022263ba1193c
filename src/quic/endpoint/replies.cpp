// SPDX-License-Identifier: MIT OR Apache-2.0
// Datagrams that belong to no connection: Version Negotiation, stateless resets, a close for a refused client.
#include <algorithm>

#include "base/byte_writer.hpp"
#include "quic/cid/stateless_reset.hpp"
#include "quic/connection/packet_train.hpp"
#include "quic/endpoint/slot.hpp"
#include "quic/frame/close_frame.hpp"
#include "quic/protection/initial_keys.hpp"
#include "quic/wire/version.hpp"

namespace iroh::quic {

void Endpoint::queue_reply(const FourTuple& four_tuple, std::vector<std::byte> datagram) {
  // Without the bound a flood of strangers' datagrams, answered slowly, would fill memory.
  constexpr std::size_t replies_max = 1024;
  if (replies_.size() < replies_max) replies_.push_back({four_tuple, std::move(datagram)});
}

void Endpoint::send_version_negotiation(const FourTuple& four_tuple, const InvariantHeader& received) {
  queue_reply(four_tuple, make_version_negotiation(random_, received.dcid, received.scid, received.version));
}

void Endpoint::send_stateless_reset(Instant now, const ReceivedDatagrams& datagram) {
  const ByteSpan bytes = datagram.payload;
  const ConnectionId cid(bytes.subspan(1, CidGenerator::cid_size));
  // [quic.md §6.3] An id that we cannot have issued earns no answer, and answers are spaced.
  if (!cid_generator_.looks_ours(cid)) return;
  if (last_stateless_reset_ && now - *last_stateless_reset_ < config_.stateless_reset_interval) return;
  std::vector<std::byte> reset(bytes.size());
  const auto size = build_stateless_reset(reset, bytes.size(), cid_generator_.reset_token(cid), random_);
  if (!size) return;
  reset.resize(*size);
  last_stateless_reset_ = now;
  queue_reply(datagram.four_tuple, std::move(reset));
}

void Endpoint::send_initial_close(const FourTuple& four_tuple, const ConnectionId& dcid, const ConnectionId& scid,
                                  ErrorCode code, std::string_view reason) {
  std::vector<std::byte> datagram(datagram_size_min);
  ProtectionKeys keys = make_initial_keys(dcid, Side::server);
  PacketTrain train;
  train.begin(datagram, datagram.size());
  train.begin_long_packet({EncryptionLevel::initial, scid, dcid, {}}, 0, std::nullopt);
  const ConnectionCloseFrame close{.is_application = false,
                                   .code = static_cast<std::uint64_t>(code),
                                   .frame_type = 0,
                                   .reason = base::as_bytes(reason)};
  base::ByteWriter writer(train.writer().reserve(encoded_size(close)));
  encode(writer, close);
  train.end_packet(seal_keys(keys.seal));
  train.end_datagram();
  train.seal();
  datagram.resize(train.size());
  queue_reply(four_tuple, std::move(datagram));
}

}  // namespace iroh::quic
