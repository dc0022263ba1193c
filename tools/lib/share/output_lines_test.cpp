// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/share/output_lines.hpp"

#include <gtest/gtest.h>

namespace iroh::tools {
namespace {

using namespace std::chrono_literals;

const std::string id_text = "ae58ff8833241ac82d6ff7611046ed67b5072d142c588d0063e942d9a75502b6";
const std::string f1_root = "c1b3754230cda01ff9d6dd0f881afaa8d57bc8f6eb5b87ac3baa4d00241053b1";

Hash hash(const std::string& text) {
  return *Hash::parse(text);
}

EndpointAddr known_addr() {
  EndpointAddr addr(*EndpointId::parse(id_text));
  addr.insert(*SocketAddr::parse("127.0.0.1:4433"));
  addr.insert(*RelayUrl::parse("https://relay.example.org/"));
  return addr;
}

std::string ticket_of(TicketType type) {
  return BlobTicket(ticket_addr(known_addr(), type), HashAndFormat::hash_seq(hash(f1_root))).to_string();
}

// [tools.md 7] [tools.md 9]
TEST(ShareOutputLines, TicketsOfEachType) {
  EXPECT_EQ(
      ticket_of(TicketType::id),
      "blobacxfr74igmsbvsbnn73wcecg5vt3kbzncqwfrdiampuufwnhkublmaaaaha3g5kcgdg2ah7z23oq7ca27kunk66i63vvxb5mhove2abe"
      "cbj3c");
  EXPECT_EQ(
      ticket_of(TicketType::addresses),
      "blobacxfr74igmsbvsbnn73wcecg5vt3kbzncqwfrdiampuufwnhkublmaabab7qaaab2eradqntovbdbtnad745nxipranpvkgvppepn223"
      "q6wdxksnaasbau5r");
  const auto relay = *BlobTicket::parse(ticket_of(TicketType::relay));
  EXPECT_TRUE(relay.addr().ip_addrs().empty());
  EXPECT_FALSE(relay.addr().relay_urls().empty());
  const auto both = *BlobTicket::parse(ticket_of(TicketType::relay_and_addresses));
  EXPECT_TRUE(both.addr() == known_addr());
  EXPECT_TRUE(both.is_recursive());
}

// [tools.md §2.8]
TEST(ShareOutputLines, TheFirstLineOfSend) {
  SharedTree tree{.files = {{"somefile.bin", "/x/somefile.bin", 100}}, .is_directory = false};
  EXPECT_EQ(imported_line("./somefile.bin", tree, hash(f1_root)),
            "imported file ./somefile.bin, 100 B, hash " + f1_root);
  tree = {.files = {{"data/a", "/data/a", 27'000}, {"data/b", "/data/b", 750}}, .is_directory = true};
  EXPECT_EQ(imported_line("data", tree, hash(f1_root)), "imported directory data, 27.10 KiB, hash " + f1_root);
}

// [tools.md 13] One line, whatever the name: the third one ends with the ticket.
TEST(ShareOutputLines, ANameCannotAddLines) {
  const SharedTree tree{.files = {}, .is_directory = true};
  EXPECT_EQ(imported_line("a\nb", tree, hash(f1_root)), "imported directory a\\x0ab, 0 B, hash " + f1_root);
  const BlobTicket ticket(known_addr(), HashAndFormat::hash_seq(hash(f1_root)));
  EXPECT_EQ(receive_command(ticket), "iroh receive " + ticket.to_string());
}

TEST(ShareOutputLines, WhatReceiveTells) {
  EXPECT_EQ(getting_line(hash(f1_root), 1, 100), "getting collection " + f1_root + " 1 files, 100 B");
  EXPECT_EQ(downloaded_line(2, 2048, 4096, 2s), "downloaded 2 files, 2.00 KiB. took 2 seconds (2.00 KiB/s)");
  EXPECT_EQ(downloaded_line(2, 0, 0, 0s), "downloaded 2 files, 0 B. took 0 seconds (0 B/s)");
  EXPECT_EQ(listing_lines(Collection({{"a\rb", hash(f1_root)}})),
            std::vector<std::string>{"    " + f1_root + " a\\x0db"});
  EXPECT_EQ(speed_line(1024, 500ms), "    0.5s, 2.00 KiB/s");
}

// [tools.md §2.3]
TEST(ShareOutputLines, TheClipboardSequence) {
  EXPECT_EQ(clipboard_sequence("Man"), "\033]52;c;TWFu\033\\");
  EXPECT_EQ(clipboard_sequence("Ma"), "\033]52;c;TWE=\033\\");
  EXPECT_EQ(clipboard_sequence("M"), "\033]52;c;TQ==\033\\");
  EXPECT_EQ(clipboard_sequence(""), "\033]52;c;\033\\");
}

}  // namespace
}  // namespace iroh::tools
