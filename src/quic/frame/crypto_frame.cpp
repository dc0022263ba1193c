// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/frame/crypto_frame.hpp"

#include "quic/frame/frame_layout.hpp"

namespace iroh::quic {
namespace {

template <class Sink>
void put_header(Sink& out, std::uint64_t offset, std::size_t length) noexcept {
  put_type(out, FrameType::crypto);
  out.varint(offset);
  out.varint(length);
}

}  // namespace

std::size_t crypto_header_size(std::uint64_t offset, std::size_t length) noexcept {
  return size_of([&](auto& out) { put_header(out, offset, length); });
}

void encode_crypto_header(base::ByteWriter& writer, std::uint64_t offset, std::size_t length) noexcept {
  put_header(writer, offset, length);
}

std::size_t encoded_size(const CryptoFrame& frame) noexcept {
  return crypto_header_size(frame.offset, frame.data.size()) + frame.data.size();
}

void encode(base::ByteWriter& writer, const CryptoFrame& frame) noexcept {
  put_header(writer, frame.offset, frame.data.size());
  writer.bytes(frame.data);
}

std::optional<CryptoFrame> decode_crypto(base::ByteReader& reader) noexcept {
  const auto offset = reader.varint();
  if (!offset) return std::nullopt;
  const auto data = reader.varint_bytes();
  // [RFC 9000 §19.6] The end of the data must not exceed 2^62 - 1.
  if (!data || *offset > base::varint_max - data->size()) return std::nullopt;
  return CryptoFrame{*offset, *data};
}

}  // namespace iroh::quic
