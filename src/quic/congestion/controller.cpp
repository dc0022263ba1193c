// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/congestion/controller.hpp"

#include "quic/congestion/bbr.hpp"
#include "quic/congestion/cubic.hpp"
#include "quic/congestion/new_reno.hpp"
#include "quic/connection/config.hpp"

namespace iroh::quic {

std::unique_ptr<CongestionController> make_congestion_controller(CongestionAlgorithm algorithm, std::uint16_t mtu) {
  if (algorithm == CongestionAlgorithm::new_reno) return std::make_unique<NewReno>(mtu);
  if (algorithm == CongestionAlgorithm::bbr) return std::make_unique<Bbr>(mtu);
  return std::make_unique<Cubic>(mtu);
}

}  // namespace iroh::quic
