// SPDX-License-Identifier: MIT OR Apache-2.0
#include "quic/protection/one_rtt_keys.hpp"

#include <algorithm>
#include <limits>

#include "base/assert.hpp"
#include "crypto/system_random.hpp"

namespace iroh::quic {

namespace {

void step(crypto::CipherSuite suite, std::vector<std::byte>& secret) {
  auto next = derive_next_secret(suite, secret);
  crypto::wipe(secret);
  secret = std::move(next);
}

}  // namespace

AeadLimits aead_limits(crypto::CipherSuite suite) noexcept {
  // [RFC 9001 §6.6] ChaCha20-Poly1305 has more room than there are packet numbers.
  if (suite == crypto::CipherSuite::chacha20_poly1305_sha256) {
    return {std::numeric_limits<std::uint64_t>::max(), std::uint64_t{1} << 36};
  }
  return {std::uint64_t{1} << 23, std::uint64_t{1} << 52};
}

OneRttKeys::OneRttKeys(crypto::CipherSuite suite, ByteSpan seal_secret, ByteSpan open_secret)
    : OneRttKeys(suite, seal_secret, open_secret, aead_limits(suite)) {}

OneRttKeys::OneRttKeys(crypto::CipherSuite suite, ByteSpan seal_secret, ByteSpan open_secret, AeadLimits limits)
    : suite_(suite),
      limits_(limits),
      seal_(derive_direction_keys(suite, seal_secret)),
      open_(derive_direction_keys(suite, open_secret)),
      next_seal_secret_(derive_next_secret(suite, seal_secret)),
      next_open_secret_(derive_next_secret(suite, open_secret)) {
  derive_next();
}

OneRttKeys::~OneRttKeys() {
  crypto::wipe(next_seal_secret_);
  crypto::wipe(next_open_secret_);
}

/// [RFC 9001 §6.3] Keys for the next phase are at hand before a packet needs them: that the phase has changed does not
/// show in the time that a packet takes, forged ones included.
void OneRttKeys::derive_next() {
  next_seal_ = derive_direction_keys_without_header(suite_, next_seal_secret_);
  next_open_ = derive_direction_keys_without_header(suite_, next_open_secret_);
  step(suite_, next_seal_secret_);
  step(suite_, next_open_secret_);
}

void OneRttKeys::advance() {
  // [RFC 9001 §6.1] The header keys stay.
  next_seal_.header = std::move(seal_.header);
  next_open_.header = std::move(open_.header);
  seal_ = std::move(next_seal_);
  previous_ = std::move(open_);
  open_ = std::move(next_open_);
  derive_next();
  key_phase_ = !key_phase_;
  sealed_ = 0;
  discard_at_.reset();
  boundaries_.clear();
  ++update_count_;
}

void OneRttKeys::on_sealed(std::uint64_t packets) noexcept {
  sealed_ += packets;
  answer_unsent_ = false;
}

std::optional<PacketNumber> OneRttKeys::boundary_of(PathId path) const noexcept {
  const auto at = std::ranges::find(boundaries_, path, &Boundary::path);
  return at == boundaries_.end() ? std::nullopt : std::optional(at->lowest);
}

void OneRttKeys::note_current_phase(PathId path, PacketNumber number) {
  const auto at = std::ranges::find(boundaries_, path, &Boundary::path);
  if (at == boundaries_.end()) {
    boundaries_.push_back({path, number});
  } else {
    at->lowest = std::min(at->lowest, number);
  }
}

OneRttKeys::Generation OneRttKeys::choose(PathId path, PacketNumber number, bool key_phase_bit) const noexcept {
  if (key_phase_bit == key_phase_) return Generation::current;
  if (!previous_) return Generation::next;
  // [RFC 9001 §6.5] [quic.md §4.5] The peer has not followed our update yet: all its packets are of the old phase.
  if (update_unconfirmed_) return Generation::previous;
  // [quic.md §11 #5] Packet numbers are compared within a path only. A path that has not shown the current phase yet is
  // still in the previous one; should the peer have updated twice within the life of the old keys, against
  // [RFC 9001 §6.5], its packets there are lost until the old keys are discarded.
  const auto boundary = boundary_of(path);
  return !boundary || number < *boundary ? Generation::previous : Generation::next;
}

crypto::AeadKey& OneRttKeys::open_key(Generation generation) noexcept {
  switch (generation) {
    case Generation::previous:
      IROH_ASSERT(previous_);
      return *previous_->aead;
    case Generation::current:
      return *open_.aead;
    case Generation::next:
      break;
  }
  return *next_open_.aead;
}

const PacketIv& OneRttKeys::open_iv(Generation generation) const noexcept {
  switch (generation) {
    case Generation::previous:
      IROH_ASSERT(previous_);
      return previous_->iv;
    case Generation::current:
      return open_.iv;
    case Generation::next:
      break;
  }
  return next_open_.iv;
}

TransportResult<void> OneRttKeys::on_opened(Generation generation, PathId path, PacketNumber number,
                                            std::optional<PacketNumber> largest_received) {
  if (generation == Generation::previous) return {};
  if (generation == Generation::current) {
    update_unconfirmed_ = false;  // [quic.md §4.5] on any path
    if (previous_) note_current_phase(path, number);
    return {};
  }
  // [quic.md 25] [RFC 9001 §6.4] Newer keys go with higher packet numbers, on each path.
  if (largest_received && number <= *largest_received) {
    return transport_error(ErrorCode::key_update_error, "key update with an old packet number");
  }
  // [quic.md 25] [RFC 9001 §6.2] An update has to be answered before the next one.
  if (answer_unsent_) return transport_error(ErrorCode::key_update_error, "key update before the last was answered");
  advance();
  answer_unsent_ = true;
  note_current_phase(path, number);
  return {};
}

TransportResult<void> OneRttKeys::on_forged() {
  // [RFC 9001 §6.6] [quic.md 26] Counted over the whole connection.
  if (++forged_ >= limits_.integrity) {
    return transport_error(ErrorCode::aead_limit_reached, "too many packets that cannot be authenticated");
  }
  return {};
}

bool OneRttKeys::can_initiate_update() const noexcept {
  return handshake_confirmed_ && !update_unconfirmed_ && !answer_unsent_ && !previous_;
}

bool OneRttKeys::should_update() const noexcept {
  return can_initiate_update() && sealed_ >= limits_.confidentiality - std::min(update_margin, limits_.confidentiality);
}

void OneRttKeys::initiate_update() {
  IROH_ASSERT(can_initiate_update());
  advance();
  update_unconfirmed_ = true;
}

void OneRttKeys::on_timeout(Instant now) noexcept {
  if (!discard_at_ || now < *discard_at_) return;
  previous_.reset();
  discard_at_.reset();
  boundaries_.clear();
}

}  // namespace iroh::quic
