// SPDX-License-Identifier: MIT OR Apache-2.0
// Handshakes that succeed, of our sessions with each other and with bare GnuTLS peers.
#include "tls/session.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/hex.hpp"
#include "tls/session_test_support.hpp"

namespace iroh::tls {
namespace {

void expect_agreement(const Party& client, const Party& server) {
  ASSERT_FALSE(client.alert.has_value()) << client.alert->text;
  ASSERT_FALSE(server.alert.has_value()) << server.alert->text;
  EXPECT_TRUE(client.session->is_complete());
  EXPECT_TRUE(server.session->is_complete());
  EXPECT_EQ(client.completions, 1);
  EXPECT_EQ(server.completions, 1);
  for (const Level level : {Level::handshake, Level::application}) {
    EXPECT_FALSE(client.secret(level, true).empty());
    EXPECT_FALSE(client.secret(level, false).empty());
    EXPECT_TRUE(base::equal(client.secret(level, true), server.secret(level, false)));
    EXPECT_TRUE(base::equal(client.secret(level, false), server.secret(level, true)));
    EXPECT_EQ(client.secrets.at(level).suite, server.secrets.at(level).suite);
    EXPECT_EQ(client.secret(level, true).size(), crypto::secret_size(client.secrets.at(level).suite));
  }
  EXPECT_EQ(client.session->alpn(), server.session->alpn());
}

class SessionTest : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Fragments, SessionTest, testing::Values(SIZE_MAX, 1, 2, 3, 7, 50));

TEST_P(SessionTest, CompletesAHandshakeInEveryFragmentation) {
  Party client = test_client(1, 2);
  Party server = test_server(2);
  exchange(client, server, GetParam());
  expect_agreement(client, server);
  EXPECT_EQ(client.session->remote_id(), test_key(2).public_key());
  EXPECT_EQ(server.session->remote_id(), test_key(1).public_key());
  EXPECT_EQ(client.session->alpn(), "test/0");
  EXPECT_EQ(client.peer_parameters, from_text("server parameters"));
  EXPECT_EQ(server.peer_parameters, from_text("client parameters"));
  EXPECT_FALSE(client.session->is_resumed());
  EXPECT_EQ(client.secrets.at(Level::application).suite, crypto::CipherSuite::aes_128_gcm_sha256);
}

TEST_P(SessionTest, TakesTicketsInEveryFragmentation) {
  Party client = test_client(1, 2);
  Party server = test_server(2);
  exchange(client, server);
  server.session->send_ticket();
  server.session->send_ticket();
  server.drain();
  EXPECT_TRUE(deliver(server, client, GetParam()));
  EXPECT_EQ(client.tickets.size(), 2u);
  Party again = test_client(1, 2, {"test/0"}, client.tickets.back());
  Party again_server = test_server(2);
  exchange(again, again_server, GetParam());
  expect_agreement(again, again_server);
  EXPECT_TRUE(again.session->is_resumed());
  EXPECT_TRUE(again_server.session->is_resumed());
  // [endpoint.md 21] The identity of a resumed connection is that of the original one.
  EXPECT_EQ(again.session->remote_id(), test_key(2).public_key());
  EXPECT_EQ(again_server.session->remote_id(), test_key(1).public_key());
  EXPECT_EQ(again_server.peer_parameters, from_text("client parameters"));
  EXPECT_EQ(again.peer_parameters, from_text("server parameters"));
}

TEST(Session, ReportsOutputsInAUsableOrder) {
  Party client = test_client(1, 2);
  Party server = test_server(2);
  exchange(client, server);
  using Names = std::vector<std::string>;
  EXPECT_EQ(client.events, (Names{"data", "secrets", "parameters", "data", "secrets", "completed"}));
  EXPECT_EQ(server.events, (Names{"secrets", "data", "data", "secrets", "parameters", "completed"}));
}

TEST(Session, KnowsTheIdentityAndTheKeysOnlyWhenComplete) {
  Party client = test_client(1, 2);
  Party server = test_server(2);
  ASSERT_TRUE(client.start());
  ASSERT_TRUE(deliver(client, server));
  EXPECT_EQ(server.session->alpn(), "test/0");
  EXPECT_FALSE(server.session->is_complete());
  EXPECT_FALSE(server.session->remote_id().has_value());
  EXPECT_FALSE(server.session->export_keying_material("label", {}, 32).has_value());
  server.session->send_ticket();
  server.drain();
  // ServerHello, and the server's flight; no ticket.
  EXPECT_EQ(server.to_send.size(), 2u);
}

TEST(Session, ExportsEqualKeyingMaterial) {
  Party client = test_client(1, 2);
  Party server = test_server(2);
  exchange(client, server);
  const auto context = from_text("context");
  const auto ours = client.session->export_keying_material("label", context, 48).value();
  EXPECT_EQ(ours.size(), 48u);
  EXPECT_EQ(ours, server.session->export_keying_material("label", context, 48).value());
  EXPECT_NE(ours, client.session->export_keying_material("other", context, 48).value());
  EXPECT_NE(ours, client.session->export_keying_material("label", {}, 48).value());
}

// [endpoint.md 60], [endpoint.md 20]
TEST(Session, LetsTheServersOrderOfProtocolsDecide) {
  Party client = test_client(1, 2, {"test/1", "test/0"});
  Party server = test_server(2, {"test/0", "test/1"});
  exchange(client, server);
  expect_agreement(client, server);
  EXPECT_EQ(client.session->alpn(), "test/0");
}

// [endpoint.md §2.7] Names of up to 255 bytes, any bytes, any number of them.
TEST(Session, TakesLongAndManyProtocolNames) {
  std::vector<std::string> many;
  for (int i = 0; i < 30; ++i) many.push_back("protocol/" + std::to_string(i));
  const std::string longest(255, '\xff');
  std::vector<std::string> offered = many;
  offered.push_back(longest);
  Party client = test_client(1, 2, offered);
  Party server = test_server(2, {"unknown", longest, "protocol/3"});
  exchange(client, server);
  expect_agreement(client, server);
  EXPECT_EQ(server.session->alpn(), longest);

  Party other_client = test_client(1, 2, {"protocol/29"});
  Party other_server = test_server(2, many);
  exchange(other_client, other_server);
  expect_agreement(other_client, other_server);
  EXPECT_EQ(other_client.session->alpn(), "protocol/29");
}

TEST(Session, CarriesEmptyTransportParameters) {
  Party client(make_client_session(test_identity(1), {test_key(2).public_key(), {"test/0"}, {}, {}}));
  Party server(make_server_session(test_identity(2), {{"test/0"}, {}}));
  exchange(client, server);
  expect_agreement(client, server);
  EXPECT_EQ(client.peer_parameters, Bytes{});
  EXPECT_EQ(server.peer_parameters, Bytes{});
}

// [endpoint.md 22]
TEST(Session, NeverUsesATicketForAnotherPeerOrUnderAnotherIdentity) {
  Party client = test_client(1, 2);
  Party server = test_server(2);
  exchange(client, server);
  server.session->send_ticket();
  server.drain();
  ASSERT_TRUE(deliver(server, client));
  const Bytes ticket = client.tickets.at(0);

  Party as_other = test_client(3, 2, {"test/0"}, ticket);
  Party server_again = test_server(2);
  exchange(as_other, server_again);
  expect_agreement(as_other, server_again);
  EXPECT_FALSE(server_again.session->is_resumed());
  EXPECT_EQ(server_again.session->remote_id(), test_key(3).public_key());

  Party to_other = test_client(1, 4, {"test/0"}, ticket);
  Party other_server = test_server(4);
  exchange(to_other, other_server);
  expect_agreement(to_other, other_server);
  EXPECT_FALSE(to_other.session->is_resumed());
}

TEST(Session, FallsBackToAFullHandshakeWhenTheTicketIsUseless) {
  Party client = test_client(1, 2);
  Party server = test_server(2);
  exchange(client, server);
  server.session->send_ticket();
  server.drain();
  ASSERT_TRUE(deliver(server, client));
  // [endpoint.md 21] A restarted server has another ticket key.
  const auto restarted = make_identity(test_key(2)).value();
  Party again = test_client(1, 2, {"test/0"}, client.tickets.at(0));
  Party again_server(make_server_session(restarted, {{"test/0"}, from_text("server parameters")}));
  exchange(again, again_server);
  expect_agreement(again, again_server);
  EXPECT_FALSE(again.session->is_resumed());

  for (const std::size_t size : {1u, 63u, 64u, 65u, 100u}) {
    Bytes cut = client.tickets.at(0);
    cut.resize(size);
    Party with_cut = test_client(1, 2, {"test/0"}, cut);
    Party its_server = test_server(2);
    exchange(with_cut, its_server);
    expect_agreement(with_cut, its_server);
    EXPECT_FALSE(with_cut.session->is_resumed());
  }
}

TEST(Session, KeepsAtMostEightTickets) {
  Party client = test_client(1, 2);
  Party server = test_server(2);
  exchange(client, server);
  for (int i = 0; i < 20; ++i) server.session->send_ticket();
  server.drain();
  EXPECT_TRUE(deliver(server, client));
  EXPECT_EQ(client.tickets.size(), 8u);
}

// [endpoint.md 24] GnuTLS by itself would write there.
TEST(Session, WritesNoKeyLog) {
  const auto path = std::filesystem::temp_directory_path() / ("iroh_keylog_" + std::to_string(::getpid()));
  ASSERT_EQ(::setenv("SSLKEYLOGFILE", path.c_str(), 1), 0);
  Party client = test_client(1, 2);
  Party server = test_server(2);
  exchange(client, server);
  ::unsetenv("SSLKEYLOGFILE");
  expect_agreement(client, server);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(Session, OutlivesTheHandleOfItsIdentity) {
  auto identity = make_identity(test_key(9)).value();
  Party server(make_server_session(identity, {{"test/0"}, from_text("server parameters")}));
  identity.reset();
  Party client = test_client(1, 9);
  exchange(client, server);
  expect_agreement(client, server);
}

constexpr const char* algorithms =
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:-SIGN-ALL:+SIGN-EDDSA-ED25519:-CTYPE-ALL"
    ":+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK:%DISABLE_TLS13_COMPAT_MODE";

TEST(Session, NegotiatesEverySuiteAndPrefersAes128) {
  using enum crypto::CipherSuite;
  const auto suite_for = [](const char* ciphers) {
    BarePeer peer({.priority = std::string(algorithms) + ":-CIPHER-ALL" + ciphers});
    Party server = test_server(2);
    exchange(peer, server);
    EXPECT_TRUE(peer.is_complete());
    EXPECT_TRUE(server.session->is_complete());
    return server.secrets.at(Level::application).suite;
  };
  EXPECT_EQ(suite_for(":+AES-256-GCM:+CHACHA20-POLY1305:+AES-128-GCM"), aes_128_gcm_sha256);
  EXPECT_EQ(suite_for(":+AES-256-GCM"), aes_256_gcm_sha384);
  EXPECT_EQ(suite_for(":+CHACHA20-POLY1305"), chacha20_poly1305_sha256);
}

// [endpoint.md §2.1] HelloRetryRequest both ways.
TEST(Session, AnswersWithAHelloRetryRequest) {
  BarePeer peer({.priority = std::string(algorithms) + ":-GROUP-ALL:+GROUP-X448:+GROUP-X25519"});
  Party server = test_server(2);
  exchange(peer, server);
  EXPECT_TRUE(peer.is_complete());
  EXPECT_TRUE(server.session->is_complete());
  EXPECT_EQ(server.peer_parameters, from_text("bare"));
}

TEST(Session, FollowsAHelloRetryRequest) {
  for (const char* group : {"GROUP-SECP256R1", "GROUP-SECP384R1"}) {
    BarePeer peer({.server = true, .priority = std::string(algorithms) + ":-GROUP-ALL:+" + group, .key = 2});
    Party client = test_client(1, 2);
    ASSERT_TRUE(client.start());
    exchange(peer, client);
    EXPECT_TRUE(peer.is_complete());
    EXPECT_TRUE(client.session->is_complete());
    EXPECT_EQ(peer.alpn(), "test/0");
    EXPECT_EQ(client.session->remote_id(), test_key(2).public_key());
  }
}

// [endpoint.md 14]
TEST(Session, AcceptsEveryServerName) {
  const std::string of_iroh_1_0 = test_key(2).public_key().to_tls_name();
  for (const std::string& name : {std::string(), std::string("example.com"), of_iroh_1_0}) {
    BarePeer peer({.server_name = name});
    Party server = test_server(2);
    exchange(peer, server);
    EXPECT_TRUE(server.session->is_complete()) << name;
  }
}

// [endpoint.md 17]
TEST(Session, ChoosesRawKeysFromAMixedList) {
  BarePeer peer({.priority = std::string(algorithms) + ":+CTYPE-CLI-X509:+CTYPE-SRV-X509"});
  Party server = test_server(2);
  exchange(peer, server);
  EXPECT_TRUE(server.session->is_complete());
  EXPECT_EQ(server.session->remote_id(), test_key(1).public_key());
}

}  // namespace
}  // namespace iroh::tls
