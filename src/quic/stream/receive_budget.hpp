// SPDX-License-Identifier: MIT OR Apache-2.0
// What received data costs one connection besides its bytes, which flow control bounds: bookkeeping of small pieces
// that wait for what is before them, and receive buffers that are kept alive by little. Shared by all streams and the
// datagram queue of the connection. [performance.md §2.2], [issue 4]
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "iroh/base/bytes.hpp"

namespace iroh::quic {

class ReceiveBudget {
 public:
  /// What a waiting piece takes at most: its place in a vector that grows by doubling, and a copy's header.
  static constexpr std::size_t piece_cost = 128;
  /// Over all streams together, by pieces that are smaller than what they cost: 5120 single bytes with holes between
  /// them. Larger pieces are paid for by the credit that they use. Without the bound a peer that sends every second
  /// byte of 200 streams makes us hold 25 MB. Honest peers would have to lose thousands of small frames at once.
  /// [quic.md 92]
  static constexpr std::size_t overhead_max = 640 * 1024;

  /// The size of a receive buffer, as far as we know.
  static constexpr std::size_t buffer_size = 64 * 1024;
  /// Buffers that may be kept whatever little of them is in use; beyond these, a quarter must be. Without the bound a
  /// peer that sends single packets, and padding between them, makes us hold up to 64 times the credit that it uses.
  static constexpr std::size_t buffers_free = 8;

  ReceiveBudget() = default;
  ReceiveBudget(const ReceiveBudget&) = delete;
  ReceiveBudget& operator=(const ReceiveBudget&) = delete;

  // ---- waiting pieces
  void add_piece(std::size_t size) noexcept { overhead_ += overhead_of(size); }
  void remove_piece(std::size_t size) noexcept { overhead_ -= overhead_of(size); }
  std::size_t overhead() const noexcept { return overhead_; }
  bool is_full() const noexcept { return overhead_ > overhead_max; }

  // ---- receive buffers
  /// May this slice be kept? If so, it counts until it is released; otherwise it is to be copied.
  bool keep(const Bytes& slice);
  /// size bytes of what was kept of this buffer are gone.
  void release(const SharedBuffer* buffer, std::size_t size) noexcept;
  std::size_t buffers_kept() const noexcept { return buffers_.size(); }

 private:
  struct Buffer {
    const SharedBuffer* buffer;
    std::size_t in_use;
  };
  static constexpr std::size_t overhead_of(std::size_t size) noexcept {
    return size < piece_cost ? piece_cost - size : 0;
  }
  /// buffers_.size() if it is not there.
  std::size_t find(const SharedBuffer* buffer) const noexcept;

  std::size_t overhead_ = 0;
  std::vector<Buffer> buffers_;
  std::size_t in_use_ = 0;              // of all buffers
  mutable std::size_t found_last_ = 0;  // slices of one buffer come, and are read, in rows
};

}  // namespace iroh::quic
