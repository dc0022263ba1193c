// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/token/token_keys.hpp"

#include <algorithm>
#include <cstring>

#include "base/byte_reader.hpp"
#include "base/byte_writer.hpp"
#include "crypto/aead.hpp"
#include "crypto/hkdf.hpp"
#include "crypto/system_random.hpp"

namespace iroh::quic {
namespace {

constexpr std::uint8_t retry_kind = 0;
constexpr std::uint8_t new_token_kind = 1;
/// kind, time, address, port, id with its length
constexpr std::size_t content_size_max = 1 + 8 + 17 + 2 + 1 + ConnectionId::max_size;

std::uint64_t to_ns(Instant at) {
  return static_cast<std::uint64_t>(at.time_since_epoch().count());
}

void write_octets(base::ByteWriter& writer, const auto& octets) {
  writer.bytes(std::as_bytes(std::span(octets)));
}

void write_ip(base::ByteWriter& writer, const IpAddr& ip) {
  writer.u8(ip.is_v4() ? 0 : 1);
  if (ip.is_v4()) return write_octets(writer, ip.v4());
  write_octets(writer, ip.v6());
}

std::optional<IpAddr> read_ip(base::ByteReader& reader) {
  const auto family = reader.u8();
  if (!family || *family > 1) return std::nullopt;
  const auto octets = reader.bytes(*family == 0 ? 4 : 16);
  if (!octets) return std::nullopt;
  const auto copy_to = [&](auto array) {
    std::memcpy(array.data(), octets->data(), array.size());
    return IpAddr(array);
  };
  return *family == 0 ? copy_to(IpAddr::V4{}) : copy_to(IpAddr::V6{});
}

/// AES-GCM allows few random nonces under one key, so every token has a key of its own.
struct SealingKey {
  SealingKey(ByteSpan secret, ByteSpan unique) {
    auto derived = crypto::hkdf_expand(crypto::HashAlgorithm::sha256, secret, unique, key.size() + nonce.size());
    std::memcpy(key.data(), derived.data(), key.size());
    std::memcpy(nonce.data(), derived.data() + key.size(), nonce.size());
    crypto::wipe(derived);
  }
  ~SealingKey() { crypto::wipe(key); }
  SealingKey(const SealingKey&) = delete;
  SealingKey& operator=(const SealingKey&) = delete;

  std::array<std::byte, 16> key{};
  std::array<std::byte, 12> nonce{};
};

}  // namespace

struct TokenKeys::Content {
  std::uint8_t kind = retry_kind;
  std::uint64_t issued_ns = 0;
  IpAddr ip;
  std::uint16_t port = 0;      // Retry
  ConnectionId original_dcid;  // Retry
};

TokenKeys::~TokenKeys() {
  crypto::wipe(secret_);
}

std::vector<std::byte> TokenKeys::make_retry_token(Instant now, const SocketAddr& client,
                                                   const ConnectionId& original_dcid, base::Random& random) const {
  return seal({retry_kind, to_ns(now), client.ip(), client.port(), original_dcid}, random);
}

std::vector<std::byte> TokenKeys::make_new_token(Instant now, const SocketAddr& client, base::Random& random) const {
  return seal({new_token_kind, to_ns(now), client.ip(), 0, {}}, random);
}

std::vector<std::byte> TokenKeys::seal(const Content& content, base::Random& random) const {
  std::array<std::byte, content_size_max> plain;
  base::ByteWriter writer(plain);
  writer.u8(content.kind);
  writer.u64(content.issued_ns);
  write_ip(writer, content.ip);
  if (content.kind == retry_kind) {
    writer.u16(content.port);
    writer.u8(static_cast<std::uint8_t>(content.original_dcid.size()));
    writer.bytes(content.original_dcid.bytes());
  }
  Unique unique{};
  random.fill(unique);
  const SealingKey key(secret_, unique);
  std::vector<std::byte> token(unique.begin(), unique.end());
  const auto sealed = crypto::aes_128_gcm_seal(key.key, key.nonce, unique, writer.written());
  token.insert(token.end(), sealed.begin(), sealed.end());
  return token;
}

std::optional<TokenKeys::Content> TokenKeys::open(ByteSpan token) const {
  if (token.size() < sizeof(Unique) + aead_tag_size) return std::nullopt;
  const ByteSpan unique = token.first(sizeof(Unique));
  const SealingKey key(secret_, unique);
  const auto plain = crypto::aes_128_gcm_open(key.key, key.nonce, unique, token.subspan(sizeof(Unique)));
  if (!plain) return std::nullopt;
  base::ByteReader reader(*plain);
  const auto kind = reader.u8();
  const auto issued = reader.u64();
  const auto ip = read_ip(reader);
  if (!kind || !issued || !ip) return std::nullopt;
  Content content{*kind, *issued, *ip, 0, {}};
  if (content.kind == retry_kind) {
    const auto port = reader.u16();
    const auto size = reader.u8();
    if (!port || !size || *size > ConnectionId::max_size) return std::nullopt;
    const auto dcid = reader.bytes(*size);
    if (!dcid) return std::nullopt;
    content.port = *port;
    content.original_dcid = ConnectionId(*dcid);
  }
  return reader.is_empty() ? std::optional(content) : std::nullopt;
}

TokenVerdict TokenKeys::judge(Instant now, const SocketAddr& client, ByteSpan token) {
  using Kind = TokenVerdict::Kind;
  // [quic.md §6.5] What we cannot read counts as absent: it may be another server's.
  const auto content = open(token);
  if (!content) return {};
  const bool is_retry = content->kind == retry_kind;
  const Duration lifetime = is_retry ? retry_token_lifetime : new_token_lifetime;
  const std::uint64_t now_ns = to_ns(now);
  const bool is_fresh = content->issued_ns <= now_ns &&
                        now_ns - content->issued_ns <= static_cast<std::uint64_t>(Duration(lifetime).count());
  const bool is_from_there = content->ip == client.ip() && (!is_retry || content->port == client.port());
  if (is_retry) {
    // [quic.md 35] [RFC 9000 §8.1.3] The client will not get another Retry, so it is told at once.
    if (!is_fresh || !is_from_there) return {.kind = Kind::invalid};
    return {.kind = Kind::retried, .original_dcid = content->original_dcid};
  }
  // [quic.md §6.5] Stale, from elsewhere or used before: no error, the address is merely not validated.
  if (!is_fresh || !is_from_there || !used_.use(now, token)) return {};
  return {.kind = Kind::known_address};
}

}  // namespace iroh::quic
