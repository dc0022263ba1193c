// SPDX-License-Identifier: MIT OR Apache-2.0
#include "endpoint/address_book.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "iroh/identity/secret_key.hpp"

namespace iroh::endpoint {
namespace {

EndpointId remote(std::uint32_t number) {
  std::array<std::byte, 32> seed{};
  std::memcpy(seed.data(), &number, sizeof number);
  return SecretKey::from_bytes(seed).public_key();
}

SocketAddr addr_of(std::uint16_t port) {
  return {IpAddr::v4_loopback(), port};
}

constexpr base::Instant start{};

TEST(AddressBook, KnowsAnAddressOnceInTheOrderOfInsertion) {
  AddressBook book;
  const std::vector addrs{addr_of(2), addr_of(1), addr_of(2)};
  book.insert(remote(1), addrs, start);
  book.insert(remote(1), std::vector{addr_of(1), addr_of(3)}, start);
  EXPECT_TRUE(std::ranges::equal(book.addresses(remote(1)), std::vector{addr_of(2), addr_of(1), addr_of(3)}));
  EXPECT_TRUE(book.addresses(remote(2)).empty());
}

// [endpoint.md 42]
TEST(AddressBook, KeepsCanonicalAddresses) {
  AddressBook book;
  book.insert(remote(1), std::vector{SocketAddr::parse("[::ffff:192.0.2.1]:9").value()}, start);
  EXPECT_EQ(book.addresses(remote(1)).front(), SocketAddr::parse("192.0.2.1:9").value());
}

TEST(AddressBook, ForgetsARemoteAMinuteAfterItsLastConnection) {
  AddressBook book;
  book.insert(remote(1), std::vector{addr_of(1)}, start);
  book.add_connection(remote(1), start);
  const auto later = start + 10 * AddressBook::idle_time;
  book.insert(remote(2), std::vector{addr_of(2)}, later);
  EXPECT_FALSE(book.addresses(remote(1)).empty());

  book.remove_connection(remote(1), later);
  book.insert(remote(2), std::vector{addr_of(2)}, later + AddressBook::idle_time);
  EXPECT_TRUE(book.addresses(remote(1)).empty());
}

// Without the bound a program that dials one remote at ever new addresses grows for ever.
TEST(AddressBook, BoundsTheAddressesOfOneRemote) {
  AddressBook book;
  for (std::uint16_t port = 1; port <= 2 * AddressBook::addresses_max; ++port) {
    book.insert(remote(1), std::vector{addr_of(port)}, start);
  }
  EXPECT_EQ(book.addresses(remote(1)).size(), AddressBook::addresses_max);
  EXPECT_EQ(book.addresses(remote(1)).back(), addr_of(2 * AddressBook::addresses_max));
}

// Without the bound clients with ever new keys fill memory within a minute.
TEST(AddressBook, CountsTheOpenPathsOfEachAddress) {
  AddressBook book;
  const EndpointId peer = remote(1);
  book.open_path(peer, addr_of(1), start);
  book.open_path(peer, addr_of(1), start);
  book.insert(peer, std::vector{addr_of(2)}, start);
  auto known = book.find(peer);
  ASSERT_TRUE(known && known->size() == 2);
  EXPECT_EQ((*known)[0].open_paths, 2u);
  EXPECT_EQ((*known)[1].open_paths, 0u);
  EXPECT_FALSE(book.close_path(peer, addr_of(1)));
  EXPECT_TRUE(book.close_path(peer, addr_of(1)));   // the last one
  EXPECT_FALSE(book.close_path(peer, addr_of(1)));  // nothing is open
  EXPECT_FALSE(book.close_path(peer, addr_of(9)));
  EXPECT_FALSE(book.find(remote(2)).has_value());
}

TEST(AddressBook, AnAddressWithAnOpenPathIsNotPushedOut) {
  AddressBook book;
  const EndpointId peer = remote(1);
  book.open_path(peer, addr_of(1), start);
  for (std::uint16_t port = 2; port < AddressBook::addresses_max + 10; ++port) {
    book.insert(peer, std::vector{addr_of(port)}, start);
  }
  EXPECT_EQ(book.addresses(peer).size(), AddressBook::addresses_max);
  EXPECT_EQ(book.addresses(peer).front(), addr_of(1));
  EXPECT_TRUE(book.close_path(peer, addr_of(1)));
}

TEST(AddressBook, BoundsTheRemotesWithoutConnections) {
  AddressBook book;
  book.insert(remote(0), std::vector{addr_of(1)}, start);
  book.add_connection(remote(0), start);
  for (std::uint32_t number = 1; number <= 2 * AddressBook::idle_remotes_max; ++number) {
    book.insert(remote(number), std::vector{addr_of(1)}, start);
    EXPECT_LE(book.size(), AddressBook::idle_remotes_max + 1);
  }
  EXPECT_FALSE(book.addresses(remote(0)).empty());
}

}  // namespace
}  // namespace iroh::endpoint
