// SPDX-License-Identifier: MIT OR Apache-2.0
#include <gtest/gtest.h>

#include <limits>

#include "iroh/metrics/instruments.hpp"
#include "iroh/metrics/registry.hpp"

namespace iroh::metrics {
namespace {

Group foo(std::uint64_t a, std::int64_t b) {
  Group group{.name = "foo", .metrics = {}};
  group.add("metric_a", "", a).add("metric_b", "", b);
  return group;
}

std::string lines_with(const std::string& text, std::string_view part) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at) + 1;
    const std::string line = text.substr(at, end - at);
    if (line.find(part) != std::string::npos) result += line;
    at = end;
  }
  return result;
}

TEST(OpenMetrics, WritesTheExampleByteForByte) {  // [observability.md 1]
  Registry registry;
  registry.add([] { return foo(5, 2); });
  EXPECT_EQ(registry.to_openmetrics(),
            "# HELP foo_metric_a metric_a.\n"
            "# TYPE foo_metric_a counter\n"
            "foo_metric_a_total 5\n"
            "# HELP foo_metric_b metric_b.\n"
            "# TYPE foo_metric_b gauge\n"
            "foo_metric_b 2\n"
            "# EOF\n");
}

TEST(OpenMetrics, PutsPrefixesInFrontAndLabelsBehind) {  // [observability.md 1], scenarios B1 and B2
  Registry registry;
  registry.add([] { return foo(7, -42); });
  Registry& labelled = registry.sub_registry_with_label({"x", "y"});
  labelled.add_set_prefixed([] { return GroupSet{"combined", {foo(1, 0)}}; });
  registry.sub_registry_with_prefix("boo").sub_registry_with_prefix("far").add([] { return foo(3, 0); });
  const std::string text = registry.to_openmetrics();
  EXPECT_EQ(lines_with(text, "metric_a_total"),
            "foo_metric_a_total 7\ncombined_foo_metric_a_total{x=\"y\"} 1\nboo_far_foo_metric_a_total 3\n");
  EXPECT_NE(text.find("\nfoo_metric_b -42\n"), std::string::npos);
  EXPECT_TRUE(text.ends_with("\n# EOF\n"));
  EXPECT_EQ(text.find("# EOF"), text.size() - 6);
}

TEST(OpenMetrics, AnEmptyRegistryIsOnlyTheEnd) {
  EXPECT_EQ(Registry().to_openmetrics(), "# EOF\n");
}

TEST(OpenMetrics, AppendsTotalExactlyOnce) {  // [observability.md 2]
  Group group{.name = "relayserver", .metrics = {}};
  group.add("bytes_rx_ratelimited_total", "", std::uint64_t{9});
  group.add("total", "All.", std::uint64_t{4});
  group.add("load_total", "", std::int64_t{1});  // a gauge keeps its name
  EXPECT_EQ(to_openmetrics(group),
            "# HELP relayserver_bytes_rx_ratelimited bytes_rx_ratelimited_total.\n"
            "# TYPE relayserver_bytes_rx_ratelimited counter\n"
            "relayserver_bytes_rx_ratelimited_total 9\n"
            "# HELP relayserver All.\n"
            "# TYPE relayserver counter\n"
            "relayserver_total 4\n"
            "# HELP relayserver_load_total load_total.\n"
            "# TYPE relayserver_load_total gauge\n"
            "relayserver_load_total 1\n");
}

TEST(OpenMetrics, EscapesLabelValuesAndHelp) {  // [observability.md 3]
  Group group{.name = "g", .metrics = {}};
  group.add_family("f", "Say \"a\\b\"",
                   {{{{"k", std::string("q\"b\\n\nl")}, {"n", std::int64_t{-3}}, {"b", true}}, 1}});
  EXPECT_EQ(to_openmetrics(group),
            "# HELP g_f Say \"a\\\\b\".\n"
            "# TYPE g_f counter\n"
            "g_f_total{k=\"q\\\"b\\\\n\\nl\",n=\"-3\",b=\"true\"} 1\n");
}

TEST(OpenMetrics, UsesTheFirstLineOfHelpAndEndsItWithAPeriod) {  // scenario B3
  Group group{.name = "g", .metrics = {}};
  group.add("a", "One.\nTwo.", std::uint64_t{0}).add("b", "Why?", std::uint64_t{0}).add("c", "Go!", std::uint64_t{0});
  group.add("d", "", std::uint64_t{0});
  EXPECT_EQ(lines_with(to_openmetrics(group), "HELP"),
            "# HELP g_a One.\n# HELP g_b Why?\n# HELP g_c Go!\n# HELP g_d d.\n");
}

TEST(OpenMetrics,
     FamiliesFollowThePlainMetricsWithOneHeaderSortedByLabels) {  // [observability.md 3], [observability.md 26]
  Group group{.name = "g", .metrics = {}};
  group.add_family("empty", "", {});
  group.add_family("results", "", {{{{"service", "mdns"}}, 2}, {{{"service", "dns"}}, 3}});
  group.add("lookups", "", std::uint64_t{5});
  const std::string text = to_openmetrics(group, "p_", {{"host", "a"}});
  EXPECT_EQ(text,
            "# HELP p_g_lookups lookups.\n"
            "# TYPE p_g_lookups counter\n"
            "p_g_lookups_total{host=\"a\"} 5\n"
            "# HELP p_g_results results.\n"
            "# TYPE p_g_results counter\n"
            "p_g_results_total{host=\"a\",service=\"dns\"} 3\n"
            "p_g_results_total{host=\"a\",service=\"mdns\"} 2\n");
}

TEST(OpenMetrics, WritesCumulativeBucketsThenSumAndCount) {  // [observability.md 4], scenario B4
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Histogram histogram({1, 5, 10, 50, 100, infinity});
  for (const double value : {0.5, 2.5, 7.5, 25.0, 75.0, 150.0}) histogram.observe(value);
  const HistogramValue value = histogram.get();
  EXPECT_EQ(value.percentile(0.5), 10);
  EXPECT_EQ(value.percentile(0.99), infinity);
  EXPECT_EQ(value.percentile(1), infinity);
  Group group{.name = "g", .metrics = {}};
  group.add("h", "", value);
  EXPECT_EQ(to_openmetrics(group, "", {{"x", "y"}}),
            "# HELP g_h h.\n"
            "# TYPE g_h histogram\n"
            "g_h_bucket{x=\"y\",le=\"1.0\"} 1\n"
            "g_h_bucket{x=\"y\",le=\"5.0\"} 2\n"
            "g_h_bucket{x=\"y\",le=\"10.0\"} 3\n"
            "g_h_bucket{x=\"y\",le=\"50.0\"} 4\n"
            "g_h_bucket{x=\"y\",le=\"100.0\"} 5\n"
            "g_h_bucket{x=\"y\",le=\"+Inf\"} 6\n"
            "g_h_sum{x=\"y\"} 260.5\n"
            "g_h_count{x=\"y\"} 6\n");
}

TEST(Histogram, CountsAValueOnABoundBelowIt) {
  Histogram histogram({0.005, 1});
  histogram.observe(0.005);
  histogram.observe(2);  // above the last bound: only in sum and count
  const HistogramValue value = histogram.get();
  EXPECT_EQ(value.buckets[0].count, 1U);
  EXPECT_EQ(value.buckets[1].count, 1U);
  EXPECT_EQ(value.count, 2U);
  EXPECT_EQ(value.sum, 2.005);
}

TEST(GroupSet, ListsPlainMetricsByGroupAndName) {  // scenario B1
  Group bar{.name = "bar", .metrics = {}};
  bar.add("count", "", std::uint64_t{10});
  const GroupSet set{"combined", {foo(1, -42), bar}};
  const std::vector<std::pair<std::string, double>> expected{
      {"foo:metric_a", 1}, {"foo:metric_b", -42}, {"bar:count", 10}};
  EXPECT_EQ(set.flat(), expected);
}

TEST(Group, FindsAPlainMetricByName) {
  const Group group = foo(5, -1);
  ASSERT_NE(group.find("metric_b"), nullptr);
  EXPECT_EQ(std::get<std::int64_t>(*group.find("metric_b")), -1);
  EXPECT_EQ(group.find("other"), nullptr);
}

}  // namespace
}  // namespace iroh::metrics
