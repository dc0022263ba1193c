// SPDX-License-Identifier: MIT OR Apache-2.0
// A few things each for a bounded number of peers; the peer not heard of for longest makes room. Things are taken out
// newest first, and once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "iroh/identity/endpoint_id.hpp"

namespace iroh::quic {

template <class T>
class PeerCache {
 public:
  PeerCache(std::size_t peers_max, std::size_t each_max) noexcept : peers_max_(peers_max), each_max_(each_max) {}

  void add(const EndpointId& peer, T thing) {
    if (peers_max_ == 0 || each_max_ == 0) return;
    auto found = find(peer);
    if (found == peers_.end()) {
      if (peers_.size() >= peers_max_) peers_.erase(peers_.begin());
      peers_.push_back({peer, {}});
    } else {
      std::rotate(found, found + 1, peers_.end());  // heard of last
    }
    auto& things = peers_.back().things;
    if (things.size() >= each_max_) things.erase(things.begin());
    things.push_back(std::move(thing));
  }

  std::optional<T> take(const EndpointId& peer) {
    const auto found = find(peer);
    if (found == peers_.end()) return std::nullopt;
    std::optional<T> thing(std::move(found->things.back()));
    found->things.pop_back();
    if (found->things.empty()) peers_.erase(found);
    return thing;
  }

  std::size_t peer_count() const noexcept { return peers_.size(); }

 private:
  struct Peer {
    EndpointId id;
    std::vector<T> things;  // never empty, newest last
  };
  typename std::vector<Peer>::iterator find(const EndpointId& id) { return std::ranges::find(peers_, id, &Peer::id); }

  std::size_t peers_max_;
  std::size_t each_max_;
  std::vector<Peer> peers_;  // heard of last: last
};

}  // namespace iroh::quic
