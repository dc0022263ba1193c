// SPDX-License-Identifier: MIT OR Apache-2.0
/// Metrics as plain values: what a program reads, and what the text format is made from. A snapshot: nothing here
/// changes by itself. [observability.md §1.1]
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace iroh::metrics {

/// Strings are escaped in the text; numbers and booleans are written plainly.
using LabelValue = std::variant<std::string, std::int64_t, bool>;

struct Label {
  std::string key;
  LabelValue value;
  friend auto operator<=>(const Label&, const Label&) = default;
};
using Labels = std::vector<Label>;

struct HistogramValue {
  struct Bucket {
    double upper_bound = 0;
    std::uint64_t count = 0;  ///< observations up to the bound: cumulative
    friend bool operator==(const Bucket&, const Bucket&) = default;
  };
  std::vector<Bucket> buckets;  ///< ascending; usually the last bound is infinity
  double sum = 0;
  std::uint64_t count = 0;

  /// The upper bound of the first bucket that holds at least the fraction p (0 to 1) of all observations; 0 without
  /// buckets.
  double percentile(double p) const noexcept;
  friend bool operator==(const HistogramValue&, const HistogramValue&) = default;
};

/// A counter's value, a gauge's, or a histogram's.
using Value = std::variant<std::uint64_t, std::int64_t, HistogramValue>;

enum class Type : std::uint8_t { counter, gauge, histogram };
std::string_view to_string(Type type) noexcept;

struct Sample {
  Labels labels;  ///< empty but for families
  Value value;
  friend bool operator==(const Sample&, const Sample&) = default;
};

/// One name. A plain metric has one sample without labels, a family any number with one set of label keys.
struct Metric {
  std::string name;
  std::string help;  ///< the first line is used; empty: the name
  Type type = Type::counter;
  bool is_family = false;
  std::vector<Sample> samples;
};

/// In a group the plain metrics come first, then the families.
struct Group {
  std::string name;
  std::vector<Metric> metrics;

  /// Adds a plain metric, in front of the families. Names should match [a-zA-Z_][a-zA-Z0-9_]*.
  Group& add(std::string metric_name, std::string help, std::uint64_t counter);
  Group& add(std::string metric_name, std::string help, std::int64_t gauge);
  Group& add(std::string metric_name, std::string help, HistogramValue histogram);
  /// Adds a family of counters, sorted by label set. One without samples leaves no trace in the text.
  Group& add_family(std::string metric_name, std::string help, std::vector<std::pair<Labels, std::uint64_t>> counters);
  /// Nothing if there is no plain metric of that name.
  const Value* find(std::string_view metric_name) const noexcept;
};

struct GroupSet {
  std::string name;
  std::vector<Group> groups;

  /// The plain metrics as "group:metric" and value, in order; histograms count with their sum. [observability.md §1.2]
  std::vector<std::pair<std::string, double>> flat() const;
};

}  // namespace iroh::metrics
