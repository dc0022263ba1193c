// SPDX-License-Identifier: MIT OR Apache-2.0
// The text format. [observability.md §1.2]
#include <fmt/format.h>

#include <cmath>
#include <string_view>

#include "iroh/metrics/registry.hpp"

namespace iroh::metrics {
namespace {

/// [observability.md 3] Label values escape the quote, too; help texts do not.
void append_escaped(std::string& out, std::string_view text, bool in_quotes) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else {
      if (c == '\\' || (c == '"' && in_quotes)) out += '\\';
      out += c;
    }
  }
}

void append_help(std::string& out, const Metric& metric) {
  std::string_view help = metric.help.empty() ? std::string_view(metric.name) : std::string_view(metric.help);
  help = help.substr(0, help.find('\n'));
  append_escaped(out, help, false);
  if (!help.ends_with('.') && !help.ends_with('?') && !help.ends_with('!')) out += '.';
}

/// Shortest form that reads back as the same number, always with a point: 1.0, 0.005.
std::string decimal(double value) {
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::string text = fmt::format("{}", value);
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  return text;
}

void append_label(std::string& out, std::string_view key, const LabelValue& value) {
  out += out.empty() ? '{' : ',';
  out += key;
  out += "=\"";
  if (const auto* text = std::get_if<std::string>(&value)) {
    append_escaped(out, *text, true);
  } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
    out += std::to_string(*number);
  } else {
    out += std::get<bool>(value) ? "true" : "false";
  }
  out += '"';
}

/// In the order of the rules: the registry's labels, the family's, then the bucket's bound.
std::string label_text(const Labels& outer, const Labels& inner, const double* bound = nullptr) {
  std::string out;
  for (const Label& label : outer) append_label(out, label.key, label.value);
  for (const Label& label : inner) append_label(out, label.key, label.value);
  if (bound != nullptr) append_label(out, "le", decimal(*bound));
  if (!out.empty()) out += '}';
  return out;
}

class GroupWriter {
 public:
  GroupWriter(const std::string& prefix, const Labels& labels) : prefix_(prefix), labels_(labels) {}

  std::string write(const Group& group) && {
    for (const Metric& metric : group.metrics) {
      // [observability.md 26] A family without samples leaves no trace.
      if (!metric.samples.empty()) write(group.name, metric);
    }
    return std::move(out_);
  }

 private:
  void write(const std::string& group, const Metric& metric) {
    // [observability.md 2] "_total" stands in samples of counters, once, and never in the header lines.
    std::string name = metric.name;
    if (metric.type == Type::counter && (name == "total" || name.ends_with("_total"))) {
      name.resize(name.size() - (name == "total" ? 5 : 6));
    }
    name = prefix_ + group + (name.empty() ? "" : "_") + name;
    out_ += "# HELP " + name + ' ';
    append_help(out_, metric);
    out_ += "\n# TYPE " + name + ' ';
    out_ += to_string(metric.type);
    out_ += '\n';
    for (const Sample& sample : metric.samples) write(name, sample);
  }

  void write(const std::string& name, const Sample& sample) {
    if (const auto* counter = std::get_if<std::uint64_t>(&sample.value)) {
      line(name + "_total", label_text(labels_, sample.labels), std::to_string(*counter));
    } else if (const auto* gauge = std::get_if<std::int64_t>(&sample.value)) {
      line(name, label_text(labels_, sample.labels), std::to_string(*gauge));
    } else {
      write(name, sample.labels, std::get<HistogramValue>(sample.value));
    }
  }

  void write(const std::string& name, const Labels& labels, const HistogramValue& value) {
    for (const auto& bucket : value.buckets) {
      line(name + "_bucket", label_text(labels_, labels, &bucket.upper_bound), std::to_string(bucket.count));
    }
    line(name + "_sum", label_text(labels_, labels), decimal(value.sum));
    line(name + "_count", label_text(labels_, labels), std::to_string(value.count));
  }

  void line(const std::string& name, const std::string& labels, const std::string& value) {
    out_ += name + labels + ' ' + value + '\n';
  }

  const std::string& prefix_;
  const Labels& labels_;
  std::string out_;
};

}  // namespace

std::string to_openmetrics(const Group& group, const std::string& prefix, const Labels& labels) {
  return GroupWriter(prefix, labels).write(group);
}

}  // namespace iroh::metrics
