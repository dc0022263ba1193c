// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/frame/new_token_frame.hpp"

#include "quic/frame/frame_layout.hpp"

namespace iroh::quic {
namespace {

template <class Sink>
void put(Sink& out, const NewTokenFrame& frame) noexcept {
  put_type(out, FrameType::new_token);
  put_varint_bytes(out, frame.token);
}

}  // namespace

std::size_t encoded_size(const NewTokenFrame& frame) noexcept {
  return size_of([&](auto& out) { put(out, frame); });
}

void encode(base::ByteWriter& writer, const NewTokenFrame& frame) noexcept {
  put(writer, frame);
}

std::optional<NewTokenFrame> decode_new_token(base::ByteReader& reader) noexcept {
  const auto token = reader.varint_bytes();
  // [RFC 9000 §19.7] [quic.md §3.5] An empty token is malformed.
  if (!token || token->empty()) return std::nullopt;
  return NewTokenFrame{*token};
}

}  // namespace iroh::quic
