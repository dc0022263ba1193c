// SPDX-License-Identifier: MIT OR Apache-2.0
// One blob of a file store while somebody uses it, or while something of it is not yet on the disk. [blobs.md §4.3.4]
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "blobs/store/database.hpp"
#include "blobs/store/folder.hpp"
#include "blobs/store/memory_blob.hpp"
#include "iroh/blobs/bitfield.hpp"

namespace iroh::blobs {

class FileWriter;

/// A small blob is received in memory up to this size, as it goes into the database when it is complete.
inline constexpr std::uint64_t memory_stage_limit = std::uint64_t{64} << 10;

struct Entry {
  enum class State {
    absent,     ///< nothing is there that could be read, whatever the database says
    in_memory,  ///< partial, and small
    in_files,   ///< partial
    complete,
  };
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit Entry(const Hash& of) : hash(of), names(of) {}

  bool is_partial() const noexcept { return state == State::in_memory || state == State::in_files; }

  const Hash hash;
  const BlobNames names;
  State state = State::absent;
  Bitfield bitfield;
  bool has_row = false;
  BlobRow row;  ///< what the database has, if it has_row

  MemoryBlob memory;          ///< in_memory
  std::optional<Bytes> data;  ///< complete and in the database, once somebody read it
  std::optional<Bytes> outboard;

  std::optional<std::uint64_t> begun_at_commit;  ///< in_files: how many commits there had been before its row
  bool is_dirty = false;                         ///< in_files: the bitfield file is empty
  std::uint64_t bytes_since_checkpoint = 0;      ///< in_files
  TimePoint checkpointed;                        ///< in_files; or when the first byte came
  std::vector<FileWriter*> writers;              ///< those that are open

  std::size_t handles = 0;  ///< open readers and writers
  TimePoint idle_since;     ///< without handles
  std::uint64_t cycle = 0;  ///< of collection, in which it was written last
  /// It was deleted, or the transaction it depended on was lost; readers may go on, writers fail with this.
  std::optional<error_code> detached;
};

using EntryPtr = std::shared_ptr<Entry>;

}  // namespace iroh::blobs
