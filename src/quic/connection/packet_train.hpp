// SPDX-License-Identifier: MIT OR Apache-2.0
// A train: datagrams of one size that leave in one send. Packets are written one after another into the caller's
// buffer; seal() then protects all of them, the AEAD key and header key being called once per run of packets that share
// them.
//
//   begin(buffer, segment)  { begin_..._packet()  writer()...  end_packet(keys) }*  end_datagram() ...  seal()
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "crypto/packet_cipher.hpp"
#include "quic/protection/packet_keys.hpp"
#include "quic/types.hpp"
#include "quic/wire/packet_header.hpp"
#include "quic/wire/packet_writer.hpp"

namespace iroh::quic {

/// What a packet is protected with; the keys must live until PacketTrain::seal().
struct SealKeys {
  crypto::AeadKey* aead = nullptr;
  crypto::HeaderKey* header = nullptr;
  crypto::Nonce iv{};
  bool same_aead(const SealKeys& other) const noexcept { return aead == other.aead; }
};
inline SealKeys seal_keys(const DirectionKeys& keys) noexcept {
  return {keys.aead.get(), keys.header.get(), keys.iv};
}

PacketType packet_type_of(EncryptionLevel level) noexcept;

class PacketTrain {
 public:
  struct LongPacket {
    EncryptionLevel level;
    const ConnectionId& dcid;
    const ConnectionId& scid;
    ByteSpan token;
    bool fixed_bit = true;
  };
  struct ShortPacket {
    const ConnectionId& dcid;
    PathId path;
    bool spin;
    bool key_phase;
    bool fixed_bit = true;
  };

  /// segment_size: the most that one datagram may take. The buffer must hold at least one.
  void begin(MutableByteSpan buffer, std::size_t segment_size);

  /// Room for a next datagram of full size.
  bool has_room() const noexcept { return buffer_.size() - size_ >= segment_size_; }
  /// Bytes left in the datagram being written.
  std::size_t datagram_remaining() const noexcept { return datagram_start_ + segment_size_ - at_; }
  std::size_t datagram_size() const noexcept { return at_ - datagram_start_; }
  std::size_t size() const noexcept { return size_; }
  std::size_t segment_size() const noexcept { return segment_size_; }
  std::size_t datagram_count() const noexcept { return datagram_count_; }
  std::size_t first_datagram_size() const noexcept { return first_datagram_size_; }

  void begin_long_packet(const LongPacket& packet, PacketNumber number, std::optional<PacketNumber> largest_acked);
  void begin_short_packet(const ShortPacket& packet, PacketNumber number, std::optional<PacketNumber> largest_acked);
  /// Payload of the packet begun; its remaining() leaves room for the tag.
  PacketWriter& writer() noexcept { return writer_; }
  const PacketWriter& writer() const noexcept { return writer_; }
  /// Bytes that the packet would take on the wire if it ended now.
  std::size_t packet_size() const noexcept { return header_size_ + writer_.size() + aead_tag_size; }
  /// Adds PADDING so that the datagram, this packet being its last, reaches the size.
  void pad_datagram_to(std::size_t datagram_size);
  /// Ends the packet; returns its size on the wire.
  std::size_t end_packet(const SealKeys& keys);
  void end_datagram() noexcept;
  /// After the first datagram: those that follow are at most as large as that one, so that they leave along with it.
  void narrow_segments() noexcept { segment_size_ = first_datagram_size_; }

  /// Protects every packet ended since begin().
  void seal();

 private:
  struct Packet {
    std::size_t start;
    std::size_t number_offset;  // from start
    std::size_t header_size;
    std::size_t first_run;
    std::size_t run_count;
    PathId path;
    PacketNumber number;
    SealKeys keys;
  };

  void begin_payload();
  void pad_to_minimum();
  void seal_payloads(std::size_t first, std::size_t last);
  void mask_headers(std::size_t first, std::size_t last);

  MutableByteSpan buffer_;
  std::size_t segment_size_ = 0;
  std::size_t datagram_start_ = 0;
  std::size_t at_ = 0;    // end of the last packet ended
  std::size_t size_ = 0;  // end of the last datagram ended
  std::size_t datagram_count_ = 0;
  std::size_t first_datagram_size_ = 0;

  // The packet being written.
  PacketWriter writer_;
  std::size_t header_size_ = 0;
  std::size_t number_size_ = 0;
  std::size_t dcid_size_ = 0;
  std::size_t number_offset_ = 0;
  std::optional<std::size_t> length_offset_;  // long headers: where the Length field stands, from the packet's start
  PathId path_ = path_zero;
  PacketNumber number_ = 0;

  std::vector<Packet> packets_;
  std::vector<crypto::SealJob::Run> runs_;
  std::vector<crypto::SealJob> jobs_;
  std::vector<crypto::HeaderSample> samples_;
  std::vector<crypto::HeaderMask> masks_;
};

}  // namespace iroh::quic
