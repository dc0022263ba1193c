// SPDX-License-Identifier: MIT OR Apache-2.0
// The trace of a whole connection: complete, readable, and the same on both sides. [observability.md §4]
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "quic/endpoint/endpoint_pair.hpp"

namespace iroh::quic {
namespace {

using Records = std::vector<std::string>;

class RecordSink final : public QlogSink {
 public:
  explicit RecordSink(std::shared_ptr<Records> records) : records_(std::move(records)) {}
  void write(std::string_view record) override { records_->emplace_back(record); }

 private:
  std::shared_ptr<Records> records_;
};

std::size_t count_of(const Records& records, std::string_view event) {
  const std::string quoted = "\"" + std::string(event) + "\"";
  return static_cast<std::size_t>(std::ranges::count_if(
      records, [&](const std::string& record) { return record.find(quoted) != std::string::npos; }));
}

TEST(Tracing, TellsAConnectionFromItsFirstPacketToItsEnd) {
  // [observability.md §4] [quic.md §7.12]
  std::map<Side, std::shared_ptr<Records>> traces;
  EndpointPair pair(1);
  pair.set_qlog([&](const QlogTrace& trace) {
    traces[trace.side] = std::make_shared<Records>();
    return QlogOutput{.sink = std::make_unique<RecordSink>(traces[trace.side])};
  });
  const SocketAddr second = pair.add_right_addr(IpAddr(IpAddr::V4{10, 0, 0, 3}));
  pair.connect();
  ASSERT_TRUE(pair.run_until([&] { return pair.left_connected() && pair.right_connected(); }));
  pair.run_for(base::milliseconds(200));
  ASSERT_TRUE(pair.left_connection()->open_path(pair.now(), {second, std::nullopt}));
  pair.wake_left();
  pair.run_for(base::seconds(2));
  ASSERT_TRUE(pair.left_connection()->close_path(path_zero, 7));
  pair.wake_left();
  pair.run_for(base::seconds(2));
  const ConnectionStats stats = pair.left_connection()->stats();
  pair.left_connection()->close(pair.now(), 1, "bye");
  pair.wake_left();
  pair.run_for(base::seconds(2));

  ASSERT_EQ(traces.size(), 2u);
  for (const auto& [side, records] : traces) {
    for (const char* event : {"quic:connection_started", "quic:parameters_set", "quic:packet_sent",
                              "quic:packet_received", "quic:recovery_metrics_updated", "quic:connection_closed"}) {
      EXPECT_GE(count_of(*records, event), 1u) << event;
    }
  }
  // Every packet is there: those of the statistics, and the close.
  EXPECT_EQ(count_of(*traces[Side::client], "quic:packet_sent"), stats.sent_packets + 1);
}

TEST(Tracing, IsOffByDefault) {
  EndpointPair pair(2);
  pair.connect();
  EXPECT_TRUE(pair.run_until([&] { return pair.left_connected() && pair.right_connected(); }));
}

}  // namespace
}  // namespace iroh::quic
