// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/store/file_reader.hpp"

#include <algorithm>

#include "base/try.hpp"
#include "blobs/store/file_io.hpp"

namespace iroh::blobs {

Result<void> FileReader::prepare() {
  if (handle_.core().is_closed()) return system_failure(ESHUTDOWN);
  Entry& entry = handle_.entry();
  if (!entry.writers.empty()) IROH_TRY_VOID(handle_.core().flush_writers(entry));
  if (entry.state == Entry::State::in_memory) return {};
  if (entry.state == Entry::State::absent) return failure(BlobError::not_found);
  IROH_TRY(blob, handle_.core().stored(entry));
  source_.use(std::move(blob), entry.state != Entry::State::complete);
  return {};
}

std::expected<std::optional<bao::Pair>, bao::ReadError> FileReader::pair(std::uint64_t index) {
  if (!prepare()) return std::unexpected(bao::ReadError());
  if (handle_.entry().state == Entry::State::in_memory) return handle_.entry().memory.pair(index);
  auto pair = source_.pair(index);
  source_.let_go();
  return pair;
}

std::expected<base::ByteSpan, bao::ReadError> FileReader::data(std::uint64_t offset, std::size_t needed,
                                                               std::size_t useful) {
  if (!prepare()) return std::unexpected(bao::ReadError());
  Entry& entry = handle_.entry();
  if (entry.state == Entry::State::in_memory) return entry.memory.data(offset, needed, useful);
  if (entry.state == Entry::State::in_files) {
    // [blobs.md §4.5] What is missing ends the encoding; zeros from a hole would look like corruption.
    if (!is_present(entry.bitfield, offset, needed)) return base::ByteSpan();
    const std::uint64_t end = entry.bitfield.ranges().run_end(offset / bao::chunk_size);
    const std::uint64_t limit =
        std::min(entry.bitfield.size(),
                 end > entry.bitfield.size() / bao::chunk_size ? entry.bitfield.size() : end * bao::chunk_size);
    useful = static_cast<std::size_t>(std::min<std::uint64_t>(useful, limit - offset));
  }
  const auto view = source_.data(offset, needed, useful);
  source_.let_go();
  return view;
}

Result<void> FileReader::read(std::uint64_t offset, std::span<std::byte> out) {
  IROH_TRY_VOID(prepare());
  Entry& entry = handle_.entry();
  if (!is_present(entry.bitfield, offset, out.size())) return failure(BlobError::not_found);
  if (entry.state == Entry::State::in_memory) {
    entry.memory.read(offset, out);
    return {};
  }
  const auto outcome = [&]() -> Result<void> {
    IROH_TRY(blob, handle_.core().stored(entry));
    if (blob.data_file) return blob.data_file->read_exactly(offset, out);
    std::ranges::copy(blob.data.span().subspan(static_cast<std::size_t>(offset), out.size()), out.begin());
    return {};
  }();
  source_.let_go();
  return outcome;
}

}  // namespace iroh::blobs
