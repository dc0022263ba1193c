// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/identity/endpoint_ticket.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "identity/key_vectors.hpp"

namespace iroh::identity {
namespace {

using test::bytes_of;
using test::repeat;
using test::sample_id;

/// P and T of [endpoint.md §1.10]: the start of every ticket of seed 00..1f.
const std::string bytes_start = "00" + test::key_vectors()[3].id;
const std::string text_start = "endpointaab2cb576phbbpq5odorrz2lycmwpzgwgcn2kdk7dxoimzaskuy3q";

SocketAddr ip(std::string_view text) {
  return SocketAddr::parse(text).value();
}
RelayUrl relay(std::string_view text) {
  return RelayUrl::parse(text).value();
}
std::string hex(std::string_view text) {
  return base::to_hex(base::as_bytes(text));
}

EndpointTicket ticket_for(std::vector<TransportAddr> addrs) {
  return EndpointTicket(EndpointAddr(sample_id(), std::move(addrs)));
}

/// Both directions; the scope id of the address may be lost on the way.
void expect_vector(const EndpointTicket& ticket, const std::string& bytes, const std::string& text) {
  EXPECT_EQ(base::to_hex(ticket.to_bytes()), bytes);
  EXPECT_EQ(ticket.to_string(), text);
  const auto parsed = EndpointTicket::parse(text);
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->to_string(), text);
}

error_code error_of(const std::string& text) {
  const auto ticket = EndpointTicket::parse(text);
  return ticket ? error_code() : ticket.error();
}

// [endpoint.md 9]
TEST(EndpointTicket, ReproducesTheVectorsWithoutAddresses) {
  for (const auto& vector : test::key_vectors()) {
    const EndpointTicket ticket(EndpointId::parse(vector.id).value());
    EXPECT_EQ(ticket.to_string(), vector.ticket);
    EXPECT_EQ(EndpointTicket::parse(vector.ticket), ticket);
  }
}

// [endpoint.md 9]
TEST(EndpointTicket, ReproducesTheVectorsWithAddresses) {
  struct Row {
    std::vector<TransportAddr> addrs;
    std::string bytes;
    std::string text;
  };
  const std::string n0_url = "https://use1-1.relay.n0.iroh.link./";
  const std::vector<Row> rows{
      {{ip("127.0.0.1:9")}, "0101007f00000109", "aibab7qaaabbe"},
      {{ip("127.0.0.1:65535")}, "0101007f000001ffff03", "aibab7qaaab777qg"},
      {{ip("192.0.2.1:443"), ip("10.0.0.1:65535")},
       "0201000a000001ffff030100c0000201bb03",
       "aqbaafaaaab777qgaiayaaaean3am"},
      {{ip("[2001:db8::1]:1234")}, "01010120010db8000000000000000000000001d209", "aibaeqacdnyaaaaaaaaaaaaaaaaaaa5eci"},
      {{ip("[fe80::1%3]:1234")}, "010101fe800000000000000000000000000001d209", "aibah7iaaaaaaaaaaaaaaaaaaaaaaa5eci"},
      {{relay("https://example.com")}, "010014" + hex("https://example.com/"), "aiacruhi5dqom5c6l3fpbqw24dmmuxgg33nf4"},
      {{relay(n0_url)}, "010023" + hex(n0_url), "aiaenuhi5dqom5c6l3vonstcljrfzzgk3dbpexg4mbonfzg62bonruw42zof4"},
      {{relay(n0_url), ip("10.0.0.1:65535"), ip("192.0.2.1:443"), ip("[::ffff:1.2.3.4]:5"), ip("[2001:db8::1]:1234")},
       "050023" + hex(n0_url) + "01000a000001ffff030100c0000201bb03010100000000000000000000ffff0102030405" +
           "010120010db8000000000000000000000001d209",
       "biaenuhi5dqom5c6l3vonstcljrfzzgk3dbpexg4mbonfzg62bonruw42zof4aqacqaaaa777ydaeamaaacag5qgaibaaaaaaaaaaaaaaaa777q"
       "caqdaqcqc"
       "ajaaeg3qaaaaaaaaaaaaaaaaaab2ieq"}};
  for (const auto& [addrs, bytes, text] : rows)
    expect_vector(ticket_for(addrs), bytes_start + bytes, text_start + text);
}

// [endpoint.md 9] [endpoint.md §1.7.3]
TEST(EndpointTicket, ReproducesCustomAddressesInBothForms) {
  const EndpointTicket ticket = ticket_for({CustomAddr::parse("544f52_a1b2c3d4e5f6").value()});
  const std::string old_text = text_start + "aic2kpncaqaa2q3fq6u4x3aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
  const std::string new_text = text_start + "aic2kpncaqgugzmhvhf6y";
  EXPECT_EQ(ticket.to_string(), new_text);
  EXPECT_EQ(ticket.to_string(CustomAddrForm::iroh_1_0), old_text);
  EXPECT_EQ(base::to_hex(ticket.to_bytes(CustomAddrForm::iroh_1_0)),
            bytes_start + "0102d29ed1020006a1b2c3d4e5f6" + repeat("00", 24));
  EXPECT_EQ(EndpointTicket::parse(new_text), ticket);
  EXPECT_EQ(EndpointTicket::parse(old_text), ticket);
}

// [endpoint.md 9] upstream's own vector; [tools.md §3.2]
TEST(EndpointTicket, ReproducesTheVectorsOfDumbpipe) {
  const std::string id = "ae58ff8833241ac82d6ff7611046ed67b5072d142c588d0063e942d9a75502b6";
  const EndpointAddr addr = EndpointId::parse(id).value();
  expect_vector(EndpointTicket(addr), "00" + id + "00",
                "endpointacxfr74igmsbvsbnn73wcecg5vt3kbzncqwfrdiampuufwnhkublmaa");
  expect_vector(
      EndpointTicket(addr.with_relay_url(relay("http://derp.me./")).with_ip_addr(ip("127.0.0.1:1024"))),
      "00" + id + "020010687474703a2f2f646572702e6d652e2f01007f0000018008",
      "endpointacxfr74igmsbvsbnn73wcecg5vt3kbzncqwfrdiampuufwnhkublmaqacbuhi5dqhixs6zdfojyc43lffyxqcad7aaaadaai");
  expect_vector(
      EndpointTicket(addr.with_relay_url(relay("https://relay.example.org./")).with_ip_addr(ip("[2001:db8::1]:4433"))),
      "00" + id +
          "02001b68747470733a2f2f72656c61792e6578616d706c652e6f72672e2f010120010db8000000000000000000000001d122",
      "endpointacxfr74igmsbvsbnn73wcecg5vt3kbzncqwfrdiampuufwnhkublmaqadnuhi5dqom5c6l3smvwgc6jomv4gc3lqnrss"
      "433sm4xc6aibeaaq3oaaaaaaaaaaaaaaaaaaahise");
  const std::string other_id = "03b43add965a3eaa2d20d3b60dcb1aa2fa8fdd36cdc1544511af11c26f45fd4b";
  expect_vector(
      EndpointTicket(EndpointAddr(EndpointId::parse(other_id).value()).with_ip_addr(ip("192.168.0.186:51831"))),
      "00" + other_id + "010100c0a800baf79403",
      "endpointaab3iow5sznd5krnedj3mdoldkrpvd65g3g4cvcfcgxrdqtpix6uwaibadakqaf266kag");
}

// [endpoint.md 9] the decoder behaviour vectors
TEST(EndpointTicket, AcceptsWhatThePeerAcceptsAndWritesItProperly) {
  struct Row {
    std::string text;
    std::string rewritten;
  };
  const std::vector<Row> rows{{"ah774", "aa"},
                              {"aqbab7qaaabbeaqacqaaaaqs", "aqbaafaaaabbeaqa7yaaaaqs"},
                              {"aqbab7qaaabbeaqa7yaaaaqs", "aibab7qaaabbe"},
                              {"aibab7qaaabreaa", "aibab7qaaabbe"}};
  for (const auto& [text, rewritten] : rows) {
    const auto ticket = EndpointTicket::parse(text_start + text);
    ASSERT_TRUE(ticket) << text << ": " << ticket.error().message();
    EXPECT_EQ(ticket->to_string(), text_start + rewritten);
  }
  const auto url = EndpointTicket::parse(text_start + "aiacnuhi5dqom5c6l3fpbqw24dmmuxgg33n");
  EXPECT_EQ(url, ticket_for({relay("https://example.com/")}));
  EXPECT_EQ(EndpointTicket::parse("endpointaab2cb576phbbpq5odorrz2lycmwpzgwgcn2kdk7dxoimzaskuy3raaa"), ticket_for({}));
}

// [endpoint.md 9] the decoder behaviour vectors
TEST(EndpointTicket, RefusesWhatThePeerRefuses) {
  struct Row {
    std::string text;
    TicketError error;
    TicketErrorKind kind;
  };
  const std::vector<Row> rows{
      {text_start, TicketError::truncated, TicketErrorKind::postcard},
      {text_start + "aidau", TicketError::invalid_address, TicketErrorKind::postcard},
      {text_start + "aibab7qaaab777qi", TicketError::invalid_address, TicketErrorKind::postcard},
      {text_start + "aibab7qaaabqcaiaaa", TicketError::invalid_address, TicketErrorKind::postcard},
      {text_start + "aiaanumgka", TicketError::invalid_address, TicketErrorKind::postcard},
      {text_start + "ab", TicketError::invalid_base32, TicketErrorKind::encoding},
      {text_start + "aa=", TicketError::invalid_base32, TicketErrorKind::encoding},
      {text_start + "aa ", TicketError::invalid_base32, TicketErrorKind::encoding},
      {"endpointaeb2cb576phbbpq5odorrz2lycmwpzgwgcn2kdk7dxoimzaskuy3qaa", TicketError::unknown_variant,
       TicketErrorKind::postcard},
      {"endpointaabaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", TicketError::invalid_endpoint_id,
       TicketErrorKind::postcard},
      {"endpoint", TicketError::truncated, TicketErrorKind::postcard},
      {" " + text_start + "aa", TicketError::wrong_prefix, TicketErrorKind::kind},
      {"ENDPOINT" + text_start.substr(8) + "aa", TicketError::wrong_prefix, TicketErrorKind::kind},
      {"blob" + text_start.substr(8) + "aa", TicketError::wrong_prefix, TicketErrorKind::kind},
      {"", TicketError::wrong_prefix, TicketErrorKind::kind},
      {"nodeaa5wuj54z23killcuounaktpbvzwkmqvo4o6", TicketError::old_node_ticket, TicketErrorKind::kind}};
  for (const auto& [text, error, kind] : rows) {
    EXPECT_EQ(error_of(text), make_error_code(error)) << text << ": " << error_of(text).message();
    EXPECT_TRUE(error_of(text) == kind) << text;
  }
}

// [endpoint.md 9]
TEST(EndpointTicket, ReadsABodyInAnyCase) {
  std::string body = text_start.substr(8) + "aa";
  std::ranges::transform(body, body.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  EXPECT_EQ(EndpointTicket::parse("endpoint" + body), ticket_for({}));
}

TEST(EndpointTicket, SaysThatAnOldTicketIsOld) {
  // [tools.md §3.2]
  EXPECT_EQ(error_of("blobabc").message(), "wrong prefix, expected endpoint");
  EXPECT_NE(error_of("nodeabc").message().find("older than 1.0"), std::string::npos);
  EXPECT_TRUE(make_error_code(TicketError::verification_failed) == TicketErrorKind::verify);
  EXPECT_FALSE(make_error_code(TicketError::verification_failed) == TicketErrorKind::postcard);
  EXPECT_EQ(make_error_condition(TicketErrorKind::encoding).message(), "invalid text encoding of a ticket");
}

TEST(EndpointTicket, IsAValue) {
  const EndpointTicket left = ticket_for({ip("1.2.3.4:5")});
  const EndpointTicket right = ticket_for({ip("1.2.3.4:6")});
  EXPECT_LT(left, right);
  EXPECT_EQ(left.id(), sample_id());
  EXPECT_NE(std::hash<EndpointTicket>()(left), std::hash<EndpointTicket>()(right));
  std::ostringstream out;
  out << left;
  EXPECT_EQ(out.str(), left.to_string());
}

TEST(EndpointTicket, RoundTripsRandomAddresses) {
  base::SeededRandom random(40);
  for (int round = 0; round < 150; ++round) {
    const EndpointTicket ticket(test::random_addr(random));
    const std::string text = ticket.to_string();
    ASSERT_EQ(EndpointTicket::parse(text), ticket) << text;
    ASSERT_EQ(EndpointTicket::parse(ticket.to_string(CustomAddrForm::iroh_1_0)), ticket) << text;
  }
}

TEST(EndpointTicket, SurvivesEveryChangedCharacter) {
  base::SeededRandom random(41);
  const EndpointTicket ticket(test::random_addr(random));
  const std::string text = ticket.to_string();
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const char c : std::string_view("a7A1= \xff")) {
      std::string changed = text;
      changed[i] = c;
      if (const auto parsed = EndpointTicket::parse(changed)) {
        ASSERT_EQ(EndpointTicket::parse(parsed->to_string()), *parsed);
      }
    }
    ASSERT_NO_THROW(static_cast<void>(EndpointTicket::parse(text.substr(0, i))));
  }
}

}  // namespace
}  // namespace iroh::identity
