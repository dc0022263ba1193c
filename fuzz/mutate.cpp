// SPDX-License-Identifier: MIT OR Apache-2.0
#include "fuzz/mutate.hpp"

#include <algorithm>
#include <array>

namespace iroh::fuzz {
namespace {

constexpr std::size_t input_bytes_max = 1 << 16;

std::size_t pick(base::Random& random, std::size_t bound) {
  return bound == 0 ? 0 : random.below(bound);
}

std::ptrdiff_t offset(std::size_t at) {
  return static_cast<std::ptrdiff_t>(at);
}

// Lengths, counts and types sit at such values' edges.
std::uint8_t edge_value(base::Random& random) {
  constexpr std::array<std::uint8_t, 9> edges{0x00, 0x01, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xff};
  return edges[pick(random, edges.size())];
}

void edit_byte(Input& input, base::Random& random) {
  if (input.empty()) return;
  std::uint8_t& byte = input[pick(random, input.size())];
  switch (pick(random, 3)) {
    case 0:
      byte = static_cast<std::uint8_t>(byte ^ (1u << pick(random, 8)));
      break;
    case 1:
      byte = edge_value(random);
      break;
    default:
      byte = static_cast<std::uint8_t>(random.next_u64());
      break;
  }
}

void erase_some(Input& input, base::Random& random) {
  if (input.empty()) return;
  const std::size_t at = pick(random, input.size());
  const std::size_t count = 1 + pick(random, std::min<std::size_t>(input.size() - at, 16));
  input.erase(input.begin() + offset(at), input.begin() + offset(std::min(at + count, input.size())));
}

void insert_some(Input& input, base::Random& random) {
  const std::size_t at = pick(random, input.size() + 1);
  input.insert(input.begin() + offset(at), 1 + pick(random, 16), edge_value(random));
}

void truncate(Input& input, base::Random& random) {
  input.resize(pick(random, input.size() + 1));
}

void splice(Input& input, const Input& other, base::Random& random) {
  if (other.empty()) return;
  const std::size_t from = pick(random, other.size());
  const std::size_t count = 1 + pick(random, other.size() - from);
  const std::size_t at = pick(random, input.size() + 1);
  input.insert(input.begin() + offset(at), other.begin() + offset(from), other.begin() + offset(from + count));
}

}  // namespace

Input mutate(Input input, const Input& other, base::Random& random) {
  const std::size_t edits = 1 + pick(random, 4);
  for (std::size_t i = 0; i < edits; ++i) {
    switch (pick(random, 6)) {
      case 0:
        erase_some(input, random);
        break;
      case 1:
        insert_some(input, random);
        break;
      case 2:
        truncate(input, random);
        break;
      case 3:
        splice(input, other, random);
        break;
      default:
        edit_byte(input, random);
        break;
    }
  }
  if (input.size() > input_bytes_max) input.resize(input_bytes_max);
  return input;
}

}  // namespace iroh::fuzz
