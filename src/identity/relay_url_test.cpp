// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/identity/relay_url.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "base/random.hpp"

namespace iroh::identity {
namespace {

struct Row {
  std::string_view input;
  std::string_view stored;
};

void expect_rows(std::initializer_list<Row> rows) {
  for (const auto& [input, stored] : rows) {
    const auto url = RelayUrl::parse(input);
    ASSERT_TRUE(url) << input << ": " << url.error().message();
    EXPECT_EQ(url->to_string(), stored);
    EXPECT_EQ(RelayUrl::parse(stored), *url) << stored;
  }
}

void expect_error(AddrError error, std::initializer_list<std::string_view> inputs) {
  for (const auto input : inputs) {
    const auto url = RelayUrl::parse(input);
    ASSERT_FALSE(url) << input << " -> " << *url;
    EXPECT_EQ(url.error(), make_error_code(error)) << input << ": " << url.error().message();
  }
}

// [endpoint.md 7] [endpoint.md §1.6]
TEST(RelayUrl, NormalisesAsInTheSpecification) {
  expect_rows({{"https://example.com", "https://example.com/"},
               {"https://EXAMPLE.com:443/", "https://example.com/"},
               {"https://example.com/a/../b?x=1#f", "https://example.com/b?x=1#f"},
               {"http://localhost:3340", "http://localhost:3340/"},
               {"https://use1-1.relay.n0.iroh.link./", "https://use1-1.relay.n0.iroh.link./"}});
  expect_error(AddrError::url_without_scheme,
               {"example.com", "", "://x", "1http://x", "//example.com", "/path", "ht tp://x"});
  EXPECT_NE(RelayUrl::parse("https://example.com./"), RelayUrl::parse("https://example.com/"));
}

TEST(RelayUrl, DropsOnlyTheDefaultPortOfItsScheme) {
  expect_rows({{"http://h:80", "http://h/"},
               {"http://h:443", "http://h:443/"},
               {"wss://h:443/", "wss://h/"},
               {"ws://h:080/", "ws://h/"},
               {"https://h:/", "https://h/"},
               {"https://h:0/", "https://h:0/"},
               {"foo://h:443/", "foo://h:443/"}});
  expect_error(AddrError::url_invalid_port, {"https://h:65536/", "https://h:-1/", "https://h:8a/", "https://h: 8/"});
}

TEST(RelayUrl, ResolvesDotSegments) {
  expect_rows({{"http://h/./a/./b/.", "http://h/a/b/"},
               {"http://h/a/b/..", "http://h/a/"},
               {"http://h/../../a", "http://h/a"},
               {"http://h/a/%2E%2e/b/%2e", "http://h/b/"},
               {"http://h/a//..//b", "http://h/a//b"},
               {"http://h/..a/.../b.", "http://h/..a/.../b."},
               {"http://h/%252e/x", "http://h/%252e/x"}});
}

TEST(RelayUrl, EncodesWhatMustBeEncoded) {
  expect_rows({{"http://h/a b\"<>`{}^|", "http://h/a%20b%22%3C%3E%60%7B%7D%5E|"},
               {"http://h/\xc3\xa4%zz", "http://h/%C3%A4%zz"},
               {"http://h/?a'b c`#d'e f`", "http://h/?a%27b%20c`#d'e%20f%60"},
               {"foo://h/?a'b", "foo://h/?a'b"},
               {"http://us@er:pa:ss@h/", "http://us%40er:pa%3Ass@h/"},
               {"http://user:@h/", "http://user@h/"},
               {"http://@h/", "http://h/"},
               {"http://h/?#", "http://h/?#"}});
}

TEST(RelayUrl, ForgivesSloppyWriting) {
  expect_rows({{"  https://h/ \n", "https://h/"},
               {"ht\ntps://h\t/", "https://h/"},
               {"https:h/a", "https://h/a"},
               {"https:\\\\h\\a\\..\\b", "https://h/b"},
               {"https:////h", "https://h/"},
               {"HTTPS://h?q", "https://h/?q"}});
}

TEST(RelayUrl, NormalisesHosts) {
  expect_rows({{"http://ex%41mple.COM", "http://example.com/"},
               {"http://127.1", "http://127.0.0.1/"},
               {"http://0x7f.0.0.1", "http://127.0.0.1/"},
               {"http://0300.0250.1", "http://192.168.0.1/"},
               {"http://4294967295", "http://255.255.255.255/"},
               {"http://1.2.3.4.", "http://1.2.3.4/"},
               {"http://1.2.3.4.5a", "http://1.2.3.4.5a/"},
               {"http://under_score", "http://under_score/"},
               {"http://[2001:DB8:0::1]:3340", "http://[2001:db8::1]:3340/"},
               {"http://[::ffff:1.2.3.4]", "http://[::ffff:102:304]/"}});
  expect_error(AddrError::url_invalid_host, {"http://a b/",      "http://a%2fb/",    "http://a%00b",
                                             "http://a<b/",      "http://a^b",       "http://a|b",
                                             "http://%",         "http://[::1",      "http://[::1]x",
                                             "http://[::1%1]",   "http://[]",        "http://[1.2.3.4]",
                                             "http://256.1.1.1", "http://1.2.3.4.5", "http://4294967296",
                                             "http://1.2..3",    "http://08",        "http://a.0x99999999999999999999",
                                             "http://%c3%28",    "foo://a b/",       "foo://[x]/"});
  expect_error(AddrError::url_empty_host,
               {"http://", "https:///", "http://:80", "http://user@", "http://?q", "foo://:80/", "foo://u@/"});
}

TEST(RelayUrl, StoresForeignNamesInPunycode) {
  expect_rows({{"https://b\xc3\xbc"
                "cher.example./",
                "https://xn--bcher-kva.example./"},
               {"https://B\xc3\x9c"
                "CHER.Example",
                "https://xn--bcher-kva.example/"},
               {"https://bu\xcc\x88"
                "cher.example",
                "https://xn--bcher-kva.example/"},
               {"https://fa\xc3\x9f.de", "https://xn--fa-hia.de/"},
               {"https://%E4%BE%8B\xe3\x80\x82test", "https://xn--fsq.test/"}});
  expect_error(AddrError::url_not_utf8, {"https://b\xfc"
                                         "cher.example"});
}

TEST(RelayUrl, TakesOtherSchemesButNotFile) {
  // [endpoint.md §1.6] no restriction at parse time
  expect_rows({{"foo://Host", "foo://Host"},
               {"foo:///a/../b", "foo:///b"},
               {"foo:/a/./b", "foo:/a/b"},
               {"foo:bar baz?q#f", "foo:bar baz?q#f"},
               {"foo:/.//a", "foo:/.//a"},
               {"foo://h\xc3\xa4/", "foo://h%C3%A4/"},
               {"a+b-c.d:x", "a+b-c.d:x"}});
  expect_error(AddrError::url_unsupported_scheme, {"file:///etc/passwd", "FILE:x"});
}

TEST(RelayUrl, KnowsItsParts) {
  const RelayUrl url = RelayUrl::parse("HTTPS://user:pw@Relay.Example.:8443/x").value();
  EXPECT_EQ(url.scheme(), "https");
  EXPECT_EQ(url.host(), "relay.example.");
  EXPECT_EQ(url.port(), 8443);
  EXPECT_EQ(RelayUrl::parse("http://[::1]/").value().host(), "[::1]");
  EXPECT_EQ(RelayUrl::parse("http://h:80/").value().port(), std::nullopt);
  EXPECT_EQ(RelayUrl::parse("foo:bar").value().host(), "");
}

TEST(RelayUrl, ComparesAndPrintsByItsText) {
  const RelayUrl url = RelayUrl::parse("https://a.example").value();
  EXPECT_LT(url, RelayUrl::parse("https://b.example").value());
  EXPECT_EQ(std::hash<RelayUrl>()(url), std::hash<RelayUrl>()(RelayUrl::parse("https://A.example:443").value()));
  std::ostringstream out;
  out << url;
  EXPECT_EQ(out.str(), "https://a.example/");
  EXPECT_EQ(debug_string(url), "RelayUrl(\"https://a.example/\")");
}

TEST(RelayUrl, NormalisingTwiceChangesNothing) {
  constexpr std::string_view pieces[] = {"http", "https:", "foo:", "//", "/",        "\\",        "?", "#", "@", ":",
                                         "[",    "]",      "::1",  ".",  "..",       "%2e",       "%", "a", "B", "1",
                                         "0x",   "8",      " ",    "\t", "\xc3\xa4", "x.example", "'", "^"};
  base::SeededRandom random(20);
  int accepted = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string text = random.chance(3, 4) ? "https://h" : "";
    for (auto count = random.below(9); count > 0; --count) text += pieces[random.below(std::size(pieces))];
    const auto url = RelayUrl::parse(text);
    if (!url) continue;
    ++accepted;
    ASSERT_EQ(RelayUrl::parse(url->to_string()), *url) << text << " -> " << *url;
  }
  EXPECT_GT(accepted, 2000);
}

}  // namespace
}  // namespace iroh::identity
