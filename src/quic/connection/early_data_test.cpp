// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/connection/early_data.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace iroh::quic {
namespace {

TransportParameters full() {
  TransportParameters p;
  p.original_destination_connection_id = ConnectionId(std::vector<std::byte>(8));
  p.max_idle_timeout_ms = 30'000;
  p.stateless_reset_token.emplace();
  p.initial_max_data = 1000;
  p.initial_max_stream_data_bidi_local = 1000;
  p.initial_max_stream_data_bidi_remote = 1000;
  p.initial_max_stream_data_uni = 1000;
  p.initial_max_streams_bidi = 10;
  p.initial_max_streams_uni = 10;
  p.ack_delay_exponent = 5;
  p.max_ack_delay_ms = 100;
  p.preferred_address.emplace();
  p.active_connection_id_limit = 5;
  p.initial_source_connection_id.emplace();
  p.retry_source_connection_id.emplace();
  p.max_datagram_frame_size = 65'535;
  p.grease_quic_bit = true;
  p.initial_max_path_id = 7;
  p.address_discovery_role = AddressDiscoveryRole::both;
  p.min_ack_delay_us = 1000;
  p.nat_traversal_limit = 32;
  return p;
}

using Change = std::function<void(TransportParameters&)>;

// [quic.md 8]
TEST(EarlyDataParameters, ThoseOfTheExclusionListAreForgotten) {
  const TransportParameters kept = remembered_parameters(full());
  TransportParameters expected = full();
  expected.original_destination_connection_id.reset();
  expected.stateless_reset_token.reset();
  expected.ack_delay_exponent = 3;
  expected.max_ack_delay_ms = 25;
  expected.preferred_address.reset();
  expected.initial_source_connection_id.reset();
  expected.retry_source_connection_id.reset();
  expected.initial_max_path_id.reset();
  expected.min_ack_delay_us.reset();
  EXPECT_EQ(kept, expected);
}

// [quic.md 8] [quic.md §2.4]
TEST(EarlyDataParameters, AcceptanceWithANarrowerLimitIsAProtocolViolation) {
  const TransportParameters remembered = remembered_parameters(full());
  EXPECT_TRUE(check_accepted(remembered, full()).has_value());
  const Change narrower[] = {[](auto& p) { --p.initial_max_data; },
                             [](auto& p) { --p.initial_max_stream_data_bidi_local; },
                             [](auto& p) { --p.initial_max_stream_data_bidi_remote; },
                             [](auto& p) { --p.initial_max_stream_data_uni; },
                             [](auto& p) { --p.initial_max_streams_bidi; },
                             [](auto& p) { --p.initial_max_streams_uni; },
                             [](auto& p) { --p.active_connection_id_limit; },
                             [](auto& p) { --*p.max_datagram_frame_size; },
                             [](auto& p) { p.max_datagram_frame_size.reset(); },
                             [](auto& p) { p.grease_quic_bit = false; },
                             [](auto& p) { p.address_discovery_role.reset(); },
                             [](auto& p) { p.address_discovery_role = AddressDiscoveryRole::send_only; },
                             [](auto& p) { p.nat_traversal_limit.reset(); },
                             [](auto& p) { p.nat_traversal_limit = 33; }};
  for (const Change& change : narrower) {
    TransportParameters received = full();
    change(received);
    const auto checked = check_accepted(remembered, received);
    ASSERT_FALSE(checked.has_value());
    EXPECT_EQ(checked.error().code, ErrorCode::protocol_violation);
    // And a server with such parameters does not know its tickets any more.
    EXPECT_NE(resumption_context(received), resumption_context(full()));
  }
  const Change wider[] = {[](auto& p) { ++p.initial_max_data; }, [](auto& p) { ++p.initial_max_streams_uni; },
                          [](auto& p) { ++p.active_connection_id_limit; }, [](auto& p) { p.max_idle_timeout_ms = 1; },
                          [](auto& p) { p.initial_max_path_id.reset(); }};
  for (const Change& change : wider) {
    TransportParameters received = full();
    change(received);
    EXPECT_TRUE(check_accepted(remembered, received).has_value());
  }
}

}  // namespace
}  // namespace iroh::quic
