// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/cid/stateless_reset.hpp"

#include <algorithm>

namespace iroh::quic {
namespace {

constexpr std::size_t token_size = ResetToken{}.size();
/// So much before the token makes a reset look like any short packet.
constexpr std::size_t padding_ideal = 25;

}  // namespace

std::optional<std::size_t> build_stateless_reset(MutableByteSpan out, std::size_t trigger_size, const ResetToken& token,
                                                 base::Random& random) {
  // [RFC 9000 §10.3.3] Shorter than what caused it, so that two endpoints cannot answer each other for ever.
  trigger_size = std::min(trigger_size, out.size() + 1);
  if (trigger_size < stateless_reset_trigger_size_min) return std::nullopt;
  const std::size_t padding_max = trigger_size - token_size - 1;
  const std::size_t padding =
      padding_max <= padding_ideal ? padding_max : padding_ideal + random.below(padding_max - padding_ideal);
  random.fill(out.first(padding));
  // [RFC 9000 §10.3] The first two bits are those of a short header.
  out[0] = (out[0] & std::byte{0x3f}) | std::byte{0x40};
  std::ranges::copy(token, out.begin() + static_cast<std::ptrdiff_t>(padding));
  return padding + token_size;
}

}  // namespace iroh::quic
