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
  for (const SocketAddr& addr : addrs) learn(entry->second, addr);
}

/// The address's place. The oldest address without an open path makes room.
std::size_t AddressBook::learn(Remote& remote, const SocketAddr& addr) {
  const SocketAddr canonical = addr.canonical();
  const auto known = std::ranges::find(remote.addrs, canonical);
  if (known != remote.addrs.end()) return static_cast<std::size_t>(known - remote.addrs.begin());
  if (remote.addrs.size() >= addresses_max) {
    const auto idle = std::ranges::find(remote.open_paths, std::size_t{0});
    const auto place = idle == remote.open_paths.end() ? 0 : idle - remote.open_paths.begin();
    remote.addrs.erase(remote.addrs.begin() + place);
    remote.open_paths.erase(remote.open_paths.begin() + place);
  }
  remote.addrs.push_back(canonical);
  remote.open_paths.push_back(0);
  return remote.addrs.size() - 1;
}

void AddressBook::open_path(const EndpointId& remote, const SocketAddr& addr, base::Instant now) {
  const auto [entry, is_new] = remotes_.try_emplace(remote);
  if (is_new) ++idle_count_;
  entry->second.last_used = now;
  ++entry->second.open_paths[learn(entry->second, addr)];
}

bool AddressBook::close_path(const EndpointId& remote, const SocketAddr& addr) {
  const auto entry = remotes_.find(remote);
  if (entry == remotes_.end()) return false;
  const auto known = std::ranges::find(entry->second.addrs, addr.canonical());
  if (known == entry->second.addrs.end()) return false;
  std::size_t& open = entry->second.open_paths[static_cast<std::size_t>(known - entry->second.addrs.begin())];
  return open > 0 && --open == 0;
}

std::optional<std::vector<AddressBook::Known>> AddressBook::find(const EndpointId& remote) const {
  const auto entry = remotes_.find(remote);
  if (entry == remotes_.end()) return std::nullopt;
  std::vector<Known> result;
  for (std::size_t i = 0; i < entry->second.addrs.size(); ++i) {
    result.push_back({.addr = entry->second.addrs[i], .open_paths = entry->second.open_paths[i]});
  }
  return result;
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
