// SPDX-License-Identifier: MIT OR Apache-2.0
// Handshakes that must fail, and with which alert. [endpoint.md §2.5]
#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.hpp"
#include "tls/raw_public_key.hpp"
#include "tls/session_test_support.hpp"

namespace iroh::tls {
namespace {

constexpr auto certificate_type = std::byte{11};
constexpr auto certificate_verify_type = std::byte{15};

/// Runs a handshake and returns the alert of the side that failed first: {client's, server's}, -1 for none.
std::pair<int, int> alerts(Party& client, Party& server, const Meddle& to_server = {}, const Meddle& to_client = {}) {
  exchange(client, server, SIZE_MAX, to_server, to_client);
  const auto code = [](const Party& party) { return party.alert ? int{party.alert->description} : -1; };
  EXPECT_EQ(client.completions > 0, client.session->is_complete());
  return {code(client), code(server)};
}

using Pair = std::pair<int, int>;

// [endpoint.md 19]
TEST(SessionRefusal, DialsTheWrongIdWithUnknownCa) {
  Party client = test_client(1, 3);
  Party server = test_server(2);
  EXPECT_EQ(alerts(client, server), Pair(48, -1));
  EXPECT_FALSE(server.session->is_complete());
  EXPECT_FALSE(client.session->remote_id().has_value());
  // The failure stays.
  EXPECT_FALSE(client.session->feed(Level::handshake, from_text("x")).has_value());
  EXPECT_FALSE(client.session->start().has_value());
}

// [endpoint.md 20]
TEST(SessionRefusal, FindsNoCommonProtocol) {
  Party client = test_client(1, 2, {"test/1"});
  Party server = test_server(2, {"test/0", "test/2"});
  EXPECT_EQ(alerts(client, server), Pair(-1, 120));
  Party other = test_client(1, 2, {"test/1"});
  Party without = test_server(2, {});
  EXPECT_EQ(alerts(other, without), Pair(-1, 120));
}

std::optional<int> server_alert(const BarePeerOptions& options) {
  BarePeer peer(options);
  Party server = test_server(2);
  exchange(peer, server);
  EXPECT_FALSE(server.session->is_complete());
  EXPECT_FALSE(server.session->remote_id().has_value());
  EXPECT_EQ(server.completions, 0);
  return server.alert ? std::optional<int>(server.alert->description) : std::nullopt;
}

std::optional<int> client_alert(const BarePeerOptions& options) {
  BarePeer peer(options);
  Party client = test_client(1, 2);
  client.start();
  exchange(peer, client);
  EXPECT_FALSE(client.session->is_complete());
  EXPECT_EQ(client.completions, 0);
  return client.alert ? std::optional<int>(client.alert->description) : std::nullopt;
}

// [endpoint.md 20]
TEST(SessionRefusal, RefusesAClientWithoutProtocols) {
  EXPECT_EQ(server_alert({.alpns = {}}), 120);
}

// [RFC 9001 §8.2]
TEST(SessionRefusal, RefusesAPeerWithoutTransportParameters) {
  EXPECT_EQ(server_alert({.send_transport_parameters = false}), 109);
  EXPECT_EQ(client_alert({.server = true, .key = 2, .send_transport_parameters = false}), 109);
}

TEST(SessionRefusal, RefusesAServerThatChoosesNoProtocol) {
  EXPECT_EQ(client_alert({.server = true, .key = 2, .alpns = {}}), 120);
}

// [endpoint.md 16]
TEST(SessionRefusal, RefusesAClientWithoutCertificate) {
  EXPECT_EQ(server_alert({.send_certificate = false}), 116);
}

const std::string base_algorithms = "NORMAL:-VERS-ALL:+VERS-TLS1.3:%DISABLE_TLS13_COMPAT_MODE";
const std::string ed25519_only = ":-SIGN-ALL:+SIGN-EDDSA-ED25519";
const std::string raw_keys = ":-CTYPE-ALL:+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK";

// [endpoint.md 17]
TEST(SessionRefusal, RefusesAClientThatDoesNotOfferRawKeysBothWays) {
  EXPECT_EQ(server_alert({.priority = base_algorithms + ed25519_only, .send_certificate = false}), 40);
  EXPECT_EQ(server_alert({.priority = base_algorithms + ed25519_only + ":-CTYPE-ALL:+CTYPE-CLI-X509:+CTYPE-SRV-RAWPK",
                          .send_certificate = false}),
            40);
  EXPECT_EQ(server_alert({.priority = base_algorithms + ed25519_only + ":-CTYPE-ALL:+CTYPE-CLI-RAWPK:+CTYPE-SRV-X509",
                          .send_certificate = false}),
            40);
}

TEST(SessionRefusal, RefusesClientsWithoutCommonAlgorithms) {
  EXPECT_EQ(server_alert({.priority = base_algorithms + raw_keys + ":-SIGN-ALL:+SIGN-ECDSA-SECP256R1-SHA256"}), 40);
  EXPECT_EQ(server_alert({.priority = base_algorithms + ed25519_only + raw_keys + ":-GROUP-ALL:+GROUP-X448"}), 40);
  EXPECT_EQ(server_alert({.priority = base_algorithms + ed25519_only + raw_keys + ":-CIPHER-ALL:+AES-128-CCM"}), 40);
}

TEST(SessionRefusal, RefusesTls12) {
  EXPECT_EQ(server_alert({.priority = "NORMAL:-VERS-ALL:+VERS-TLS1.2"}), 70);
}

// --- Certificate messages changed on their way ---

Meddle replace_certificate(const std::vector<Bytes>& certificates) {
  return [certificates](Level, Bytes& message) {
    if (message[0] != certificate_type) return;
    Bytes list;
    const auto append_24 = [](Bytes& to, std::size_t value) {
      for (const int shift : {16, 8, 0}) to.push_back(static_cast<std::byte>(value >> shift));
    };
    for (const Bytes& certificate : certificates) {
      append_24(list, certificate.size());
      list.insert(list.end(), certificate.begin(), certificate.end());
      list.insert(list.end(), 2, std::byte{0});
    }
    message = {certificate_type};
    append_24(message, 4 + list.size());
    message.push_back(std::byte{0});
    append_24(message, list.size());
    message.insert(message.end(), list.begin(), list.end());
  };
}

Bytes spki(unsigned char key) {
  const Spki encoded = encode_spki(test_key(key).public_key().bytes());
  return {encoded.begin(), encoded.end()};
}

Pair alerts_for_client_certificates(const std::vector<Bytes>& certificates) {
  Party client = test_client(1, 2);
  Party server = test_server(2);
  return alerts(client, server, replace_certificate(certificates));
}

Pair alerts_for_server_certificates(const std::vector<Bytes>& certificates) {
  Party client = test_client(1, 2);
  Party server = test_server(2);
  return alerts(client, server, {}, replace_certificate(certificates));
}

// [endpoint.md 18]
TEST(SessionRefusal, JudgesTheClientsCertificate) {
  EXPECT_EQ(alerts_for_client_certificates({}), Pair(-1, 116));
  EXPECT_EQ(alerts_for_client_certificates({spki(1), spki(1)}), Pair(-1, 48));
  Bytes wrong_oid = spki(1);
  wrong_oid[8] = std::byte{0x6e};  // X25519
  EXPECT_EQ(alerts_for_client_certificates({wrong_oid}), Pair(-1, 51));
  Bytes too_long = spki(1);
  too_long.push_back(std::byte{0});
  EXPECT_EQ(alerts_for_client_certificates({too_long}), Pair(-1, 51));
  EXPECT_EQ(alerts_for_client_certificates({Bytes{}}), Pair(-1, 51));
  Bytes small_order = spki(1);
  std::fill(small_order.begin() + 12, small_order.end(), std::byte{0});
  EXPECT_EQ(alerts_for_client_certificates({small_order}), Pair(-1, 51));
  Bytes no_point = small_order;
  no_point[12] = std::byte{2};
  EXPECT_EQ(alerts_for_client_certificates({no_point}), Pair(-1, 51));
  // Another client's key: the signature does not fit.
  EXPECT_EQ(alerts_for_client_certificates({spki(3)}), Pair(-1, 51));
}

// [endpoint.md 19], [endpoint.md §2.5]
TEST(SessionRefusal, JudgesTheServersCertificate) {
  EXPECT_EQ(alerts_for_server_certificates({}), Pair(50, -1));
  EXPECT_EQ(alerts_for_server_certificates({spki(2), spki(2)}), Pair(48, -1));
  EXPECT_EQ(alerts_for_server_certificates({spki(3)}), Pair(48, -1));
  Bytes wrong_oid = spki(2);
  wrong_oid[8] = std::byte{0x6e};
  EXPECT_EQ(alerts_for_server_certificates({wrong_oid}), Pair(48, -1));
}

TEST(SessionRefusal, RefusesToDialAKeyOfSmallOrder) {
  const auto small_order = EndpointId::from_bytes(std::array<std::byte, 32>{}).value();
  Party client(make_client_session(test_identity(1), {small_order, {"test/0"}, {}, {}}));
  Party server = test_server(2);
  const Spki encoded = encode_spki(small_order.bytes());
  EXPECT_EQ(alerts(client, server, {}, replace_certificate({Bytes(encoded.begin(), encoded.end())})), Pair(51, -1));
}

// [endpoint.md 18]
TEST(SessionRefusal, RefusesABadSignature) {
  const auto corrupt = [](std::size_t index) {
    return [index](Level, Bytes& message) {
      if (message[0] == certificate_verify_type) message[index] ^= std::byte{1};
    };
  };
  // header 4, scheme 2, length 2, then R and S
  for (const std::size_t index : {8u, 39u, 40u, 71u}) {
    Party client = test_client(1, 2);
    Party server = test_server(2);
    EXPECT_EQ(alerts(client, server, corrupt(index)), Pair(-1, 51)) << index;
    Party other_client = test_client(1, 2);
    Party other_server = test_server(2);
    EXPECT_EQ(alerts(other_client, other_server, {}, corrupt(index)), Pair(51, -1)) << index;
  }
}

TEST(SessionRefusal, RefusesAForeignSignatureScheme) {
  const auto rsa_pss = [](Level, Bytes& message) {
    if (message[0] == certificate_verify_type) message[5] = std::byte{0x04};
  };
  Party client = test_client(1, 2);
  Party server = test_server(2);
  EXPECT_EQ(alerts(client, server, rsa_pss), Pair(-1, 47));
}

TEST(SessionRefusal, RefusesABadFinished) {
  const auto corrupt = [](Level, Bytes& message) {
    if (message[0] == std::byte{20}) message.back() ^= std::byte{1};
  };
  Party client = test_client(1, 2);
  Party server = test_server(2);
  EXPECT_EQ(alerts(client, server, corrupt), Pair(-1, 51));
  Party other_client = test_client(1, 2);
  Party other_server = test_server(2);
  EXPECT_EQ(alerts(other_client, other_server, {}, corrupt), Pair(51, -1));
}

TEST(SessionRefusal, RefusesAClientThatSkipsItsCertificate) {
  const auto skip = [](Level, Bytes& message) {
    if (message[0] == certificate_type || message[0] == certificate_verify_type) message.clear();
  };
  Party client = test_client(1, 2);
  Party server = test_server(2);
  const auto [client_code, server_code] = alerts(client, server, skip);
  EXPECT_EQ(client_code, -1);
  EXPECT_NE(server_code, -1);
  EXPECT_FALSE(server.session->is_complete());
}

// --- Messages that have no place ---

int alert_after_completion(bool to_client, Level level, std::initializer_list<int> bytes) {
  Party client = test_client(1, 2);
  Party server = test_server(2);
  exchange(client, server);
  EXPECT_TRUE(client.session->is_complete() && server.session->is_complete());
  Bytes message;
  for (const int byte : bytes) message.push_back(static_cast<std::byte>(byte));
  Party& target = to_client ? client : server;
  target.feed(level, message);
  return target.alert ? int{target.alert->description} : -1;
}

TEST(SessionRefusal, RefusesMessagesThatQuicForbids) {
  for (const bool to_client : {false, true}) {
    // [RFC 9001 §6] KeyUpdate
    EXPECT_EQ(alert_after_completion(to_client, Level::application, {24, 0, 0, 1, 0}), 10);
    // [RFC 9001 §4.4] post-handshake CertificateRequest
    EXPECT_EQ(alert_after_completion(to_client, Level::application, {13, 0, 0, 3, 0, 0, 0}), 10);
    EXPECT_EQ(alert_after_completion(to_client, Level::application, {0x42, 0, 0, 0}), 10);
    // [RFC 9001 §4.1.3] an older level
    EXPECT_EQ(alert_after_completion(to_client, Level::handshake, {20, 0, 0, 0}), 10);
    EXPECT_EQ(alert_after_completion(to_client, Level::initial, {1, 0, 0, 0}), 10);
  }
  EXPECT_EQ(alert_after_completion(false, Level::application, {4, 0, 0, 0}), 10);
  // a malformed NewSessionTicket
  EXPECT_EQ(alert_after_completion(true, Level::application, {4, 0, 0, 1, 0}), 50);
}

TEST(SessionRefusal, RefusesLevelsAheadOfTheKeys) {
  Party server = test_server(2);
  server.feed(Level::handshake, from_text("\x0b"));
  EXPECT_EQ(server.alert->description, 10);
  // [RFC 9001 §8.3] EndOfEarlyData does not exist in QUIC, nor does any CRYPTO in 0-RTT.
  Party other = test_server(2);
  other.feed(Level::early, from_text("\x05"));
  EXPECT_EQ(other.alert->description, 10);
}

// [RFC 9001 §4.1.3]
TEST(SessionRefusal, RefusesBytesBehindTheMessageThatChangesKeys) {
  Party client = test_client(1, 2);
  Party server = test_server(2);
  client.start();
  deliver(client, server);
  Bytes hello = server.to_send.front().bytes;
  hello.push_back(std::byte{0});
  client.feed(Level::initial, hello);
  EXPECT_EQ(client.alert->description, 10);
}

TEST(SessionRefusal, RefusesAMessageThatIsTooLarge) {
  Party server = test_server(2);
  server.feed(Level::initial, Bytes{std::byte{1}, std::byte{0}, std::byte{0x40}, std::byte{0}});
  EXPECT_EQ(server.alert->description, 50);
}

// --- Noise ---

Bytes client_hello() {
  Party client = test_client(1, 2);
  client.start();
  return client.to_send.at(0).bytes;
}

TEST(SessionRefusal, WaitsForTheRestOfATruncatedClientHello) {
  const Bytes hello = client_hello();
  for (std::size_t size = 0; size < hello.size(); ++size) {
    Party server = test_server(2);
    EXPECT_TRUE(server.feed(Level::initial, base::ByteSpan(hello).first(size)));
    EXPECT_TRUE(server.events.empty());
  }
}

TEST(SessionRefusal, RefusesEveryTruncationThatClaimsToBeWhole) {
  const Bytes hello = client_hello();
  for (std::size_t size = 4; size < hello.size(); ++size) {
    Bytes cut(hello.begin(), hello.begin() + static_cast<std::ptrdiff_t>(size));
    cut[1] = std::byte{0};
    cut[2] = static_cast<std::byte>((size - 4) >> 8);
    cut[3] = static_cast<std::byte>(size - 4);
    Party server = test_server(2);
    server.feed(Level::initial, cut);
    ASSERT_TRUE(server.alert.has_value()) << size;
    EXPECT_TRUE(server.events.empty()) << size;
  }
}

TEST(SessionRefusal, SurvivesEveryFlippedByteOfAClientHello) {
  const Bytes hello = client_hello();
  base::SeededRandom random(1);
  for (std::size_t i = 4; i < hello.size(); ++i) {
    Bytes changed = hello;
    changed[i] ^= static_cast<std::byte>(1 + random.below(255));
    Party server = test_server(2);
    server.feed(Level::initial, changed);
    EXPECT_FALSE(server.session->is_complete());
  }
}

TEST(SessionRefusal, CompletesUnderNoFlippedByteOfTheServersFlight) {
  base::SeededRandom random(2);
  for (std::size_t target = 0; target < 400; target += 3) {
    std::size_t seen = 0;
    bool changed = false;
    const Meddle flip = [&](Level, Bytes& message) {
      for (std::size_t i = 4; i < message.size(); ++i) {
        if (seen++ == target) {
          message[i] ^= static_cast<std::byte>(1 + random.below(255));
          changed = true;
        }
      }
    };
    Party client = test_client(1, 2);
    Party server = test_server(2);
    exchange(client, server, SIZE_MAX, {}, flip);
    EXPECT_EQ(client.session->is_complete(), !changed) << target;
    EXPECT_FALSE(changed && server.session->is_complete()) << target;
  }
}

TEST(SessionRefusal, SurvivesGarbage) {
  base::SeededRandom random(3);
  for (int round = 0; round < 300; ++round) {
    Bytes garbage(1 + random.below(300));
    random.fill(garbage);
    garbage[0] = std::byte{1};
    if (garbage.size() >= 4 && random.chance(3, 4)) {
      garbage[1] = std::byte{0};
      garbage[2] = static_cast<std::byte>((garbage.size() - 4) >> 8);
      garbage[3] = static_cast<std::byte>(garbage.size() - 4);
    }
    Party server = test_server(2);
    server.feed(Level::initial, garbage);
    EXPECT_TRUE(server.events.empty());
    Party client = test_client(1, 2);
    client.start();
    garbage[0] = std::byte{2};
    client.feed(Level::initial, garbage);
    EXPECT_FALSE(client.session->is_complete());
  }
}

}  // namespace
}  // namespace iroh::tls
