// SPDX-License-Identifier: MIT OR Apache-2.0
// Raw public keys as certificates: the 44-byte SubjectPublicKeyInfo, and the judgement of a peer's Certificate message.
// [RFC 7250], [RFC 8410 §4], [endpoint.md §2.3], [endpoint.md §2.5]
#pragma once

#include <array>
#include <cstddef>
#include <expected>
#include <optional>
#include <span>

#include "base/byte_span.hpp"
#include "iroh/identity/endpoint_id.hpp"
#include "tls/session.hpp"

namespace iroh::tls {

inline constexpr std::size_t spki_size = 44;
using Spki = std::array<std::byte, spki_size>;

Spki encode_spki(std::span<const std::byte, 32> public_key) noexcept;
/// The key inside, verbatim; nothing if the bytes are not the SubjectPublicKeyInfo of an Ed25519 key.
std::optional<std::span<const std::byte, 32>> decode_spki(base::ByteSpan encoded) noexcept;

/// The one entry in the body of a peer's Certificate message; an alert if there is none, or more than one.
std::expected<base::ByteSpan, Alert> single_certificate(base::ByteSpan body, bool from_client);

/// Judges the key of a client, any of which may come, and of the server that was dialled.
std::expected<EndpointId, Alert> check_client_key(base::ByteSpan spki);
std::expected<EndpointId, Alert> check_server_key(base::ByteSpan spki, const EndpointId& expected);

}  // namespace iroh::tls
