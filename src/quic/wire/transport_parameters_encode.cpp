// SPDX-License-Identifier: MIT OR Apache-2.0
#include <array>
#include <span>
#include <utility>

#include "base/assert.hpp"
#include "base/byte_writer.hpp"
#include "base/varint.hpp"
#include "quic/wire/transport_parameter_id.hpp"
#include "quic/wire/transport_parameters.hpp"

namespace iroh::quic {
namespace {

using Id = TransportParameterId;

/// Collects parameters; they are put into order at the end.
class ParameterList {
 public:
  void add(std::uint64_t id, ByteSpan value) { entries_.push_back({id, {value.begin(), value.end()}}); }
  void add(Id id, ByteSpan value) { add(static_cast<std::uint64_t>(id), value); }
  void add_flag(Id id, bool is_set) {
    if (is_set) add(id, ByteSpan{});
  }
  void add_integer(Id id, std::uint64_t value) {
    std::array<std::byte, 8> bytes{};
    base::ByteWriter writer(bytes);
    writer.varint(value);
    add(id, writer.written());
  }
  /// [quic.md §2.1] A parameter equal to its default is omitted.
  void add_unless(std::uint64_t absent_value, Id id, std::uint64_t value) {
    if (value != absent_value) add_integer(id, value);
  }
  void add_if_present(Id id, const std::optional<ConnectionId>& cid) {
    if (cid) add(id, cid->bytes());
  }

  /// [quic.md §2.1] In a new order for every connection.
  void shuffle(base::Random& random) {
    for (std::size_t i = entries_.size(); i > 1; --i) {
      std::swap(entries_[i - 1], entries_[static_cast<std::size_t>(random.below(i))]);
    }
  }

  std::vector<std::byte> encode() const {
    std::size_t size = 0;
    for (const Entry& entry : entries_) {
      size += base::varint_size(entry.id) + base::varint_size(entry.value.size()) + entry.value.size();
    }
    std::vector<std::byte> bytes(size);
    base::ByteWriter writer(bytes);
    for (const Entry& entry : entries_) {
      writer.varint(entry.id);
      writer.varint(entry.value.size());
      writer.bytes(entry.value);
    }
    return bytes;
  }

 private:
  struct Entry {
    std::uint64_t id;
    std::vector<std::byte> value;
  };
  std::vector<Entry> entries_;
};

/// [RFC 9000 §18.2] A missing address is all zeros.
std::vector<std::byte> encode_preferred_address(const PreferredAddress& preferred) {
  std::vector<std::byte> bytes(4 + 2 + 16 + 2 + 1 + preferred.cid.size() + preferred.token.size());
  base::ByteWriter writer(bytes);
  const IpAddr::V4 v4 = preferred.v4 ? preferred.v4->ip().v4() : IpAddr::V4{};
  writer.bytes(std::as_bytes(std::span(v4)));
  writer.u16(preferred.v4 ? preferred.v4->port() : 0);
  const IpAddr::V6 v6 = preferred.v6 ? preferred.v6->ip().v6() : IpAddr::V6{};
  writer.bytes(std::as_bytes(std::span(v6)));
  writer.u16(preferred.v6 ? preferred.v6->port() : 0);
  writer.u8(static_cast<std::uint8_t>(preferred.cid.size()));
  writer.bytes(preferred.cid.bytes());
  writer.bytes(preferred.token);
  return bytes;
}

void add_server_only(ParameterList& list, const TransportParameters& p) {
  list.add_if_present(Id::original_destination_connection_id, p.original_destination_connection_id);
  list.add_if_present(Id::retry_source_connection_id, p.retry_source_connection_id);
  if (p.stateless_reset_token) list.add(Id::stateless_reset_token, *p.stateless_reset_token);
  if (p.preferred_address) list.add(Id::preferred_address, encode_preferred_address(*p.preferred_address));
}

void add_core(ParameterList& list, const TransportParameters& p) {
  const TransportParameters absent;
  list.add_unless(absent.max_idle_timeout_ms, Id::max_idle_timeout, p.max_idle_timeout_ms);
  list.add_unless(absent.max_udp_payload_size, Id::max_udp_payload_size, p.max_udp_payload_size);
  list.add_unless(0, Id::initial_max_data, p.initial_max_data);
  list.add_unless(0, Id::initial_max_stream_data_bidi_local, p.initial_max_stream_data_bidi_local);
  list.add_unless(0, Id::initial_max_stream_data_bidi_remote, p.initial_max_stream_data_bidi_remote);
  list.add_unless(0, Id::initial_max_stream_data_uni, p.initial_max_stream_data_uni);
  list.add_unless(0, Id::initial_max_streams_bidi, p.initial_max_streams_bidi);
  list.add_unless(0, Id::initial_max_streams_uni, p.initial_max_streams_uni);
  list.add_unless(absent.ack_delay_exponent, Id::ack_delay_exponent, p.ack_delay_exponent);
  list.add_unless(absent.max_ack_delay_ms, Id::max_ack_delay, p.max_ack_delay_ms);
  list.add_flag(Id::disable_active_migration, p.disable_active_migration);
  list.add_unless(absent.active_connection_id_limit, Id::active_connection_id_limit, p.active_connection_id_limit);
  list.add_if_present(Id::initial_source_connection_id, p.initial_source_connection_id);
}

void add_extensions(ParameterList& list, const TransportParameters& p) {
  if (p.max_datagram_frame_size) list.add_integer(Id::max_datagram_frame_size, *p.max_datagram_frame_size);
  list.add_flag(Id::grease_quic_bit, p.grease_quic_bit);
  if (p.initial_max_path_id) list.add_integer(Id::initial_max_path_id, *p.initial_max_path_id);
  if (p.address_discovery_role) {
    list.add_integer(Id::address_discovery_role, static_cast<std::uint64_t>(*p.address_discovery_role));
  }
  if (p.min_ack_delay_us) list.add_integer(Id::min_ack_delay, *p.min_ack_delay_us);
  // [quic.md 3] One raw byte, no varint.
  if (p.nat_traversal_limit) list.add(Id::nat_traversal_limit, std::as_bytes(std::span(&*p.nat_traversal_limit, 1)));
}

/// [quic.md 1] [RFC 9000 §18.1] 0 to 15 random bytes under a random reserved id.
void add_reserved(ParameterList& list, base::Random& random) {
  constexpr std::uint64_t n_bound = (base::varint_max - 27) / 31;
  std::uint64_t id = reserved_transport_parameter(random.below(n_bound));
  while (known_index_of(id)) id = reserved_transport_parameter(random.below(n_bound));
  std::array<std::byte, 15> value{};
  random.fill(value);
  list.add(id, ByteSpan(value).first(static_cast<std::size_t>(random.below(value.size() + 1))));
}

}  // namespace

std::vector<std::byte> encode(const TransportParameters& parameters, Side sender, base::Random& random) {
  const auto& p = parameters;
  IROH_ASSERT(sender == Side::server || (!p.original_destination_connection_id && !p.retry_source_connection_id &&
                                         !p.stateless_reset_token && !p.preferred_address));
  ParameterList list;
  add_server_only(list, p);
  add_core(list, p);
  add_extensions(list, p);
  add_reserved(list, random);
  list.shuffle(random);
  return list.encode();
}

}  // namespace iroh::quic
