// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/metrics/values.hpp"

#include <algorithm>

namespace iroh::metrics {
namespace {

Group& insert_plain(Group& group, Metric metric) {
  const auto families = std::ranges::find_if(group.metrics, &Metric::is_family);
  group.metrics.insert(families, std::move(metric));
  return group;
}

Metric plain(std::string name, std::string help, Type type, Value value) {
  Metric metric{.name = std::move(name), .help = std::move(help), .type = type, .is_family = false, .samples = {}};
  metric.samples.push_back({.labels = {}, .value = std::move(value)});
  return metric;
}

double as_number(const Value& value) {
  if (const auto* counter = std::get_if<std::uint64_t>(&value)) return static_cast<double>(*counter);
  if (const auto* gauge = std::get_if<std::int64_t>(&value)) return static_cast<double>(*gauge);
  return std::get<HistogramValue>(value).sum;
}

}  // namespace

std::string_view to_string(Type type) noexcept {
  switch (type) {
    case Type::counter:
      return "counter";
    case Type::gauge:
      return "gauge";
    case Type::histogram:
      break;
  }
  return "histogram";
}

double HistogramValue::percentile(double p) const noexcept {
  const double wanted = p * static_cast<double>(count);
  for (const Bucket& bucket : buckets) {
    if (static_cast<double>(bucket.count) >= wanted) return bucket.upper_bound;
  }
  return buckets.empty() ? 0 : buckets.back().upper_bound;
}

Group& Group::add(std::string metric_name, std::string help, std::uint64_t counter) {
  return insert_plain(*this, plain(std::move(metric_name), std::move(help), Type::counter, counter));
}

Group& Group::add(std::string metric_name, std::string help, std::int64_t gauge) {
  return insert_plain(*this, plain(std::move(metric_name), std::move(help), Type::gauge, gauge));
}

Group& Group::add(std::string metric_name, std::string help, HistogramValue histogram) {
  return insert_plain(*this, plain(std::move(metric_name), std::move(help), Type::histogram, std::move(histogram)));
}

Group& Group::add_family(std::string metric_name, std::string help,
                         std::vector<std::pair<Labels, std::uint64_t>> counters) {
  // [observability.md §1.1] Samples are sorted by label set.
  std::ranges::sort(counters);
  Metric metric{
      .name = std::move(metric_name), .help = std::move(help), .type = Type::counter, .is_family = true, .samples = {}};
  for (auto& [labels, value] : counters) metric.samples.push_back({.labels = std::move(labels), .value = value});
  metrics.push_back(std::move(metric));
  return *this;
}

const Value* Group::find(std::string_view metric_name) const noexcept {
  const auto found = std::ranges::find_if(
      metrics, [&](const Metric& metric) { return !metric.is_family && metric.name == metric_name; });
  return found == metrics.end() ? nullptr : &found->samples.front().value;
}

std::vector<std::pair<std::string, double>> GroupSet::flat() const {
  std::vector<std::pair<std::string, double>> result;
  for (const Group& group : groups) {
    for (const Metric& metric : group.metrics) {
      if (!metric.is_family)
        result.emplace_back(group.name + ":" + metric.name, as_number(metric.samples.front().value));
    }
  }
  return result;
}

}  // namespace iroh::metrics
