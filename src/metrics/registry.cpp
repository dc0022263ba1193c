// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/metrics/registry.hpp"

namespace iroh::metrics {

Registry& Registry::add_child() {
  auto child = std::make_unique<Registry>();
  child->prefix_ = prefix_;
  child->labels_ = labels_;
  return *children_.emplace_back(std::move(child));
}

Registry& Registry::sub_registry_with_prefix(std::string prefix) {
  const std::lock_guard lock(mutex_);
  Registry& child = add_child();
  child.prefix_ += std::move(prefix) + "_";
  return child;
}

Registry& Registry::sub_registry_with_label(Label label) {
  const std::lock_guard lock(mutex_);
  Registry& child = add_child();
  child.labels_.push_back(std::move(label));
  return child;
}

void Registry::add(GroupSource source) {
  const std::lock_guard lock(mutex_);
  sources_.push_back([source = std::move(source)] {
    std::vector<Group> groups;
    groups.push_back(source());
    return groups;
  });
}

void Registry::add_set(GroupSetSource source) {
  const std::lock_guard lock(mutex_);
  sources_.push_back([source = std::move(source)] { return source().groups; });
}

void Registry::add_set_prefixed(GroupSetSource source) {
  Registry& child = sub_registry_with_prefix(source().name);
  child.add_set(std::move(source));
}

std::string Registry::to_openmetrics() const {
  std::string out;
  write(out);
  // [observability.md 1]
  out += "# EOF\n";
  return out;
}

void Registry::write(std::string& out) const {
  const std::lock_guard lock(mutex_);
  for (const Source& source : sources_) {
    for (const Group& group : source()) out += metrics::to_openmetrics(group, prefix_, labels_);
  }
  for (const auto& child : children_) child->write(out);
}

}  // namespace iroh::metrics
