// SPDX-License-Identifier: MIT OR Apache-2.0
// The integrity tag of Retry packets: shows that the sender saw the client's Initial. [RFC 9001 §5.8]
#pragma once

#include <array>
#include <vector>

#include "quic/types.hpp"

namespace iroh::quic {

using RetryTag = std::array<std::byte, aead_tag_size>;

/// original_dcid: destination id of the Initial that the Retry answers.
RetryTag compute_retry_tag(ByteSpan retry_without_tag, const ConnectionId& original_dcid);
void append_retry_tag(std::vector<std::byte>& retry_without_tag, const ConnectionId& original_dcid);
/// retry: the whole packet, tag included.
bool is_retry_tag_valid(ByteSpan retry, const ConnectionId& original_dcid);

}  // namespace iroh::quic
