// SPDX-License-Identifier: MIT OR Apache-2.0
// Address discovery of one connection, as the conductor sees it: who may report, what is due, what is new.
// [quic.md §5.9]
#pragma once

#include <cstdint>
#include <optional>

#include "quic/address_discovery/address_observer.hpp"
#include "quic/address_discovery/address_reports.hpp"
#include "quic/frame/address_frames.hpp"
#include "quic/space/sent_frame.hpp"
#include "quic/transport_error.hpp"
#include "quic/types.hpp"
#include "quic/wire/packet_writer.hpp"
#include "quic/wire/transport_parameters.hpp"

namespace iroh::quic {

class AddressDiscovery {
 public:
  /// Off, until both roles are known. [quic.md §1.2]
  AddressDiscovery() noexcept = default;
  /// Our role and the peer's, as their transport parameters say; nothing: the parameter is absent.
  AddressDiscovery(std::optional<AddressDiscoveryRole> own, std::optional<AddressDiscoveryRole> peer) noexcept;

  bool is_observer() const noexcept { return is_observer_; }
  bool is_receiver() const noexcept { return is_receiver_; }

  // --- observer: nothing happens unless both roles agree
  // ----------------------------------------------------------------
  /// A report is due: when the path is new or has moved, and beside each on-path PATH_CHALLENGE and PATH_RESPONSE. For
  /// path 0 first when the peer's parameters arrive.
  void observe(PathId path, const SocketAddr& remote, std::uint64_t generation);
  bool can_send(PathId path) const noexcept { return observer_.can_send(path); }
  /// Into a 1-RTT packet of this very path; never 0-RTT. The frame is a probing one.
  void write(PacketWriter& packet, PathId path) { observer_.write(packet, path); }
  void on_acked(const SentFrame&) noexcept {}
  void on_lost(const SentFrame& frame) noexcept { observer_.on_lost(frame); }

  // --- receiver
  // -------------------------------------------------------------------------------------------------------
  /// PROTOCOL_VIOLATION if the roles do not allow it. The address, if the application should hear of it now. The state
  /// belongs to the path id: a report in the packet that moves a path is about the new 4-tuple.
  TransportResult<std::optional<SocketAddr>> on_observed_address(PathId path, const ObservedAddressFrame& frame,
                                                                 bool is_established);
  /// The path is established (path 0: with the handshake): the address that waited for that.
  std::optional<SocketAddr> on_established(PathId path) noexcept { return reports_.on_established(path); }
  std::optional<SocketAddr> reported(PathId path) const noexcept { return reports_.reported(path); }

  void forget(PathId path) noexcept;

 private:
  bool is_observer_ = false;
  bool is_receiver_ = false;
  AddressObserver observer_;
  AddressReports reports_;
};

}  // namespace iroh::quic
