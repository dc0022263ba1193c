// SPDX-License-Identifier: MIT OR Apache-2.0
#include "crypto/backend/backends.hpp"

#ifndef IROH_HAVE_IPSEC_MB

namespace iroh::crypto {
const PacketCipherBackend* ipsec_mb_backend() {
  return nullptr;
}
}  // namespace iroh::crypto

#else

#include <intel-ipsec-mb.h>

#include <algorithm>
#include <array>

#include "base/assert.hpp"
#include "crypto/system_random.hpp"

namespace iroh::crypto {

using base::as_u8;

namespace {

/// The functions of one AES key size, out of the manager's table.
struct GcmFunctions {
  aes_gcm_pre_t prepare;
  aes_gcm_enc_dec_t seal;
  aes_gcm_enc_dec_t open;
  aes_gcm_init_t init;
  aes_gcm_enc_dec_update_t update;
  aes_gcm_enc_dec_finalize_t finalize;
};

GcmFunctions gcm_functions(const IMB_MGR& manager, CipherSuite suite) {
  if (suite == CipherSuite::aes_128_gcm_sha256) {
    return {manager.gcm128_pre,  manager.gcm128_enc,        manager.gcm128_dec,
            manager.gcm128_init, manager.gcm128_enc_update, manager.gcm128_enc_finalize};
  }
  return {manager.gcm256_pre,  manager.gcm256_enc,        manager.gcm256_dec,
          manager.gcm256_init, manager.gcm256_enc_update, manager.gcm256_enc_finalize};
}

/// The direct calls keep all their state in the key and a context of ours; the manager is only the table of functions.
class GcmKey final : public AeadKey {
 public:
  GcmKey(const GcmFunctions& functions, base::ByteSpan key) : functions_(functions) {
    functions_.prepare(key.data(), &key_);
  }
  ~GcmKey() override { wipe(std::as_writable_bytes(std::span(&key_, 1))); }

  void seal(std::span<const SealJob> jobs) noexcept override {
    for (const SealJob& job : jobs) {
      if (job.runs.size() == 1) {
        seal_whole(job);
      } else {
        seal_scattered(job);
      }
    }
  }

  void open(std::span<OpenJob> jobs) noexcept override {
    for (OpenJob& job : jobs) open_one(job);
  }

 private:
  void seal_whole(const SealJob& job) noexcept {
    gcm_context_data context;
    const auto [data, size] = job.runs.front();
    functions_.seal(&key_, &context, as_u8(job.out), as_u8(data), size, as_u8(job.nonce.data()), as_u8(job.aad.data()),
                    job.aad.size(), as_u8(job.out) + size, tag_size);
  }

  void seal_scattered(const SealJob& job) noexcept {
    gcm_context_data context;
    functions_.init(&key_, &context, as_u8(job.nonce.data()), as_u8(job.aad.data()), job.aad.size());
    std::byte* out = job.out;
    for (const auto [data, size] : job.runs) {
      if (size == 0) continue;
      functions_.update(&key_, &context, as_u8(out), as_u8(data), size);
      out += size;
    }
    functions_.finalize(&key_, &context, as_u8(out), tag_size);
  }

  void open_one(OpenJob& job) noexcept {
    job.ok = false;
    if (job.sealed.size() < tag_size) return;
    gcm_context_data context;
    std::array<std::byte, tag_size> tag;
    const std::size_t size = job.sealed.size() - tag_size;
    std::byte* data = job.sealed.data();
    functions_.open(&key_, &context, as_u8(data), as_u8(data), size, as_u8(job.nonce.data()), as_u8(job.aad.data()),
                    job.aad.size(), as_u8(tag.data()), tag_size);
    job.ok = tags_equal(tag.data(), data + size);
  }

  // The header asks for this alignment only if LINUX is defined; the library needs it always.
  alignas(64) gcm_key_data key_;
  GcmFunctions functions_;
};

class ChaCha20Poly1305Key final : public AeadKey {
 public:
  ChaCha20Poly1305Key(const IMB_MGR& manager, base::ByteSpan key) : manager_(manager) {
    std::ranges::copy(key, key_.begin());
  }
  ~ChaCha20Poly1305Key() override { wipe(key_); }

  void seal(std::span<const SealJob> jobs) noexcept override {
    for (const SealJob& job : jobs) {
      chacha20_poly1305_context_data context;
      init(context, job.nonce, job.aad);
      std::byte* out = job.out;
      for (const auto [data, size] : job.runs) {
        if (size == 0) continue;
        manager_.chacha20_poly1305_enc_update(key_.data(), &context, out, data, size);
        out += size;
      }
      manager_.chacha20_poly1305_finalize(&context, out, tag_size);
    }
  }

  void open(std::span<OpenJob> jobs) noexcept override {
    for (OpenJob& job : jobs) {
      job.ok = false;
      if (job.sealed.size() < tag_size) continue;
      chacha20_poly1305_context_data context;
      init(context, job.nonce, job.aad);
      const std::size_t size = job.sealed.size() - tag_size;
      std::byte* data = job.sealed.data();
      if (size > 0) manager_.chacha20_poly1305_dec_update(key_.data(), &context, data, data, size);
      std::array<std::byte, tag_size> tag;
      manager_.chacha20_poly1305_finalize(&context, tag.data(), tag_size);
      job.ok = tags_equal(tag.data(), data + size);
    }
  }

 private:
  void init(chacha20_poly1305_context_data& context, const Nonce& nonce, base::ByteSpan aad) noexcept {
    manager_.chacha20_poly1305_init(key_.data(), &context, nonce.data(), aad.data(), aad.size());
  }

  const IMB_MGR& manager_;
  alignas(16) std::array<std::byte, 32> key_;
};

class IpsecMbBackend final : public PacketCipherBackend {
 public:
  explicit IpsecMbBackend(const IMB_MGR& manager) : manager_(manager) {}

  std::string_view name() const noexcept override { return "ipsec-mb"; }
  bool supports(CipherSuite) const noexcept override { return true; }
  std::unique_ptr<AeadKey> make_aead_key(CipherSuite suite, base::ByteSpan key) const override {
    IROH_ASSERT(key.size() == key_size(suite));
    if (suite == CipherSuite::chacha20_poly1305_sha256) return std::make_unique<ChaCha20Poly1305Key>(manager_, key);
    return std::make_unique<GcmKey>(gcm_functions(manager_, suite), key);
  }
  std::unique_ptr<HeaderKey> make_header_key(CipherSuite suite, base::ByteSpan key) const override {
    return make_nettle_header_key(suite, key);
  }

 private:
  const IMB_MGR& manager_;
};

/// Null if the processor is not worth it: without AES instructions the library falls back to emulation.
const IMB_MGR* create_manager() {
  IMB_MGR* manager = alloc_mb_mgr(0);
  if (manager == nullptr) return nullptr;
  constexpr std::uint64_t needed = IMB_FEATURE_AESNI | IMB_FEATURE_PCLMULQDQ | IMB_FEATURE_AVX2;
  IMB_ARCH arch = IMB_ARCH_NONE;
  if ((manager->features & needed) == needed) init_mb_mgr_auto(manager, &arch);
  const bool tests_itself = (manager->features & IMB_FEATURE_SELF_TEST) != 0;
  const bool passed = (manager->features & IMB_FEATURE_SELF_TEST_PASS) != 0;
  if ((arch == IMB_ARCH_AVX2 || arch == IMB_ARCH_AVX512) && (passed || !tests_itself)) return manager;
  free_mb_mgr(manager);
  return nullptr;
}

}  // namespace

const PacketCipherBackend* ipsec_mb_backend() {
  // One manager of 200 KB for the process. [performance.md §2.3]
  static const IMB_MGR* const manager = create_manager();
  if (manager == nullptr) return nullptr;
  static const IpsecMbBackend backend(*manager);
  return &backend;
}

}  // namespace iroh::crypto

#endif
