// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/connection/packet_train.hpp"

#include <algorithm>
#include <cstring>

#include "base/assert.hpp"
#include "quic/protection/header_protection.hpp"
#include "quic/wire/packet_number.hpp"
#include "quic/wire/version.hpp"

namespace iroh::quic {
namespace {

constexpr std::size_t sample_offset = 4;  // from the packet number [RFC 9001 §5.4.2]

}  // namespace

PacketType packet_type_of(EncryptionLevel level) noexcept {
  switch (level) {
    case EncryptionLevel::initial:
      return PacketType::initial;
    case EncryptionLevel::zero_rtt:
      return PacketType::zero_rtt;
    case EncryptionLevel::handshake:
      return PacketType::handshake;
    case EncryptionLevel::one_rtt:
      break;
  }
  return PacketType::one_rtt;
}

void PacketTrain::begin(MutableByteSpan buffer, std::size_t segment_size) {
  IROH_ASSERT(buffer.size() >= segment_size);
  buffer_ = buffer;
  segment_size_ = segment_size;
  datagram_start_ = at_ = size_ = 0;
  datagram_count_ = 0;
  first_datagram_size_ = 0;
  packets_.clear();
  runs_.clear();
}

void PacketTrain::begin_long_packet(const LongPacket& packet, PacketNumber number,
                                    std::optional<PacketNumber> largest_acked) {
  number_size_ = packet_number_size(number, largest_acked);
  base::ByteWriter writer(buffer_.subspan(at_, datagram_remaining()));
  std::size_t length_offset = 0;
  const LongHeader header{.type = packet_type_of(packet.level),
                          .dcid = packet.dcid,
                          .scid = packet.scid,
                          .token = packet.token,
                          .fixed_bit = packet.fixed_bit};
  write_long_header(writer, header, number, number_size_, length_offset);
  header_size_ = writer.position();
  length_offset_ = length_offset;
  dcid_size_ = packet.dcid.size();
  path_ = path_zero;
  number_ = number;
  begin_payload();
}

void PacketTrain::begin_short_packet(const ShortPacket& packet, PacketNumber number,
                                     std::optional<PacketNumber> largest_acked) {
  number_size_ = packet_number_size(number, largest_acked);
  base::ByteWriter writer(buffer_.subspan(at_, datagram_remaining()));
  write_short_header(writer, packet.dcid, packet.spin, packet.key_phase, packet.fixed_bit, number, number_size_);
  header_size_ = writer.position();
  length_offset_.reset();
  dcid_size_ = packet.dcid.size();
  path_ = packet.path;
  number_ = number;
  begin_payload();
}

void PacketTrain::begin_payload() {
  number_offset_ = header_size_ - number_size_;
  const std::size_t room = datagram_remaining();
  IROH_ASSERT(room >= header_size_ + aead_tag_size);
  writer_.begin(buffer_.subspan(at_ + header_size_, room - header_size_ - aead_tag_size));
}

void PacketTrain::pad_to_minimum() {
  // [RFC 9001 §5.4.2] The sample starts four bytes after the start of the packet number and needs the tag's 16 bytes.
  // [quic.md §6.2] The plaintext ends at least id length + 6 bytes after the packet's start, so that a stateless reset
  // cannot be told from it.
  const std::size_t for_sample = sample_offset - number_size_;
  const std::size_t for_reset = dcid_size_ + 6 > header_size_ ? dcid_size_ + 6 - header_size_ : 0;
  const std::size_t minimum = std::max(for_sample, for_reset);
  if (writer_.size() < minimum) writer_.pad(std::min(minimum - writer_.size(), writer_.remaining()));
}

void PacketTrain::pad_datagram_to(std::size_t datagram_size) {
  const std::size_t now = this->datagram_size() + packet_size();
  if (now < datagram_size) writer_.pad(std::min(datagram_size - now, writer_.remaining()));
}

std::size_t PacketTrain::end_packet(const SealKeys& keys) {
  pad_to_minimum();
  const std::size_t size = packet_size();
  if (length_offset_)
    patch_length(buffer_.subspan(at_), *length_offset_, number_size_ + writer_.size() + aead_tag_size);
  packets_.push_back({at_, number_offset_, header_size_, runs_.size(), writer_.runs().size(), path_, number_, keys});
  for (const auto& run : writer_.runs()) runs_.push_back({run.data, run.size});
  at_ += size;
  return size;
}

void PacketTrain::end_datagram() noexcept {
  if (at_ == datagram_start_) return;
  if (datagram_count_ == 0) first_datagram_size_ = at_ - datagram_start_;
  ++datagram_count_;
  datagram_start_ = size_ = at_;
}

void PacketTrain::seal() {
  std::size_t first = 0;
  while (first < packets_.size()) {
    std::size_t last = first + 1;
    while (last < packets_.size() && packets_[last].keys.same_aead(packets_[first].keys)) ++last;
    seal_payloads(first, last);
    mask_headers(first, last);
    first = last;
  }
  packets_.clear();
  runs_.clear();
}

void PacketTrain::seal_payloads(std::size_t first, std::size_t last) {
  jobs_.clear();
  for (std::size_t i = first; i < last; ++i) {
    const Packet& packet = packets_[i];
    std::byte* start = buffer_.data() + packet.start;
    jobs_.push_back({.nonce = make_nonce(packet.keys.iv, packet.path, packet.number),
                     .aad = {start, packet.header_size},
                     .runs = std::span(runs_).subspan(packet.first_run, packet.run_count),
                     .out = start + packet.header_size});
  }
  packets_[first].keys.aead->seal(jobs_);
}

void PacketTrain::mask_headers(std::size_t first, std::size_t last) {
  samples_.resize(last - first);
  masks_.resize(last - first);
  for (std::size_t i = first; i < last; ++i) {
    const std::byte* sample = buffer_.data() + packets_[i].start + packets_[i].number_offset + sample_offset;
    std::memcpy(samples_[i - first].data(), sample, crypto::header_sample_size);
  }
  packets_[first].keys.header->masks(samples_, masks_);
  for (std::size_t i = first; i < last; ++i) {
    const Packet& packet = packets_[i];
    // The tag follows the header at the least, so four bytes of packet number are within the packet.
    const std::size_t size = packet.header_size + aead_tag_size;
    apply_header_protection({buffer_.data() + packet.start, size}, packet.number_offset, masks_[i - first]);
  }
}

}  // namespace iroh::quic
