// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/path/path_validator.hpp"

#include <algorithm>

namespace iroh::quic {

void PathValidator::start(const FourTuple& four_tuple) noexcept {
  is_running_ = true;
  current_ = four_tuple;
  sent_ = 0;
  next_at_.reset();
}

bool PathValidator::is_due(Instant now) const noexcept {
  return is_running_ && (!next_at_ || now >= *next_at_);
}

std::optional<PathToken> PathValidator::poll_challenge(Instant now, base::Random& random, Duration pto_base) {
  if (!is_due(now)) return std::nullopt;
  if (challenges_.size() >= challenges_max) challenges_.erase(challenges_.begin());
  // [quic.md 54] Fresh data each time: an answer tells which challenge it answers.
  auto& challenge = challenges_.emplace_back(Challenge{{}, current_, now});
  random.fill(challenge.token);
  const auto exponent = std::min(sent_++, backoff_exponent_max);
  next_at_ = now + std::min(pto_base * (std::int64_t{1} << exponent), interval_max);
  return challenge.token;
}

std::optional<PathValidator::Match> PathValidator::match(const PathToken& token) const noexcept {
  const auto found = std::find_if(challenges_.begin(), challenges_.end(),
                                  [&token](const Challenge& challenge) { return challenge.token == token; });
  if (found == challenges_.end()) return std::nullopt;
  return Match{found->four_tuple, found->sent_at};
}

void PathValidator::on_validated() noexcept {
  stop();
  challenges_.clear();
}

void PathValidator::on_stale_response() noexcept {
  std::erase_if(challenges_, [this](const Challenge& challenge) { return challenge.four_tuple != current_; });
  if (!challenges_.empty()) make_due();
}

}  // namespace iroh::quic
