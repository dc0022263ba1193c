// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/store/scan.hpp"

#include <unistd.h>

#include <algorithm>
#include <vector>

#include "blake3/parallel.hpp"

namespace iroh::blobs {
namespace {

/// One thread's share: 4 MiB.
constexpr std::uint64_t piece_chunks = 4096;
/// Pieces between two waits for all threads, and so between two calls of the progress function.
constexpr std::size_t sources_per_thread = 4;

/// What is left of the query from `at` on, cut where pieces end.
class Pieces {
 public:
  Pieces(const ChunkRanges& query, std::uint64_t chunks) : ranges_(query & ChunkRanges::range(0, chunks)) {}

  std::optional<bao::Node> next() {
    const auto boundaries = ranges_.boundaries();
    if (next_ + 1 >= boundaries.size()) return std::nullopt;
    const std::uint64_t begin = std::max(at_, boundaries[next_]);
    const std::uint64_t piece_end = (begin / piece_chunks + 1) * piece_chunks;
    const std::uint64_t end = std::min(piece_end, boundaries[next_ + 1]);
    at_ = end;
    if (end == boundaries[next_ + 1]) next_ += 2;
    return bao::Node{begin, end};
  }

 private:
  ChunkRanges ranges_;
  std::size_t next_ = 0;
  std::uint64_t at_ = 0;
};

/// The results of the pieces, which come in ascending order.
class Total {
 public:
  void add(const bao::ValidRanges& piece) {
    const auto found = piece.ranges.boundaries();
    const bool continues = !boundaries_.empty() && !found.empty() && boundaries_.back() == found.front();
    if (continues) boundaries_.pop_back();
    boundaries_.insert(boundaries_.end(), found.begin() + (continues ? 1 : 0), found.end());
    if (!result_.first_error) result_.first_error = piece.first_error;
    result_.is_complete_scan = result_.is_complete_scan && piece.is_complete_scan;
  }
  bao::ValidRanges take() {
    if (auto ranges = ChunkRanges::from_boundaries(std::move(boundaries_))) result_.ranges = std::move(*ranges);
    return std::move(result_);
  }

 private:
  std::vector<std::uint64_t> boundaries_;
  bao::ValidRanges result_;
};

}  // namespace

bao::ValidRanges scan_blob(const StoredBlob& blob, const Hash& hash, std::uint64_t size, const ChunkRanges& query,
                           const ScanOptions& options) {
  const bao::Geometry geometry(size);
  const auto parallel_for = blake3::on_threads(options.threads);
  Pieces pieces(query, geometry.chunks());
  Total total;
  std::uint64_t looked_at = 0;
  std::vector<StoredSource> sources(options.threads * sources_per_thread);
  for (StoredSource& source : sources) source.use(blob, true);
  for (;;) {
    std::vector<bao::Node> wave;
    while (wave.size() < sources.size()) {
      const auto piece = pieces.next();
      if (!piece) break;
      wave.push_back(*piece);
    }
    if (wave.empty()) return total.take();
    std::vector<bao::ValidRanges> found(wave.size());
    const auto look = [&](std::size_t i) {
      const auto part = ChunkRanges::range(wave[i].begin, wave[i].end);
      found[i] = bao::find_valid_ranges(sources[i], hash.bytes(), geometry, part);
    };
    wave.size() == 1 ? look(0) : parallel_for(wave.size(), look);
    for (std::size_t i = 0; i < wave.size(); ++i) {
      total.add(found[i]);
      looked_at += geometry.length(wave[i]);
    }
    if (options.progress) options.progress(looked_at);
  }
}

ChunkRanges allocated_chunks(const File& file) {
  constexpr std::uint64_t group_chunks = bao::group_size / bao::chunk_size;
  std::vector<std::uint64_t> boundaries;
  off_t at = 0;
  for (;;) {
    const off_t begin = ::lseek(file.descriptor(), at, SEEK_DATA);
    if (begin < 0) break;
    at = ::lseek(file.descriptor(), begin, SEEK_HOLE);
    if (at < 0) return ChunkRanges::all();
    const std::uint64_t first = static_cast<std::uint64_t>(begin) / bao::group_size * group_chunks;
    const std::uint64_t end = (static_cast<std::uint64_t>(at - 1) / bao::group_size + 1) * group_chunks;
    if (!boundaries.empty() && first <= boundaries.back()) {
      boundaries.back() = std::max(boundaries.back(), end);
    } else {
      boundaries.insert(boundaries.end(), {first, end});
    }
  }
  // ENXIO: there is no more data. Anything else: the file system cannot tell.
  if (errno != ENXIO) return ChunkRanges::all();
  return ChunkRanges::from_boundaries(std::move(boundaries)).value_or(ChunkRanges::all());
}

}  // namespace iroh::blobs
