// SPDX-License-Identifier: MIT OR Apache-2.0
#include "bao/group_hashes.hpp"

#include "base/try.hpp"

namespace iroh::bao {

std::expected<std::optional<GroupHashes::Group>, ReadError> GroupHashes::get(Source& source, const Node& group,
                                                                             const Selection& selection) {
  const std::uint64_t group_chunks = geometry_.group_chunks();
  const auto length = static_cast<std::size_t>(geometry_.length(group));
  if (geometry_.is_root(group)) {
    IROH_TRY(data, source.data(0, length, length));
    if (data.size() < length) return std::nullopt;
    data = data.first(length);
    return Group{data, blake3::subtree(data, 0, blake3::Node::root)};
  }
  if (group.begin < first_chunk_ || group.begin >= first_chunk_ + group_count_ * group_chunks) {
    const Node run = {group.begin, std::max(group.end, std::min(selection.run_end(group.begin),
                                                                group.begin + max_groups * group_chunks))};
    IROH_TRY(data, source.data(geometry_.offset(group), length, static_cast<std::size_t>(geometry_.length(run))));
    if (data.size() < length) return std::nullopt;
    // Only whole groups count; a shorter one must be the end of the blob.
    const std::uint64_t end = geometry_.offset(group) + data.size();
    const std::size_t ragged = end == geometry_.size() ? 0 : data.size() % (group_chunks * chunk_size);
    data_ = data.first(data.size() - ragged);
    first_chunk_ = group.begin;
    group_count_ = (data_.size() - 1) / (group_chunks * chunk_size) + 1;
    blake3::subtrees(data_, group_chunks * chunk_size, group.begin, values_);
  }
  const std::uint64_t index = (group.begin - first_chunk_) / group_chunks;
  const ByteSpan data = data_.subspan(static_cast<std::size_t>(index * group_chunks * chunk_size), length);
  return Group{data, values_[static_cast<std::size_t>(index)]};
}

}  // namespace iroh::bao
