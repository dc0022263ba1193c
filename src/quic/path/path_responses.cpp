// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/path/path_responses.hpp"

#include <algorithm>

namespace iroh::quic {

bool PathResponses::push(const PathToken& token, const FourTuple& four_tuple) {
  const auto same = std::find_if(queue_.begin(), queue_.end(), [&four_tuple](const Response& response) {
    return response.four_tuple.remote == four_tuple.remote;
  });
  if (same != queue_.end()) {
    *same = {token, four_tuple};
    return true;
  }
  if (queue_.size() >= queued_max) return false;
  queue_.push_back({token, four_tuple});
  return true;
}

std::size_t PathResponses::position(const FourTuple& current, bool on_path) const noexcept {
  const auto found = std::find_if(queue_.begin(), queue_.end(), [&](const Response& response) {
    return is_same_path(current, response.four_tuple) == on_path;
  });
  return static_cast<std::size_t>(found - queue_.begin());
}

std::optional<PathResponses::Response> PathResponses::pop(const FourTuple& current, bool on_path) noexcept {
  const auto at = position(current, on_path);
  if (at == queue_.size()) return std::nullopt;
  const auto response = queue_[at];
  queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(at));
  return response;
}

}  // namespace iroh::quic
