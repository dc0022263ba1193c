// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/pipe/output_lines.hpp"

#include <gtest/gtest.h>

#include "tools/lib/failure.hpp"
#include "tools/lib/pipe/alpn.hpp"
#include "tools/lib/pipe/session.hpp"

namespace iroh::tools {
namespace {

EndpointAddr example() {
  const auto id = EndpointId::parse("ae58ff8833241ac82d6ff7611046ed67b5072d142c588d0063e942d9a75502b6");
  return EndpointAddr(*id)
      .with_relay_url(*RelayUrl::parse("http://derp.me./"))
      .with_ip_addr(*SocketAddr::parse("127.0.0.1:1024"));
}
// [tools.md 29] The table of tools.md §3.2.
const std::string ticket =
    "endpointacxfr74igmsbvsbnn73wcecg5vt3kbzncqwfrdiampuufwnhkublmaqacbuhi5dqhixs6zdfojyc43lffyxqcad7aaaadaai";
const std::string bare_ticket = "endpointacxfr74igmsbvsbnn73wcecg5vt3kbzncqwfrdiampuufwnhkublmaa";

// [tools.md 42] One line is before these if the key was generated.
TEST(OutputLines, Listen) {
  EXPECT_EQ(listen_lines(example(), false), (Lines{"Listening. To connect, use:", "iroh pipe connect " + ticket}));
  const Lines verbose = listen_lines(example(), true);
  ASSERT_EQ(verbose.size(), 4U);
  EXPECT_EQ(verbose[2], "or:");
  EXPECT_EQ(verbose[3], "iroh pipe connect " + EndpointTicket(example().relay_urls_only()).to_string());
}

TEST(OutputLines, ListenTcp) {
  EXPECT_EQ(listen_tcp_lines("localhost:80", example(), false),
            (Lines{"Forwarding incoming requests to 'localhost:80'.",
                   "To connect, use e.g.:", "iroh pipe connect-tcp " + ticket}));
  EXPECT_EQ(listen_tcp_lines("localhost:80", example(), true).size(), 5U);
}

TEST(OutputLines, ListenUnix) {
  EXPECT_EQ(listen_unix_lines("/run/x", example(), false),
            (Lines{"Forwarding incoming requests to '/run/x'.",
                   "To connect, use e.g.:", "iroh pipe connect-unix --socket-path /path/to/client.sock " + ticket,
                   "iroh pipe connect-tcp --addr 127.0.0.1:8080 " + ticket}));
  EXPECT_EQ(listen_unix_lines("/run/x", example(), true).size(), 7U);
}

// [tools.md 32]
TEST(PipeProtocol, CustomAlpnsAreTextOrHexAndHaveNoHandshake) {
  EXPECT_EQ(pipe_protocol(std::nullopt).alpn, "DUMBPIPEV0");
  EXPECT_TRUE(pipe_protocol(std::nullopt).has_handshake);
  EXPECT_EQ(pipe_protocol("utf8:my protocol").alpn, "my protocol");
  EXPECT_FALSE(pipe_protocol("utf8:my protocol").has_handshake);
  EXPECT_EQ(pipe_protocol("00fF4a").alpn, std::string("\0\xff\x4a", 3));
}

TEST(PipeProtocol, RejectsWhatIsEmptyOddOrNotHex) {
  for (const char* text : {"", "utf8:", "abc", "zz", "my protocol"}) EXPECT_THROW(pipe_protocol(text), Failure) << text;
}

// [tools.md 5]
TEST(Ticket, AnInvalidOneIsAUsageErrorAndAnOldOneIsExplained) {
  EXPECT_EQ(parse_ticket(bare_ticket).addrs().size(), 0U);
  for (const char* text : {"", "endpointx", "nodeadshbbcvyw6nq5k3qmohg7mlsnqnr6cbzabpgkh6kxcs4xe2ckqgyaa"}) {
    try {
      parse_ticket(text);
      ADD_FAILURE() << text;
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.exit_code(), exit_usage);
      EXPECT_EQ(std::string(failure.what()).find("older than 1.0") != std::string::npos,
                std::string(text).starts_with("node"));
    }
  }
}

}  // namespace
}  // namespace iroh::tools
