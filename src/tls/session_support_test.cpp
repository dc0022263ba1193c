// SPDX-License-Identifier: MIT OR Apache-2.0
#include <gnutls/abstract.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "crypto/ed25519.hpp"
#include "tls/raw_public_key.hpp"
#include "tls/session_test_support.hpp"

namespace iroh::tls {

SecretKey test_key(unsigned char number) {
  std::array<std::byte, 32> seed;
  seed.fill(std::byte{number});
  return SecretKey::from_bytes(seed);
}

std::shared_ptr<const Identity> test_identity(unsigned char number) {
  static std::map<unsigned char, std::shared_ptr<const Identity>> identities;
  auto& identity = identities[number];
  if (!identity) identity = make_identity(test_key(number)).value();
  return identity;
}

Bytes from_text(std::string_view text) {
  const auto bytes = base::as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

bool Party::start() {
  if (auto result = session->start(); !result) alert = result.error();
  drain();
  return !alert;
}

bool Party::feed(Level level, base::ByteSpan bytes) {
  if (auto result = session->feed(level, bytes); !result) alert = result.error();
  drain();
  return !alert;
}

void Party::drain() {
  while (auto output = session->poll_output()) {
    if (auto* data = std::get_if<CryptoData>(&*output)) {
      events.emplace_back("data");
      to_send.push_back(std::move(*data));
    } else if (auto* fresh = std::get_if<Secrets>(&*output)) {
      events.emplace_back("secrets");
      Secrets& known = secrets.try_emplace(fresh->level, *fresh).first->second;
      if (!fresh->read.empty()) known.read = fresh->read;
      if (!fresh->write.empty()) known.write = fresh->write;
    } else if (auto* parameters = std::get_if<PeerTransportParameters>(&*output)) {
      events.emplace_back("parameters");
      EXPECT_FALSE(peer_parameters.has_value());
      peer_parameters = std::move(parameters->encoded);
      is_early_data_accepted = parameters->is_early_data_accepted;
    } else if (auto* ticket = std::get_if<NewTicket>(&*output)) {
      events.emplace_back("ticket");
      tickets.push_back(std::move(ticket->ticket));
    } else {
      events.emplace_back("completed");
      ++completions;
    }
  }
}

base::ByteSpan Party::secret(Level level, bool read) const {
  const auto found = secrets.find(level);
  if (found == secrets.end()) return {};
  return read ? found->second.read.bytes() : found->second.write.bytes();
}

Party test_client(unsigned char own, unsigned char remote, std::vector<std::string> alpns, Bytes ticket) {
  return Party(make_client_session(test_identity(own), {test_key(remote).public_key(), std::move(alpns),
                                                        from_text("client parameters"), std::move(ticket)}));
}

Party test_server(unsigned char own, std::vector<std::string> alpns) {
  return Party(make_server_session(test_identity(own), {std::move(alpns), from_text("server parameters")}));
}

bool deliver(Party& from, Party& to, std::size_t fragment, const Meddle& meddle) {
  const auto batch = std::exchange(from.to_send, {});
  for (const auto& [level, bytes] : batch) {
    Bytes stream;
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t size =
          4 + (std::to_integer<std::size_t>(bytes[at + 1]) << 16 | std::to_integer<std::size_t>(bytes[at + 2]) << 8 |
               std::to_integer<std::size_t>(bytes[at + 3]));
      Bytes message(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                    bytes.begin() + static_cast<std::ptrdiff_t>(at + size));
      at += size;
      if (meddle) meddle(level, message);
      stream.insert(stream.end(), message.begin(), message.end());
    }
    for (base::ByteSpan rest = stream; !rest.empty();) {
      const auto piece = rest.first(std::min(fragment, rest.size()));
      if (!to.feed(level, piece)) return false;
      rest = rest.subspan(piece.size());
    }
  }
  return true;
}

void exchange(Party& client, Party& server, std::size_t fragment, const Meddle& to_server, const Meddle& to_client) {
  if (client.events.empty() && !client.start()) return;
  while (!client.to_send.empty() || !server.to_send.empty()) {
    if (!deliver(client, server, fragment, to_server)) return;
    if (!deliver(server, client, fragment, to_client)) return;
  }
}

BarePeer::BarePeer(const BarePeerOptions& options) {
  const unsigned role =
      options.server ? GNUTLS_SERVER | GNUTLS_NO_AUTO_SEND_TICKET : GNUTLS_CLIENT | GNUTLS_KEY_SHARE_TOP;
  EXPECT_EQ(gnutls_init(&session_, role | GNUTLS_ENABLE_RAWPK), 0);
  gnutls_session_set_ptr(session_, this);
  EXPECT_EQ(gnutls_priority_set_direct(session_, options.priority.c_str(), nullptr), 0);
  EXPECT_EQ(gnutls_certificate_allocate_credentials(&credentials_), 0);
  if (options.send_certificate) {
    const SecretKey key = test_key(options.key);
    Spki spki = encode_spki(key.public_key().bytes());
    constexpr unsigned char prefix[] = {0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20};
    unsigned char pkcs8[48];
    std::memcpy(pkcs8, prefix, 16);
    std::memcpy(pkcs8 + 16, key.bytes().data(), 32);
    const gnutls_datum_t public_key{base::as_u8(spki.data()), spki_size};
    const gnutls_datum_t private_key{pkcs8, 48};
    EXPECT_GE(gnutls_certificate_set_rawpk_key_mem(credentials_, &public_key, &private_key, GNUTLS_X509_FMT_DER,
                                                   nullptr, GNUTLS_KEY_DIGITAL_SIGNATURE, nullptr, 0, 0),
              0);
  } else {
    // Without this function GnuTLS would not even offer the type.
    gnutls_certificate_set_retrieve_function2(
        credentials_, [](gnutls_session_t, const gnutls_datum_t*, int, const gnutls_pk_algorithm_t*, int,
                         gnutls_pcert_st**, unsigned* count, gnutls_privkey_t*) {
          *count = 0;
          return 0;
        });
  }
  gnutls_credentials_set(session_, GNUTLS_CRD_CERTIFICATE, credentials_);
  if (options.server) gnutls_certificate_server_set_request(session_, GNUTLS_CERT_REQUIRE);
  std::vector<gnutls_datum_t> alpns;
  for (const std::string& alpn : options.alpns) {
    alpns.push_back(
        {reinterpret_cast<unsigned char*>(const_cast<char*>(alpn.data())), static_cast<unsigned>(alpn.size())});
  }
  if (!alpns.empty()) gnutls_alpn_set_protocols(session_, alpns.data(), static_cast<unsigned>(alpns.size()), 0);
  if (!options.server_name.empty()) {
    gnutls_server_name_set(session_, GNUTLS_NAME_DNS, options.server_name.data(), options.server_name.size());
  }
  if (options.send_transport_parameters) {
    gnutls_session_ext_register(
        session_, "QUIC", 57, GNUTLS_EXT_TLS, [](gnutls_session_t, const unsigned char*, std::size_t) { return 0; },
        [](gnutls_session_t, gnutls_buffer_t buffer) { return gnutls_buffer_append_data(buffer, "bare", 4); }, nullptr,
        nullptr, nullptr, GNUTLS_EXT_FLAG_TLS | GNUTLS_EXT_FLAG_CLIENT_HELLO | GNUTLS_EXT_FLAG_EE);
  }
  gnutls_handshake_set_secret_function(session_, [](gnutls_session_t, gnutls_record_encryption_level_t, const void*,
                                                    const void*, std::size_t) { return 0; });
  gnutls_alert_set_read_function(session_, [](gnutls_session_t, gnutls_record_encryption_level_t, gnutls_alert_level_t,
                                              gnutls_alert_description_t) { return 0; });
  gnutls_handshake_set_read_function(
      session_, [](gnutls_session_t session, gnutls_record_encryption_level_t level,
                   gnutls_handshake_description_t type, const void* data, std::size_t size) {
        const auto* bytes = static_cast<const std::byte*>(data);
        if (type != GNUTLS_HANDSHAKE_CHANGE_CIPHER_SPEC) {
          static_cast<BarePeer*>(gnutls_session_get_ptr(session))
              ->to_send.push_back({static_cast<Level>(level), Bytes(bytes, bytes + size)});
        }
        return 0;
      });
}

BarePeer::~BarePeer() {
  gnutls_deinit(session_);
  gnutls_certificate_free_credentials(credentials_);
}

void BarePeer::feed(Level level, base::ByteSpan bytes) {
  const int result = gnutls_handshake_write(session_, static_cast<gnutls_record_encryption_level_t>(level),
                                            bytes.data(), bytes.size());
  if (result < 0 && gnutls_error_is_fatal(result) != 0) error = result;
  if (error == 0 && !complete_) drive();
}

void BarePeer::drive() {
  const int result = gnutls_handshake(session_);
  if (result == 0) complete_ = true;
  if (result < 0 && gnutls_error_is_fatal(result) != 0) error = result;
}

std::string BarePeer::alpn() const {
  gnutls_datum_t alpn{};
  if (gnutls_alpn_get_selected_protocol(session_, &alpn) != 0) return {};
  return {reinterpret_cast<const char*>(alpn.data), alpn.size};
}

void exchange(BarePeer& peer, Party& ours) {
  peer.start();
  if (ours.events.empty() && !ours.start()) return;
  while (!peer.to_send.empty() || !ours.to_send.empty()) {
    for (const auto& [level, bytes] : std::exchange(peer.to_send, {})) {
      if (!ours.feed(level, bytes)) return;
    }
    for (const auto& [level, bytes] : std::exchange(ours.to_send, {})) {
      peer.feed(level, bytes);
      if (peer.error != 0) return;
    }
  }
}

}  // namespace iroh::tls
