// SPDX-License-Identifier: MIT OR Apache-2.0
// NEW_TOKEN: lets a client prove its address in a later connection. [RFC 9000 §19.7]
#pragma once

#include <cstddef>
#include <optional>

#include "base/byte_reader.hpp"
#include "base/byte_span.hpp"
#include "base/byte_writer.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

struct NewTokenFrame {
  ByteSpan token;  ///< not empty
  friend bool operator==(const NewTokenFrame& a, const NewTokenFrame& b) noexcept {
    return base::equal(a.token, b.token);
  }
};

std::size_t encoded_size(const NewTokenFrame& frame) noexcept;
void encode(base::ByteWriter& writer, const NewTokenFrame& frame) noexcept;
std::optional<NewTokenFrame> decode_new_token(base::ByteReader& reader) noexcept;

}  // namespace iroh::quic
