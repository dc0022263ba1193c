// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tls/message_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace iroh::tls {
namespace {

std::vector<std::byte> message(std::size_t body_size) {
  std::vector<std::byte> bytes(4 + body_size, std::byte{7});
  bytes[1] = static_cast<std::byte>(body_size >> 16);
  bytes[2] = static_cast<std::byte>(body_size >> 8);
  bytes[3] = static_cast<std::byte>(body_size);
  return bytes;
}

TEST(MessageReader, CutsTheStreamIntoMessagesHoweverItArrives) {
  std::vector<std::byte> stream;
  const std::vector<std::size_t> sizes = {0, 1, 300, message_size_max - 4, 5};
  for (const std::size_t size : sizes) {
    const auto bytes = message(size);
    stream.insert(stream.end(), bytes.begin(), bytes.end());
  }
  for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{1000}, stream.size()}) {
    MessageReader reader;
    std::vector<std::size_t> seen;
    for (base::ByteSpan rest = stream; !rest.empty();) {
      const auto piece = rest.first(std::min(step, rest.size()));
      ASSERT_TRUE(reader.append(Level::handshake, piece).has_value());
      for (auto next = reader.next(); next.value().has_value(); next = reader.next())
        seen.push_back((*next)->size() - 4);
      rest = rest.subspan(piece.size());
    }
    EXPECT_EQ(seen, sizes);
    EXPECT_TRUE(reader.is_empty());
  }
}

TEST(MessageReader, RefusesAnAnnouncedSizeBeforeBufferingIt) {
  MessageReader reader;
  ASSERT_TRUE(reader.append(Level::initial, base::ByteSpan(message(message_size_max - 3)).first(4)).has_value());
  EXPECT_FALSE(reader.next().has_value());
}

// [RFC 9001 §4.1.3]
TEST(MessageReader, RefusesAMessageAcrossLevels) {
  MessageReader reader;
  ASSERT_TRUE(reader.append(Level::initial, base::ByteSpan(message(1)).first(4)).has_value());
  EXPECT_FALSE(reader.append(Level::handshake, base::ByteSpan(message(1)).last(1)).has_value());
}

}  // namespace
}  // namespace iroh::tls
