// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tls/raw_public_key.hpp"

#include <algorithm>

#include "base/byte_reader.hpp"
#include "crypto/ed25519.hpp"
#include "tls/alert.hpp"

namespace iroh::tls {

namespace {

using base::ByteReader;
using base::ByteSpan;

// SEQUENCE { SEQUENCE { OBJECT IDENTIFIER 1.3.101.112 }, BIT STRING of 33 bytes, the first of which counts unused bits
// }
constexpr std::array<std::uint8_t, 12> spki_prefix = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                                      0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

std::optional<ByteSpan> length_24_bytes(ByteReader& reader) {
  const auto high = reader.u8();
  const auto low = reader.u16();
  if (!high || !low) return std::nullopt;
  return reader.bytes(std::size_t{*high} << 16 | *low);
}

/// The first certificate of a list and how many there are.
struct CertificateList {
  ByteSpan first;
  std::size_t count = 0;
};

/// [RFC 8446 §4.4.2]
std::optional<CertificateList> parse_certificate(ByteSpan body) {
  ByteReader reader(body);
  if (reader.u8() != 0) return std::nullopt;  // the request context is empty during the handshake
  const auto list = length_24_bytes(reader);
  if (!list || !reader.is_empty()) return std::nullopt;
  CertificateList result;
  ByteReader entries(*list);
  while (!entries.is_empty()) {
    const auto certificate = length_24_bytes(entries);
    const auto extensions_size = entries.u16();
    if (!certificate || !extensions_size || !entries.skip(*extensions_size)) return std::nullopt;
    if (result.count++ == 0) result.first = *certificate;
  }
  return result;
}

}  // namespace

Spki encode_spki(std::span<const std::byte, 32> public_key) noexcept {
  Spki spki;
  std::ranges::copy(public_key, std::ranges::copy(std::as_bytes(std::span(spki_prefix)), spki.begin()).out);
  return spki;
}

std::optional<std::span<const std::byte, 32>> decode_spki(ByteSpan encoded) noexcept {
  if (encoded.size() != spki_size ||
      !base::equal(encoded.first(spki_prefix.size()), std::as_bytes(std::span(spki_prefix)))) {
    return std::nullopt;
  }
  return encoded.last<32>();
}

// [endpoint.md 18], [endpoint.md §2.5] Rule 1 for servers, 2 for clients.
std::expected<ByteSpan, Alert> single_certificate(ByteSpan body, bool from_client) {
  const auto list = parse_certificate(body);
  if (!list) return alert_error(AlertDescription::decode_error, "malformed Certificate message");
  if (list->count > 1) return alert_error(AlertDescription::unknown_ca, "the peer sent several certificates");
  if (list->count == 1) return list->first;
  // [endpoint.md 16], and [RFC 8446 §4.4.2.4] for a server that does it.
  if (from_client) return alert_error(AlertDescription::certificate_required, "the client sent no certificate");
  return alert_error(AlertDescription::decode_error, "the server sent no certificate");
}

// [endpoint.md 18], [endpoint.md §2.5] Server verifies client, rules 2 and 3.
std::expected<EndpointId, Alert> check_client_key(ByteSpan spki) {
  const auto key = decode_spki(spki);
  if (!key) return alert_error(AlertDescription::decrypt_error, "the peer's key is no Ed25519 key");
  // GnuTLS would accept signatures under keys of small order, which anybody can make.
  if (crypto::ed25519_has_small_order(*key)) {
    return alert_error(AlertDescription::decrypt_error, "the peer's key has small order");
  }
  const auto id = EndpointId::from_bytes(*key);
  if (!id) return alert_error(AlertDescription::decrypt_error, "the peer's key is not a point of the curve");
  return *id;
}

// [endpoint.md 19], [endpoint.md §2.5] Client verifies server, rule 3: byte for byte.
std::expected<EndpointId, Alert> check_server_key(ByteSpan spki, const EndpointId& expected) {
  if (!base::equal(spki, encode_spki(expected.bytes()))) {
    return alert_error(AlertDescription::unknown_ca, "the server is not the endpoint that was dialled");
  }
  return check_client_key(spki);
}

}  // namespace iroh::tls
