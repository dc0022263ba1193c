// SPDX-License-Identifier: MIT OR Apache-2.0
// Packet protection behind one interface. A backend (intel-ipsec-mb, GnuTLS, OpenSSL) is chosen once per key; calls
// take batches, so that the virtual call is paid per batch and not per packet. [RFC 9001 §5.3, §5.4]
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/byte_span.hpp"
#include "crypto/cipher_suite.hpp"

namespace iroh::crypto {

inline constexpr std::size_t tag_size = 16;
inline constexpr std::size_t nonce_size = 12;
inline constexpr std::size_t header_sample_size = 16;
inline constexpr std::size_t header_mask_size = 5;

using Nonce = std::array<std::byte, nonce_size>;
using HeaderSample = std::array<std::byte, header_sample_size>;
using HeaderMask = std::array<std::byte, header_mask_size>;

/// One packet to seal. The plaintext is the concatenation of the runs; a run may lie in place, that is at its final
/// position in out. Writes ciphertext and tag: sum of the run sizes + tag_size bytes.
struct SealJob {
  struct Run {
    const std::byte* data;
    std::size_t size;
  };
  Nonce nonce;
  base::ByteSpan aad;
  std::span<const Run> runs;
  std::byte* out;
};

/// One packet to open in place. sealed = ciphertext and tag; on success the plaintext stands at its front.
struct OpenJob {
  Nonce nonce;
  base::ByteSpan aad;
  base::MutableByteSpan sealed;
  bool ok = false;  ///< out; if false the contents of sealed are unspecified
};

/// An AEAD key. Not thread-safe; distinct objects may be used from distinct threads.
class AeadKey {
 public:
  AeadKey() = default;
  AeadKey(const AeadKey&) = delete;
  AeadKey& operator=(const AeadKey&) = delete;
  virtual ~AeadKey() = default;
  virtual void seal(std::span<const SealJob> jobs) noexcept = 0;
  virtual void open(std::span<OpenJob> jobs) noexcept = 0;
};

/// A header protection key.
class HeaderKey {
 public:
  HeaderKey() = default;
  HeaderKey(const HeaderKey&) = delete;
  HeaderKey& operator=(const HeaderKey&) = delete;
  virtual ~HeaderKey() = default;
  /// masks.size() must equal samples.size().
  virtual void masks(std::span<const HeaderSample> samples, std::span<HeaderMask> masks) noexcept = 0;
};

class PacketCipherBackend {
 public:
  virtual ~PacketCipherBackend() = default;
  virtual std::string_view name() const noexcept = 0;  ///< "ipsec-mb", "gnutls", "openssl"
  virtual bool supports(CipherSuite suite) const noexcept = 0;
  virtual std::unique_ptr<AeadKey> make_aead_key(CipherSuite suite, base::ByteSpan key) const = 0;
  virtual std::unique_ptr<HeaderKey> make_header_key(CipherSuite suite, base::ByteSpan key) const = 0;
};

/// Every backend that works on this machine and agrees with nettle, fastest for AES-GCM first.
std::span<const PacketCipherBackend* const> packet_cipher_backends();
/// The fastest backend for the suite, by a fixed rule (README.md). IROH_CRYPTO_BACKEND, read once, puts the named one
/// first (for tests); a name that is unknown or unusable here ends the process with a message that lists the names.
const PacketCipherBackend& packet_cipher_backend(CipherSuite suite);

}  // namespace iroh::crypto
