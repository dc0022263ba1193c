// SPDX-License-Identifier: MIT OR Apache-2.0
// Early data: when it is offered, when it is accepted, and that it is accepted once.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/hex.hpp"
#include "tls/identity.hpp"
#include "tls/session_test_support.hpp"

namespace iroh::tls {
namespace {

Party early_client(Bytes ticket, std::vector<std::string> alpns = {"test/0"}, bool early_data = true) {
  return Party(make_client_session(test_identity(1), {.expected_remote = test_key(2).public_key(),
                                                      .alpns = std::move(alpns),
                                                      .transport_parameters = from_text("client parameters"),
                                                      .ticket = std::move(ticket),
                                                      .early_data = early_data}));
}

Party early_server(const std::shared_ptr<const Identity>& identity, std::vector<std::string> alpns = {"test/0"},
                   std::string_view context = "limits", bool early_data = true) {
  return Party(make_server_session(identity, {.alpns = std::move(alpns),
                                              .transport_parameters = from_text("server parameters"),
                                              .early_data = early_data,
                                              .resumption_context = from_text(context)}));
}

Bytes take_ticket(const std::shared_ptr<const Identity>& identity, std::vector<std::string> alpns = {"test/0"}) {
  Party client = early_client({}, alpns);
  Party server = early_server(identity, alpns);
  exchange(client, server);
  EXPECT_TRUE(server.session->is_complete());
  server.session->send_ticket();
  server.drain();
  EXPECT_TRUE(deliver(server, client));
  return client.tickets.empty() ? Bytes() : client.tickets.back();
}

bool offers_early_data(const Party& client) {
  return !client.secret(Level::early, false).empty();
}

class EarlyData : public testing::Test {
 protected:
  const std::shared_ptr<const Identity> server_identity_ = make_identity(test_key(2)).value();
};

// [endpoint.md §2.8] Resumption with early data, and no Certificate messages.
TEST_F(EarlyData, IsAcceptedWithATicketAndBothSidesHaveTheSameSecret) {
  Party client = early_client(take_ticket(server_identity_));
  Party server = early_server(server_identity_);
  ASSERT_TRUE(client.start());
  ASSERT_TRUE(offers_early_data(client));
  // [RFC 9001 §4.6] The server has the key as soon as it has the ClientHello.
  ASSERT_TRUE(deliver(client, server));
  EXPECT_TRUE(base::equal(server.secret(Level::early, true), client.secret(Level::early, false)));
  EXPECT_TRUE(server.is_early_data_accepted);
  // And what it needs for answers, before the client has proved who it is.
  EXPECT_FALSE(server.secret(Level::application, false).empty());
  EXPECT_FALSE(server.session->remote_id().has_value());
  exchange(client, server);
  ASSERT_TRUE(client.session->is_complete());
  ASSERT_TRUE(server.session->is_complete());
  EXPECT_TRUE(client.is_early_data_accepted);
  EXPECT_TRUE(client.session->is_early_data_accepted());
  EXPECT_TRUE(server.session->is_early_data_accepted());
  EXPECT_TRUE(client.session->is_resumed());
  EXPECT_EQ(server.session->remote_id(), test_key(1).public_key());
  EXPECT_EQ(client.session->remote_id(), test_key(2).public_key());
  EXPECT_TRUE(base::equal(client.secret(Level::application, true), server.secret(Level::application, false)));
}

TEST_F(EarlyData, IsNotOfferedWithoutTicketOrWish) {
  Party without_ticket = early_client({});
  ASSERT_TRUE(without_ticket.start());
  EXPECT_FALSE(offers_early_data(without_ticket));
  Party without_wish = early_client(take_ticket(server_identity_), {"test/0"}, false);
  ASSERT_TRUE(without_wish.start());
  EXPECT_FALSE(offers_early_data(without_wish));
}

// [RFC 8446 §4.2.10]
TEST_F(EarlyData, IsNotOfferedForAnotherProtocolThanTheTickets) {
  Party client = early_client(take_ticket(server_identity_), {"other/0"});
  ASSERT_TRUE(client.start());
  EXPECT_FALSE(offers_early_data(client));
}

TEST_F(EarlyData, IsRefusedWhenTheServerChoosesAnotherProtocol) {
  Party client = early_client(take_ticket(server_identity_), {"test/0", "new/0"});
  Party server = early_server(server_identity_, {"new/0", "test/0"});
  exchange(client, server);
  ASSERT_TRUE(client.session->is_complete());
  ASSERT_TRUE(server.session->is_complete());
  EXPECT_TRUE(offers_early_data(client));
  EXPECT_EQ(client.session->alpn(), "new/0");
  EXPECT_FALSE(client.is_early_data_accepted);
  EXPECT_FALSE(server.is_early_data_accepted);
  EXPECT_FALSE(server.session->is_resumed());
}

// [quic.md §2.4] A server whose limits have changed does not know the ticket.
TEST_F(EarlyData, IsRefusedUnderAnotherContext) {
  Party client = early_client(take_ticket(server_identity_));
  Party server = early_server(server_identity_, {"test/0"}, "other limits");
  exchange(client, server);
  ASSERT_TRUE(server.session->is_complete());
  EXPECT_FALSE(client.is_early_data_accepted);
  EXPECT_FALSE(server.session->is_resumed());
  EXPECT_EQ(server.session->remote_id(), test_key(1).public_key());
}

TEST_F(EarlyData, IsRefusedByAServerThatDoesNotWantIt) {
  Party client = early_client(take_ticket(server_identity_));
  Party server = early_server(server_identity_, {"test/0"}, "limits", false);
  exchange(client, server);
  ASSERT_TRUE(server.session->is_complete());
  EXPECT_FALSE(client.is_early_data_accepted);
  EXPECT_TRUE(server.secret(Level::early, true).empty());
}

// [endpoint.md 21] A restarted server has other ticket keys.
TEST_F(EarlyData, IsRefusedByARestartedServer) {
  Party client = early_client(take_ticket(server_identity_));
  Party server = early_server(make_identity(test_key(2)).value());
  exchange(client, server);
  ASSERT_TRUE(client.session->is_complete());
  EXPECT_FALSE(client.is_early_data_accepted);
  EXPECT_FALSE(client.session->is_resumed());
}

// [RFC 8446 §8.2] The same ClientHello again.
TEST_F(EarlyData, IsAcceptedOnceForEachClientHello) {
  Party client = early_client(take_ticket(server_identity_));
  ASSERT_TRUE(client.start());
  const auto hello = client.to_send;
  ASSERT_EQ(hello.size(), 1u);
  Party first = early_server(server_identity_);
  ASSERT_TRUE(first.feed(Level::initial, hello[0].bytes));
  EXPECT_TRUE(first.is_early_data_accepted);
  Party second = early_server(server_identity_);
  ASSERT_TRUE(second.feed(Level::initial, hello[0].bytes));
  EXPECT_FALSE(second.is_early_data_accepted);
  EXPECT_TRUE(second.secret(Level::early, true).empty());
  EXPECT_EQ(server_identity_->tickets().remembered(), 1u);
}

TEST(TicketKeys, DependOnProtocolAndContextAndAreRandom) {
  TicketKeys keys;
  const auto key = keys.key_for("a", from_text("bc"));
  EXPECT_EQ(keys.key_for("a", from_text("bc")), key);
  EXPECT_NE(keys.key_for("ab", from_text("c")), key);
  EXPECT_NE(keys.key_for("a", from_text("bd")), key);
  EXPECT_NE(TicketKeys().key_for("a", from_text("bc")), key);
}

// What the filter forgets must not be replayable: all tickets become void with it.
TEST(TicketKeys, RememberABoundedNumberAndVoidAllTicketsBeyond) {
  TicketKeys keys;
  const auto key = keys.key_for("a", {});
  const auto id_of = [](std::size_t i) { return from_text("id" + std::to_string(i)); };
  for (std::size_t i = 0; i < TicketKeys::remembered_max; ++i) ASSERT_TRUE(keys.admit_early_data(id_of(i)));
  for (std::size_t i = 0; i < TicketKeys::remembered_max - 1; ++i) ASSERT_EQ(keys.key_for("a", {}), key);
  EXPECT_EQ(keys.remembered(), TicketKeys::remembered_max);
  EXPECT_FALSE(keys.admit_early_data(id_of(0)));
  EXPECT_EQ(keys.remembered(), 0u);
  EXPECT_NE(keys.key_for("a", {}), key);
  EXPECT_TRUE(keys.admit_early_data(id_of(0)));
  EXPECT_FALSE(keys.admit_early_data(id_of(0)));
}

// ---- after the handshake

// [performance.md §4]
TEST_F(EarlyData, ReleasedSessionsKeepIdentityProtocolAndExporter) {
  Party client = early_client({});
  Party server = early_server(server_identity_);
  client.session->release();  // too early: no effect
  exchange(client, server);
  server.session->send_ticket();
  server.drain();
  const auto ticket = server.to_send;
  const auto before = client.session->export_keying_material("label", from_text("context"), 77).value();
  client.session->release();
  server.session->release();
  for (const Party* party : {&client, &server}) {
    EXPECT_TRUE(party->session->is_complete());
    EXPECT_FALSE(party->session->is_resumed());
    EXPECT_EQ(party->session->alpn(), "test/0");
    EXPECT_TRUE(party->session->remote_id().has_value());
    EXPECT_EQ(party->session->export_keying_material("label", from_text("context"), 77).value(), before);
  }
  // A ticket that comes now is passed over, in pieces, too; anything else is an error as before.
  ASSERT_FALSE(ticket.empty());
  EXPECT_TRUE(client.feed(Level::application, base::ByteSpan(ticket[0].bytes).first(10)));
  EXPECT_TRUE(client.feed(Level::application, base::ByteSpan(ticket[0].bytes).subspan(10)));
  EXPECT_TRUE(client.tickets.empty());
  server.session->send_ticket();
  EXPECT_FALSE(server.session->poll_output().has_value());
  const Bytes key_update = {std::byte{24}, std::byte{0}, std::byte{0}, std::byte{1}, std::byte{0}};
  EXPECT_FALSE(client.feed(Level::application, key_update));
  EXPECT_EQ(client.alert->description, 10);
}

// [RFC 8446 §7.5] Our own exporter against GnuTLS's.
TEST(Exporter, AgreesWithGnuTlsForEveryHash) {
  for (const char* cipher : {"AES-128-GCM", "AES-256-GCM", "CHACHA20-POLY1305"}) {
    BarePeerOptions options;
    options.priority += std::string(":-CIPHER-ALL:+") + cipher;
    BarePeer peer(options);
    Party server = test_server(2);
    exchange(peer, server);
    ASSERT_TRUE(server.session->is_complete());
    for (const std::string context : {"", "some context"}) {
      Bytes theirs(61);
      ASSERT_EQ(gnutls_prf_rfc5705(peer.session(), 5, "label", context.size(), context.data(), theirs.size(),
                                   reinterpret_cast<char*>(theirs.data())),
                0);
      EXPECT_EQ(server.session->export_keying_material("label", from_text(context), theirs.size()).value(), theirs);
    }
  }
}

TEST(Exporter, RefusesWhatNoLabelCanHold) {
  Party client = test_client(1, 2);
  Party server = test_server(2);
  exchange(client, server);
  EXPECT_TRUE(client.session->export_keying_material(std::string(249, 'l'), {}, 255 * 32).has_value());
  EXPECT_FALSE(client.session->export_keying_material(std::string(250, 'l'), {}, 32).has_value());
  EXPECT_FALSE(client.session->export_keying_material("l", {}, 255 * 32 + 1).has_value());
}

// [endpoint.md §2.11]
TEST(KeyLog, HasTheSecretsOfBothSidesUnderTheClientsRandom) {
  std::vector<std::string> of_client;
  std::vector<std::string> of_server;
  const auto log_to = [](std::vector<std::string>& lines) {
    return std::make_shared<const KeyLog>([&lines](std::string_view line) { lines.emplace_back(line); });
  };
  Party client(make_client_session(test_identity(1), {.expected_remote = test_key(2).public_key(),
                                                      .alpns = {"test/0"},
                                                      .transport_parameters = from_text("p"),
                                                      .ticket = {},
                                                      .key_log = log_to(of_client)}));
  Party server(make_server_session(
      test_identity(2), {.alpns = {"test/0"}, .transport_parameters = from_text("p"), .key_log = log_to(of_server)}));
  ASSERT_TRUE(client.start());
  ASSERT_GE(client.to_send.at(0).bytes.size(), 38u);
  const std::string random = base::to_hex(base::ByteSpan(client.to_send[0].bytes).subspan(6, 32));
  exchange(client, server);
  ASSERT_TRUE(client.session->is_complete());
  const auto line = [&](std::string_view label, base::ByteSpan secret) {
    return std::string(label) + " " + random + " " + base::to_hex(secret);
  };
  std::vector<std::string> expected = {line("CLIENT_HANDSHAKE_TRAFFIC_SECRET", client.secret(Level::handshake, false)),
                                       line("SERVER_HANDSHAKE_TRAFFIC_SECRET", client.secret(Level::handshake, true)),
                                       line("CLIENT_TRAFFIC_SECRET_0", client.secret(Level::application, false)),
                                       line("SERVER_TRAFFIC_SECRET_0", client.secret(Level::application, true))};
  for (const auto& lines : {of_client, of_server}) {
    for (const std::string& wanted : expected) EXPECT_NE(std::ranges::find(lines, wanted), lines.end()) << wanted;
  }
}

}  // namespace
}  // namespace iroh::tls
