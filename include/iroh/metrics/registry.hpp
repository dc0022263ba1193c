// SPDX-License-Identifier: MIT OR Apache-2.0
/// Registry: a tree of metric sources with prefixes and labels, written as OpenMetrics text. [observability.md §1.1,
/// §1.2]
///
///   iroh::metrics::Registry registry;
///   registry.add_set_prefixed([endpoint] { return endpoint.metrics().set(); });
///   std::cout << registry.to_openmetrics();
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "iroh/metrics/values.hpp"

namespace iroh::metrics {

/// Called for every text, on the thread that asks for it.
using GroupSource = std::function<Group()>;
using GroupSetSource = std::function<GroupSet()>;

/// Safe from any thread. The references that it gives stay valid as long as the root lives.
class Registry {
 public:
  Registry() = default;
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// A child whose names start with this node's prefix, then the given one and "_".
  Registry& sub_registry_with_prefix(std::string prefix);
  /// A child whose samples carry this node's labels, then the given one.
  Registry& sub_registry_with_label(Label label);

  void add(GroupSource source);
  /// All groups of a set under their own names.
  void add_set(GroupSetSource source);
  /// The same in a child with the set's name as prefix. Asks the source once for the name.
  void add_set_prefixed(GroupSetSource source);

  /// OpenMetrics text, ending in "# EOF": own groups in the order in which they were added, then the children, depth
  /// first.
  std::string to_openmetrics() const;

 private:
  using Source = std::function<std::vector<Group>()>;

  Registry& add_child();
  void write(std::string& out) const;

  mutable std::mutex mutex_;
  std::string prefix_;  // with its "_", or empty; set before anybody else sees the node
  Labels labels_;
  std::vector<Source> sources_;
  std::vector<std::unique_ptr<Registry>> children_;
};

/// One group as text, without the final "# EOF".
std::string to_openmetrics(const Group& group, const std::string& prefix = {}, const Labels& labels = {});

}  // namespace iroh::metrics
