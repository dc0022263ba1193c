// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/store/file_hasher.hpp"

#include <algorithm>
#include <bit>
#include <thread>

#include "base/try.hpp"
#include "blake3/parallel.hpp"

namespace iroh::blobs {
namespace {

using bao::Geometry;
using bao::Node;
using blake3::Digest;

/// A piece is a subtree that one thread hashes: large enough that handing it out costs nothing.
constexpr std::uint64_t min_piece_groups = 16;
constexpr std::uint64_t max_piece_groups = 256;
constexpr std::uint64_t buffer_groups = hash_buffer_size / bao::group_size;
/// Pieces per thread between two waits for all threads.
constexpr std::size_t pieces_per_wave = 4;

/// The value of a node from those of the units below it; emit(index, left, right) gets every pair on the way. A unit is
/// a power of two of chunks.
template <class Emit>
Digest fold(const Geometry& geometry, const Node& node, std::uint64_t unit, std::span<const Digest> values,
            std::uint64_t index, const Emit& emit) {
  if (node.chunks() <= unit) return values.front();
  const auto units = static_cast<std::size_t>(node.left().chunks() / unit);
  const std::uint64_t groups = node.left().chunks() / geometry.group_chunks();
  const Digest left = fold(geometry, node.left(), unit, values.first(units), index + 1, emit);
  const Digest right = fold(geometry, node.right(), unit, values.subspan(units), index + groups, emit);
  emit(index, left, right);
  return blake3::parent(left, right, geometry.is_root(node) ? blake3::Node::root : blake3::Node::inner);
}

void write_pair(std::byte* to, const Digest& left, const Digest& right) {
  std::ranges::copy(right, std::ranges::copy(left, to).out);
}

class FileHasher {
 public:
  explicit FileHasher(const HashJob& job)
      : job_(job),
        geometry_(job.size),
        threads_(std::clamp<std::size_t>(job.threads, 1, max_hash_threads)),
        piece_groups_(std::clamp(std::bit_floor(geometry_.groups() / (pieces_per_wave * threads_) | 1),
                                 min_piece_groups, max_piece_groups)) {
    if (!job.outboard) result_.outboard.resize(static_cast<std::size_t>(geometry_.outboard_size()));
  }

  Result<HashedFile> run() {
    const std::uint64_t piece_chunks = piece_groups_ * geometry_.group_chunks();
    const auto pieces = static_cast<std::size_t>((geometry_.chunks() - 1) / piece_chunks + 1);
    slots_.resize(std::min(pieces, threads_ * pieces_per_wave));
    const auto parallel_for = blake3::on_threads(threads_);
    for (std::size_t first = 0; first < pieces; first += slots_.size()) {
      const std::size_t count = std::min(slots_.size(), pieces - first);
      const auto task = [&](std::size_t i) { slots_[i].done = hash_piece(slots_[i], first + i); };
      if (count == 1) {
        task(0);
      } else {
        parallel_for(count, task);
      }
      for (std::size_t i = 0; i < count; ++i) {
        IROH_TRY_VOID(slots_[i].done);
        values_.push_back(slots_[i].value);
      }
      if (job_.progress) job_.progress(std::min(job_.size, (first + count) * piece_chunks * bao::chunk_size));
    }
    return finish(piece_chunks);
  }

 private:
  struct Slot {
    std::vector<std::byte> buffer;
    std::vector<Digest> values;
    std::vector<std::byte> pairs;
    Digest value;
    Result<void> done;
  };

  Result<void> hash_piece(Slot& slot, std::size_t number) {
    const std::uint64_t first_group = number * piece_groups_;
    const std::uint64_t groups = std::min(piece_groups_, geometry_.groups() - first_group);
    const std::uint64_t first_chunk = first_group * geometry_.group_chunks();
    const Node piece = {first_chunk, std::min(first_chunk + groups * geometry_.group_chunks(), geometry_.chunks())};
    slot.values.resize(static_cast<std::size_t>(groups));
    for (std::uint64_t at = 0; at < groups; at += buffer_groups) {
      IROH_TRY_VOID(hash_buffer(slot, first_group + at, slot.values.data() + at, std::min(buffer_groups, groups - at)));
    }
    slot.pairs.resize(static_cast<std::size_t>((groups - 1) * bao::pair_size));
    const auto keep = [&](std::uint64_t index, const Digest& left, const Digest& right) {
      write_pair(slot.pairs.data() + index * bao::pair_size, left, right);
    };
    slot.value = fold(geometry_, piece, geometry_.group_chunks(), slot.values, 0, keep);
    if (slot.pairs.empty()) return {};
    // The pairs of a subtree lie together.
    return write_outboard(geometry_.pre_order_index(piece), slot.pairs);
  }

  Result<void> hash_buffer(Slot& slot, std::uint64_t first_group, Digest* values, std::uint64_t groups) {
    const std::uint64_t offset = first_group * bao::group_size;
    const auto length = static_cast<std::size_t>(std::min(groups * bao::group_size, geometry_.size() - offset));
    slot.buffer.resize(std::max(slot.buffer.size(), length));
    const auto bytes = std::span(slot.buffer).first(length);
    IROH_TRY_VOID(job_.source.read_exactly(offset, bytes));
    if (geometry_.groups() == 1) {
      *values = blake3::hash(bytes);
    } else {
      blake3::subtrees(bytes, bao::group_size, first_group * geometry_.group_chunks(), {values, groups});
    }
    if (job_.copy_to != nullptr) IROH_TRY_VOID(job_.copy_to->write_at(offset, bytes));
    return {};
  }

  /// Pieces write to places of their own, so threads need no lock.
  Result<void> write_outboard(std::uint64_t index, base::ByteSpan pairs) {
    if (job_.outboard != nullptr) return job_.outboard->write_at(index * bao::pair_size, pairs);
    std::ranges::copy(pairs, result_.outboard.begin() + static_cast<std::ptrdiff_t>(index * bao::pair_size));
    return {};
  }

  /// The top of the tree, above the pieces.
  Result<HashedFile> finish(std::uint64_t piece_chunks) {
    Result<void> written;
    const auto write = [&](std::uint64_t index, const Digest& left, const Digest& right) {
      std::array<std::byte, bao::pair_size> pair;
      write_pair(pair.data(), left, right);
      if (written) written = write_outboard(index, pair);
    };
    result_.hash = Hash(fold(geometry_, geometry_.root(), piece_chunks, values_, 0, write));
    IROH_TRY_VOID(written);
    return std::move(result_);
  }

  const HashJob& job_;
  Geometry geometry_;
  std::size_t threads_;
  std::uint64_t piece_groups_;
  std::vector<Slot> slots_;
  std::vector<Digest> values_;  ///< of the pieces: 32 bytes for 4 MiB
  HashedFile result_{Hash::empty(), {}};
};

}  // namespace

std::size_t hash_threads(std::size_t wanted) {
  const std::size_t cores = std::max(1u, std::thread::hardware_concurrency());
  return std::min(wanted == 0 ? cores : wanted, max_hash_threads);
}

Result<HashedFile> hash_file(const HashJob& job) {
  if (job.size == 0) return HashedFile{Hash::empty(), {}};
  return FileHasher(job).run();
}

}  // namespace iroh::blobs
