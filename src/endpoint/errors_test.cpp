// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/endpoint/errors.hpp"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <limits>
#include <set>
#include <string>

#include "iroh/endpoint/close_reason.hpp"

namespace iroh::endpoint {
namespace {

namespace errc = boost::system::errc;
using Kind = CloseReason::Kind;

TEST(Errors, EveryEndpointErrorHasAMessageAndAReactionOfItsOwn) {
  std::set<std::string> messages;
  constexpr int last = static_cast<int>(EndpointError::already_validated);
  for (int value = 1; value <= last; ++value) {
    const error_code error(value, endpoint_category());
    messages.insert(error.message());
    EXPECT_TRUE(reaction_to(error).has_value()) << error.message();
  }
  EXPECT_EQ(messages.size(), static_cast<std::size_t>(last));
  EXPECT_FALSE(messages.contains("unknown error"));
}

TEST(Errors, CompareEqualToTheReactionThatFits) {
  const auto fits = [](error_code error, Reaction reaction) { return error == make_error_condition(reaction); };
  EXPECT_TRUE(fits(EndpointError::no_address, Reaction::retry_later));
  EXPECT_TRUE(fits(EndpointError::self_connect, Reaction::fix_call));
  EXPECT_TRUE(fits(ConnectionError::timed_out, Reaction::reconnect));
  EXPECT_TRUE(fits(StreamError::busy, Reaction::fix_call));
  EXPECT_TRUE(fits(DatagramError::unsupported_by_peer, Reaction::give_up));
  EXPECT_FALSE(fits(EndpointError::no_address, Reaction::give_up));
}

TEST(Errors, ACancellationCallsForNoReaction) {
  const error_code aborted = boost::asio::error::operation_aborted;
  EXPECT_EQ(reaction_to(aborted), std::nullopt);
  EXPECT_FALSE(aborted == make_error_condition(Reaction::retry_later));
}

TEST(Errors, MapToTheGenericConditionsThatProgramsKnow) {
  EXPECT_EQ(error_code(ConnectionError::timed_out), errc::timed_out);
  EXPECT_EQ(error_code(ConnectionError::reset), errc::connection_reset);
  EXPECT_EQ(error_code(0x02, transport_category()), errc::connection_refused);
  EXPECT_EQ(error_code(EndpointError::not_supported), errc::not_supported);
}

TEST(CloseReason, AnApplicationCodeOfZeroIsAnErrorToo) {
  const CloseReason reason{.kind = Kind::application_closed, .code = 0, .reason = "bye"};
  EXPECT_TRUE(reason.error().failed());
  EXPECT_TRUE(static_cast<bool>(reason.error()));
  EXPECT_EQ(reason.to_string(), "closed by the peer's application with code 0: bye");
}

TEST(CloseReason, ACodeThatIsTooLargeForAnErrorCodeIsCutThereAndWholeHere) {
  const CloseReason reason{.kind = Kind::application_closed, .code = (std::uint64_t{1} << 62) - 1};
  EXPECT_EQ(reason.error().value(), std::numeric_limits<int>::max());
  EXPECT_NE(reason.to_string().find("4611686018427387903"), std::string::npos);
}

TEST(CloseReason, HandshakeAlertsAreTlsErrorsWhoeverSentThem) {
  for (const Kind kind : {Kind::transport_error, Kind::connection_closed}) {
    const CloseReason reason{.kind = kind, .code = 0x178};
    EXPECT_EQ(reason.error(), error_code(120, tls_category()));
    EXPECT_NE(reason.to_string().find("no application protocol"), std::string::npos) << reason.to_string();
  }
  EXPECT_EQ(reaction_to(error_code(120, tls_category())), Reaction::fix_call);
}

TEST(CloseReason, OtherTransportCodesKeepTheirNames) {
  const CloseReason reason{.kind = Kind::connection_closed, .code = 0x0a, .reason = "odd frame"};
  EXPECT_EQ(reason.error(), error_code(0x0a, transport_category()));
  EXPECT_EQ(reason.to_string(), "closed by the peer's QUIC with PROTOCOL_VIOLATION (0xa): odd frame");
}

}  // namespace
}  // namespace iroh::endpoint
