// SPDX-License-Identifier: MIT OR Apache-2.0
#include "fuzz/targets/tls.hpp"

#include <algorithm>
#include <array>

#include "base/assert.hpp"
#include "tls/raw_public_key.hpp"
#include "tls/session.hpp"

namespace iroh::fuzz {

namespace {

SecretKey key_of(unsigned char number) {
  std::array<std::byte, SecretKey::size> seed;
  seed.fill(std::byte{number});
  return SecretKey::from_bytes(seed);
}

const std::shared_ptr<const tls::Identity>& identity() {
  static const std::shared_ptr<const tls::Identity> shared = tls::make_identity(key_of(1)).value();
  return shared;
}

std::vector<std::byte> parameters() {
  return {std::byte{1}, std::byte{2}, std::byte{3}};
}

/// Feeds the stream in pieces. No input of a few kilobytes holds a signature over our fresh random, so completing means
/// that a check is missing; and a session that failed must stay failed.
void run(tls::Session& session, std::span<const std::uint8_t> input) {
  if (input.empty()) return;
  const std::size_t piece_size = input.front() == 0 ? input.size() : input.front();
  base::ByteSpan rest = std::as_bytes(input.subspan(1));
  bool failed = false;
  while (!rest.empty()) {
    const auto piece = rest.first(std::min(piece_size, rest.size()));
    const bool ok = session.feed(tls::Level::initial, piece).has_value();
    IROH_ASSERT(!(failed && ok));
    failed = !ok;
    while (session.poll_output()) IROH_ASSERT(!failed);
    rest = rest.subspan(piece.size());
  }
  IROH_ASSERT(!session.is_complete() && !session.remote_id());
}

}  // namespace

void fuzz_tls_server(std::span<const std::uint8_t> input) {
  const auto session = tls::make_server_session(identity(), {{"test/0", "other"}, parameters()});
  IROH_ASSERT(session->start().has_value());
  run(*session, input);
}

void fuzz_tls_client(std::span<const std::uint8_t> input) {
  const auto session = tls::make_client_session(identity(), {key_of(2).public_key(), {"test/0"}, parameters(), {}});
  IROH_ASSERT(session->start().has_value());
  while (session->poll_output()) {
  }
  run(*session, input);
}

void fuzz_tls_certificate(std::span<const std::uint8_t> input) {
  const base::ByteSpan body = std::as_bytes(input);
  for (const bool from_client : {false, true}) {
    const auto certificate = tls::single_certificate(body, from_client);
    if (!certificate) continue;
    const auto client = tls::check_client_key(*certificate);
    const auto spki = tls::encode_spki(client ? client->bytes() : key_of(2).public_key().bytes());
    // An accepted key is the one in the message, and dialling it accepts the message as well.
    if (client) IROH_ASSERT(base::equal(*certificate, spki) && tls::check_server_key(*certificate, *client));
    const auto server = tls::check_server_key(*certificate, key_of(2).public_key());
    IROH_ASSERT(!server || *server == key_of(2).public_key());
  }
}

}  // namespace iroh::fuzz
