// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/address_discovery/address_discovery.hpp"

#include "quic/frame/frame_type.hpp"

namespace iroh::quic {

// [quic.md §2.2] A report flows from A to B if A's role includes sending and B's receiving.
AddressDiscovery::AddressDiscovery(std::optional<AddressDiscoveryRole> own,
                                   std::optional<AddressDiscoveryRole> peer) noexcept
    : is_observer_(own && peer && sends_reports(*own) && receives_reports(*peer)),
      is_receiver_(own && peer && receives_reports(*own) && sends_reports(*peer)) {}

void AddressDiscovery::observe(PathId path, const SocketAddr& remote, std::uint64_t generation) {
  if (is_observer_) observer_.observe(path, remote, generation);
}

TransportResult<std::optional<SocketAddr>> AddressDiscovery::on_observed_address(PathId path,
                                                                                 const ObservedAddressFrame& frame,
                                                                                 bool is_established) {
  if (!is_receiver_) {  // [quic.md §3.5]
    const auto type = frame.address.is_v4() ? FrameType::observed_address_v4 : FrameType::observed_address_v6;
    return transport_error(ErrorCode::protocol_violation, "OBSERVED_ADDRESS was not negotiated", to_u64(type));
  }
  return reports_.on_observed_address(path, frame, is_established);
}

void AddressDiscovery::forget(PathId path) noexcept {
  observer_.forget(path);
  reports_.forget(path);
}

}  // namespace iroh::quic
