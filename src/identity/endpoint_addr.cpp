// SPDX-License-Identifier: MIT OR Apache-2.0
#include "iroh/identity/endpoint_addr.hpp"

#include <algorithm>
#include <ostream>

#include "identity/addr_postcard.hpp"

namespace iroh {

EndpointAddr::EndpointAddr(const EndpointId& id, std::vector<TransportAddr> addrs) : id_(id), addrs_(std::move(addrs)) {
  // [endpoint.md 6] Sorted, no duplicates.
  std::ranges::sort(addrs_);
  const auto duplicates = std::ranges::unique(addrs_);
  addrs_.erase(duplicates.begin(), duplicates.end());
}

bool EndpointAddr::contains(const TransportAddr& addr) const noexcept {
  return std::ranges::binary_search(addrs_, addr);
}

bool EndpointAddr::insert(TransportAddr addr) {
  const auto at = std::ranges::lower_bound(addrs_, addr);
  if (at != addrs_.end() && *at == addr) return false;
  addrs_.insert(at, std::move(addr));
  return true;
}

bool EndpointAddr::remove(const TransportAddr& addr) {
  const auto at = std::ranges::lower_bound(addrs_, addr);
  if (at == addrs_.end() || *at != addr) return false;
  addrs_.erase(at);
  return true;
}

EndpointAddr EndpointAddr::with_addr(TransportAddr addr) const {
  EndpointAddr copy = *this;
  copy.insert(std::move(addr));
  return copy;
}

EndpointAddr EndpointAddr::with_addrs(std::span<const TransportAddr> addrs) const {
  std::vector<TransportAddr> all = addrs_;
  all.insert(all.end(), addrs.begin(), addrs.end());
  return EndpointAddr(id_, std::move(all));
}

EndpointAddr EndpointAddr::relay_urls_only() const {
  EndpointAddr copy = *this;
  std::erase_if(copy.addrs_, [](const TransportAddr& addr) { return !addr.is_relay(); });
  return copy;
}

Result<EndpointAddr> EndpointAddr::from_postcard(std::span<const std::byte> bytes) {
  return identity::read_either_form(bytes, identity::read_endpoint_addr);
}

std::vector<std::byte> EndpointAddr::to_postcard(CustomAddrForm form) const {
  base::PostcardWriter writer;
  identity::write_endpoint_addr(writer, *this, form);
  return writer.take();
}

std::string EndpointAddr::to_string() const {
  std::string text = id_.to_string() + " [";
  for (const TransportAddr& addr : addrs_) {
    if (!text.ends_with('[')) text += ", ";
    text += addr.to_string();
  }
  return text + ']';
}

std::ostream& operator<<(std::ostream& out, const EndpointAddr& addr) {
  return out << addr.to_string();
}

}  // namespace iroh

std::size_t std::hash<iroh::EndpointAddr>::operator()(const iroh::EndpointAddr& addr) const noexcept {
  std::size_t combined = std::hash<iroh::EndpointId>()(addr.id());
  for (const auto& entry : addr.addrs()) combined = combined * 31 ^ std::hash<iroh::TransportAddr>()(entry);
  return combined;
}
