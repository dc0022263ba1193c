// SPDX-License-Identifier: MIT OR Apache-2.0
#include "blobs/store/partial_files.hpp"

#include <array>

#include "bao/geometry.hpp"
#include "base/try.hpp"
#include "iroh/blobs/hash.hpp"

namespace iroh::blobs {
namespace {

constexpr std::size_t slot_bytes = 8;
/// Larger than the bitfield of a blob of which every second group of 1 TiB is there; without the limit whoever can
/// write to the folder makes opening a blob take all memory.
constexpr std::uint64_t max_bitfield_file = std::uint64_t{256} << 20;

Result<std::vector<std::byte>> read_small_file(int folder, const std::string& name) {
  IROH_TRY(file, File::open_at(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  IROH_TRY(status, file.status());
  if (!status.is_regular) return failure(BlobError::invalid_path);
  if (status.size > max_bitfield_file) return failure(BlobError::size_limit_exceeded);
  std::vector<std::byte> bytes(static_cast<std::size_t>(status.size));
  IROH_TRY_VOID(file.read_exactly(0, bytes));
  return bytes;
}

}  // namespace

std::vector<std::byte> encode_bitfield_file(const Bitfield& bitfield) {
  // [blobs.md 61]
  const std::vector<std::byte> payload = bitfield.to_bytes();
  const Hash checksum = Hash::of(payload);
  std::vector<std::byte> bytes(checksum.bytes().begin(), checksum.bytes().end());
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  return bytes;
}

std::optional<Bitfield> read_bitfield_file(int folder, const std::string& name) {
  const auto bytes = read_small_file(folder, name);
  if (!bytes || bytes->size() <= Hash::size) return std::nullopt;
  const base::ByteSpan payload = base::ByteSpan(*bytes).subspan(Hash::size);
  if (!base::equal(Hash::of(payload).bytes(), base::ByteSpan(*bytes).first(Hash::size))) return std::nullopt;
  const auto bitfield = Bitfield::from_bytes(payload);
  return bitfield ? std::optional(*bitfield) : std::nullopt;
}

Result<void> write_size_slot(const File& sizes, std::uint64_t offset, std::uint64_t size) {
  // [blobs.md §4.3.1] At the index of the group, whatever part of it came.
  std::array<std::byte, slot_bytes> slot;
  for (std::size_t i = 0; i < slot.size(); ++i) slot[i] = static_cast<std::byte>(size >> (8 * i));
  return sizes.write_at(offset / bao::group_size * slot_bytes, slot);
}

std::optional<std::uint64_t> read_last_size(int folder, const std::string& name) {
  const auto file = File::open_at(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!file) return std::nullopt;
  const auto status = file->status();
  if (!status || !status->is_regular || status->size < slot_bytes) return std::nullopt;
  std::array<std::byte, slot_bytes> slot;
  if (!file->read_exactly((status->size / slot_bytes - 1) * slot_bytes, slot)) return std::nullopt;
  std::uint64_t size = 0;
  for (std::size_t i = 0; i < slot.size(); ++i) size |= std::to_integer<std::uint64_t>(slot[i]) << (8 * i);
  return size;
}

}  // namespace iroh::blobs
