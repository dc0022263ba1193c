// SPDX-License-Identifier: MIT OR Apache-2.0
#include "endpoint/address_book.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace iroh::endpoint {

void AddressBook::insert(const EndpointId& remote, std::span<const SocketAddr> addrs, base::Instant now) {
  if (addrs.empty()) return;
  forget_idle(now);
  const auto [entry, is_new] = remotes_.try_emplace(remote);
  if (is_new) ++idle_count_;
  entry->second.last_used = now;
  std::vector<SocketAddr>& known = entry->second.addrs;
  for (const SocketAddr& addr : addrs) {
    const SocketAddr canonical = addr.canonical();
    if (std::ranges::find(known, canonical) != known.end()) continue;
    if (known.size() >= addresses_max) known.erase(known.begin());
    known.push_back(canonical);
  }
}

std::span<const SocketAddr> AddressBook::addresses(const EndpointId& remote) const {
  const auto found = remotes_.find(remote);
  if (found == remotes_.end()) return {};
  return found->second.addrs;
}

void AddressBook::add_connection(const EndpointId& remote, base::Instant now) {
  const auto [entry, is_new] = remotes_.try_emplace(remote);
  if (!is_new && entry->second.connections == 0) --idle_count_;
  ++entry->second.connections;
  entry->second.last_used = now;
}

void AddressBook::remove_connection(const EndpointId& remote, base::Instant now) {
  const auto found = remotes_.find(remote);
  IROH_ASSERT(found != remotes_.end() && found->second.connections > 0);
  found->second.last_used = now;
  if (--found->second.connections == 0) ++idle_count_;
  forget_idle(now);
}

void AddressBook::forget_idle(base::Instant now) {
  if (now < next_sweep_ && idle_count_ < idle_remotes_max) return;
  next_sweep_ = now + idle_time;
  const bool is_full = idle_count_ >= idle_remotes_max;
  idle_count_ -= std::erase_if(remotes_, [&](const auto& entry) {
    const Remote& remote = entry.second;
    return remote.connections == 0 && (is_full || now - remote.last_used >= idle_time);
  });
}

}  // namespace iroh::endpoint
