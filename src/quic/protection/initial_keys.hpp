// SPDX-License-Identifier: MIT OR Apache-2.0
// Keys of Initial packets: anyone who sees the client's first destination id can derive them. [RFC 9001 §5.2]
#pragma once

#include <vector>

#include "quic/protection/packet_keys.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

struct InitialSecrets {
  std::vector<std::byte> client;
  std::vector<std::byte> server;
};

/// client_dcid: destination id of the client's first Initial, or the source id of the Retry that it followed.
InitialSecrets derive_initial_secrets(const ConnectionId& client_dcid);

/// For the given side: seal is its sending direction.
ProtectionKeys make_initial_keys(const ConnectionId& client_dcid, Side side);

}  // namespace iroh::quic
