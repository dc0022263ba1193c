// SPDX-License-Identifier: MIT OR Apache-2.0
#include "request.hpp"

#include <stdexcept>

namespace iroh::interop {
namespace {

ChunkRanges chunk_ranges(const boost::json::value& pairs) {
  ChunkRanges result;
  for (const auto& pair : pairs.as_array()) {
    const auto first = pair.at(0).to_number<std::uint64_t>();
    result |= pair.at(1).is_null() ? ChunkRanges::from(first)
                                   : ChunkRanges::range(first, pair.at(1).to_number<std::uint64_t>());
  }
  return result;
}

}  // namespace

std::string text(const boost::json::object& operation, std::string_view name) {
  return std::string(operation.at(name).as_string());
}

std::uint64_t number(const boost::json::object& operation, std::string_view name) {
  return operation.at(name).to_number<std::uint64_t>();
}

Hash hash(const boost::json::value& value) {
  const auto parsed = Hash::parse(std::string_view(value.as_string()));
  if (!parsed) throw std::runtime_error("not a hash");
  return *parsed;
}

bool flag(const boost::json::object& operation, std::string_view name) {
  return operation.contains(name) && operation.at(name).as_bool();
}

HashAndFormat content(const boost::json::object& operation) {
  const Hash of = hash(operation.at("hash"));
  return flag(operation, "recursive") ? HashAndFormat::hash_seq(of) : HashAndFormat::raw(of);
}

ChunkRangesSeq ranges(const boost::json::object& operation, bool is_recursive) {
  if (!operation.contains("ranges"))
    return is_recursive ? ChunkRangesSeq::all() : ChunkRangesSeq::root(ChunkRanges::all());
  std::vector<ChunkRanges> sets;
  for (const auto& set : operation.at("ranges").as_array()) sets.push_back(chunk_ranges(set));
  return flag(operation, "forever") ? ChunkRangesSeq::infinite(sets) : ChunkRangesSeq::finite(sets);
}

boost::json::object bitfield_json(const Bitfield& bitfield) {
  boost::json::array pairs;
  const auto bounds = bitfield.ranges().boundaries();
  for (std::size_t i = 0; i < bounds.size(); i += 2) {
    boost::json::array pair{bounds[i], nullptr};
    if (i + 1 < bounds.size()) pair[1] = bounds[i + 1];
    pairs.push_back(std::move(pair));
  }
  return {{"size", bitfield.size()}, {"ranges", std::move(pairs)}, {"complete", bitfield.is_complete()}};
}

}  // namespace iroh::interop
