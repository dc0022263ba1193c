// SPDX-License-Identifier: MIT OR Apache-2.0
#include "fuzz/registry.hpp"

#include <algorithm>
#include <array>

#include "fuzz/canary.hpp"
#include "fuzz/targets/bao.hpp"
#include "fuzz/targets/blobs.hpp"
#include "fuzz/targets/identity.hpp"
#include "fuzz/targets/quic_connection.hpp"
#include "fuzz/targets/quic_wire.hpp"
#include "fuzz/targets/tls.hpp"

namespace iroh::fuzz {
namespace {

// One per line in this form: CMakeLists.txt reads the names from here. Each has a folder of its name in corpus/.
// clang-format off
constexpr std::array all{
    Target{"quic_packet_header", fuzz_quic_packet_header},
    Target{"quic_frames", fuzz_quic_frames},
    Target{"quic_datagrams", fuzz_quic_datagrams, 60},
    Target{"quic_peer", fuzz_quic_peer, 150},
    Target{"quic_interaction", fuzz_quic_interaction, 15},
    Target{"transport_parameters", fuzz_transport_parameters},
    Target{"tls_server", fuzz_tls_server},
    Target{"tls_client", fuzz_tls_client},
    Target{"tls_certificate", fuzz_tls_certificate},
    Target{"ticket", fuzz_ticket},
    Target{"endpoint_addr_postcard", fuzz_endpoint_addr_postcard},
    Target{"keys", fuzz_keys},
    Target{"relay_url", fuzz_relay_url},
    Target{"socket_addr", fuzz_socket_addr},
    Target{"bao_decoder", fuzz_bao_decoder},
    Target{"range_spec", fuzz_range_spec},
    Target{"blobs_request", fuzz_blobs_request},
    Target{"blobs_observe", fuzz_blobs_observe},
    Target{"blobs_response", fuzz_blobs_response},
    Target{"canary", fuzz_canary},  // last: targets() leaves it out
};
// clang-format on

}  // namespace

std::span<const Target> targets() {
  return std::span(all).first(all.size() - 1);
}

const Target* find_target(std::string_view name) {
  const auto found = std::ranges::find(all, name, &Target::name);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace iroh::fuzz
