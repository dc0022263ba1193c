// SPDX-License-Identifier: MIT OR Apache-2.0
// 1-RTT keys through key updates: which generation protects a packet, when an update may or must happen, how long old
// keys live, how often a key may be used. One set of keys and one phase for all paths. [RFC 9001 §6], [quic.md §4.5]
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "crypto/cipher_suite.hpp"
#include "quic/protection/packet_keys.hpp"
#include "quic/transport_error.hpp"
#include "quic/types.hpp"

namespace iroh::quic {

/// [RFC 9001 §6.6]
struct AeadLimits {
  std::uint64_t confidentiality = 0;  ///< packets sealed with one key
  std::uint64_t integrity = 0;        ///< forged packets on the whole connection
};
AeadLimits aead_limits(crypto::CipherSuite suite) noexcept;

class OneRttKeys {
 public:
  /// [quic.md §4.5] An update is started so many packets before the confidentiality limit.
  static constexpr std::uint64_t update_margin = 10'000;

  enum class Generation : std::uint8_t { previous, current, next };

  OneRttKeys(crypto::CipherSuite suite, ByteSpan seal_secret, ByteSpan open_secret);
  /// With limits of one's own, for tests.
  OneRttKeys(crypto::CipherSuite suite, ByteSpan seal_secret, ByteSpan open_secret, AeadLimits limits);
  OneRttKeys(const OneRttKeys&) = delete;
  OneRttKeys& operator=(const OneRttKeys&) = delete;
  ~OneRttKeys();

  // ---- sending
  bool key_phase() const noexcept { return key_phase_; }
  /// AEAD key, IV and header key for sending. The reference stays valid until the keys are destroyed; its contents
  /// change with a key update, so packets must be sealed before the next packet is received or update initiated.
  DirectionKeys& send_keys() noexcept { return seal_; }
  /// Must be called for every packet sealed, or once for a batch.
  void on_sealed(std::uint64_t packets = 1) noexcept;
  /// False: the confidentiality limit is reached and no update was possible; the connection must be closed with
  /// AEAD_LIMIT_REACHED, and that close is the last thing sealed.
  bool may_seal() const noexcept { return sealed_ < limits_.confidentiality; }

  // ---- receiving
  crypto::HeaderKey& receive_header_key() noexcept { return *open_.header; }
  /// Which keys a packet with this key phase bit is to be opened with; opening destroys the packet if the guess is
  /// wrong, so there is one guess. Decided by the bit and the boundary that the path has shown, not by timing.
  Generation choose(PathId path, PacketNumber number, bool key_phase_bit) const noexcept;
  crypto::AeadKey& open_key(Generation generation) noexcept;
  const PacketIv& open_iv(Generation generation) const noexcept;
  /// A packet was authenticated with keys of this generation; with those of the next one, the peer has updated, and so
  /// do we. largest_received: on that path, before this packet. Errors: KEY_UPDATE_ERROR.
  TransportResult<void> on_opened(Generation generation, PathId path, PacketNumber number,
                                  std::optional<PacketNumber> largest_received);
  /// A packet could not be authenticated. Error: AEAD_LIMIT_REACHED.
  TransportResult<void> on_forged();

  // ---- key update
  void on_handshake_confirmed() noexcept { handshake_confirmed_ = true; }
  /// [RFC 9001 §6.1] Handshake confirmed, last update confirmed, and its old keys gone.
  bool can_initiate_update() const noexcept;
  /// The confidentiality limit is near and an update possible: call initiate_update().
  bool should_update() const noexcept;
  void initiate_update();
  std::uint64_t update_count() const noexcept { return update_count_; }

  /// Old keys are held, the update is confirmed, and no time is set for discarding them: call set_discard_at() with now
  /// plus 3 times the largest PTO of all paths. [quic.md §4.5]
  bool needs_discard_time() const noexcept { return previous_ && !update_unconfirmed_ && !discard_at_; }
  void set_discard_at(Instant at) noexcept { discard_at_ = at; }
  std::optional<Instant> discard_deadline() const noexcept { return discard_at_; }
  /// Discards the old keys if it is time.
  void on_timeout(Instant now) noexcept;

 private:
  /// The lowest packet number that a path has shown in the current phase.
  struct Boundary {
    PathId path;
    PacketNumber lowest;
  };

  void derive_next();
  void advance();
  std::optional<PacketNumber> boundary_of(PathId path) const noexcept;
  void note_current_phase(PathId path, PacketNumber number);

  crypto::CipherSuite suite_;
  AeadLimits limits_;
  DirectionKeys seal_;
  DirectionKeys open_;
  DirectionKeys next_seal_;  // next_ and previous_ keys have no header key
  DirectionKeys next_open_;
  std::optional<DirectionKeys> previous_;    // opening only
  std::vector<std::byte> next_seal_secret_;  // of the next keys' successors; wiped after use
  std::vector<std::byte> next_open_secret_;

  bool key_phase_ = false;
  bool handshake_confirmed_ = false;
  bool update_unconfirmed_ = false;  // we updated and have seen no packet of the new phase yet
  bool answer_unsent_ = false;       // the peer updated and we have sent nothing in the new phase yet
  std::uint64_t sealed_ = 0;         // in the current phase
  std::uint64_t forged_ = 0;
  std::uint64_t update_count_ = 0;
  std::optional<Instant> discard_at_;
  /// One entry for each path heard of while old keys are held: bounded by the paths that have ids of ours.
  std::vector<Boundary> boundaries_;
};

}  // namespace iroh::quic
