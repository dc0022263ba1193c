// SPDX-License-Identifier: MIT OR Apache-2.0
// Application messages in DATAGRAM frames, both directions. Unreliable: never resent; when a queue is full the oldest
// goes. [RFC 9221], [quic.md 19, 98]
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <vector>

#include "iroh/base/bytes.hpp"
#include "quic/stream/receive_budget.hpp"
#include "quic/transport_error.hpp"
#include "quic/types.hpp"
#include "quic/wire/packet_writer.hpp"

namespace iroh::quic {

/// [quic.md §1.2]
struct DatagramConfig {
  std::size_t receive_buffer = 1'250'000;  ///< 0: DATAGRAM frames are not accepted, and none must be advertised
  std::size_t send_buffer = 1 << 20;
};

enum class DatagramEvent : std::uint8_t {
  readable,   ///< receive() until it gives none
  unblocked,  ///< a send() that was blocked may succeed
};

enum class DatagramSendError : std::uint8_t {
  unsupported_by_peer,
  too_large,  ///< for the peer, the path, or the send buffer
  blocked,    ///< the send buffer is full; only with DatagramSendMode::wait
};

enum class DatagramSendMode : std::uint8_t { drop_oldest, wait };

class DatagramQueue {
 public:
  /// What each queued datagram costs besides its bytes. Without it a peer fills memory with empty ones. [quic.md 98]
  static constexpr std::size_t datagram_charge = 32;

  /// Received datagrams that wait, whatever their size: the charge is what the peer is told, but an entry and its
  /// buffer take about three times as much. Without the bound a peer holds 3 MiB with empty ones. [quic.md 98]
  static constexpr std::size_t incoming_max = 8192;

  /// budget: outlives the queue; without, slices of receive buffers are kept whatever they pin.
  explicit DatagramQueue(const DatagramConfig& config, ReceiveBudget* budget = nullptr) noexcept
      : config_(config), budget_(budget) {}

  /// The value of max_datagram_frame_size to advertise; 0 means none. [quic.md §1.2]
  std::uint64_t max_frame_size_to_advertise() const noexcept;
  /// Largest payload that the peer and the path take now; nothing: the peer takes no DATAGRAM frames. Queued datagrams
  /// that no longer fit are dropped, so that they cannot block the others. [quic.md 69]
  void set_max_size(std::optional<std::size_t> max_size);
  std::optional<std::size_t> max_size() const noexcept { return max_size_; }
  /// Payload that fits a frame of the given size, with the length written. [RFC 9221 §4]
  static std::size_t payload_size_max(std::size_t frame_size) noexcept;

  // ---- application
  std::expected<void, DatagramSendError> send(Bytes data, DatagramSendMode mode);
  /// Takes datagrams from the front until one cannot be queued; returns how many. One call per batch, one wake-up.
  std::size_t send_many(std::span<Bytes> datagrams, DatagramSendMode mode);
  std::optional<Bytes> receive();
  /// Appends all that wait, at most max; returns how many.
  std::size_t receive_many(std::vector<Bytes>& out, std::size_t max);
  std::size_t send_buffer_space() const noexcept;
  std::optional<DatagramEvent> poll_event() noexcept;
  bool has_events() const noexcept { return is_readable_pending_ || is_unblocked_pending_; }

  // ---- connection
  /// PROTOCOL_VIOLATION if we never said that we take them, or not that large.
  TransportResult<void> on_datagram(Bytes data);
  bool can_send() const noexcept { return outgoing_.head < outgoing_.items.size(); }
  /// Size of the next frame with its length; 0 if there is none.
  std::size_t next_frame_size() const noexcept;
  /// Frames while they fit. Their contents stay alive until release_written(), or the next send().
  void write(PacketWriter& packet);
  /// All packets written so far are sealed.
  void release_written() noexcept { written_.clear(); }

  std::uint64_t received_dropped() const noexcept { return received_dropped_; }

 private:
  struct Item {
    Bytes data;
    bool is_counted = false;  // by the receive budget
  };
  struct Fifo {
    std::vector<Item> items;  // the first head are gone
    std::size_t head = 0;
    std::size_t charge = 0;  // bytes and datagram_charge of what is queued
    bool is_empty() const noexcept { return head == items.size(); }
    std::size_t count() const noexcept { return items.size() - head; }
    void push(Item item);
    Item pop();
  };
  Bytes pop_incoming();
  static std::size_t charge_of(std::size_t size) noexcept { return size + datagram_charge; }
  void unblock() noexcept;

  DatagramConfig config_;
  ReceiveBudget* budget_;
  std::optional<std::size_t> max_size_;
  Fifo outgoing_;
  Fifo incoming_;
  std::vector<Bytes> written_;
  bool is_blocked_ = false;
  bool is_readable_pending_ = false;
  bool is_unblocked_pending_ = false;
  std::uint64_t received_dropped_ = 0;
};

}  // namespace iroh::quic
