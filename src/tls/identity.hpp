// SPDX-License-Identifier: MIT OR Apache-2.0
// What all sessions of an endpoint share: GnuTLS credentials made from the secret key, and the key that seals tickets.
#pragma once

#include <gnutls/gnutls.h>

#include <array>
#include <expected>
#include <memory>
#include <string>

#include "iroh/identity/endpoint_id.hpp"
#include "iroh/identity/secret_key.hpp"
#include "tls/session.hpp"
#include "tls/ticket_keys.hpp"

namespace iroh::tls {

class Identity {
 public:
  static std::expected<std::shared_ptr<const Identity>, std::string> create(const SecretKey& key);

  explicit Identity(const EndpointId& id) noexcept : id_(id) {}
  Identity(const Identity&) = delete;
  Identity& operator=(const Identity&) = delete;
  ~Identity();

  const EndpointId& id() const noexcept { return id_; }
  gnutls_certificate_credentials_t credentials() const noexcept { return credentials_; }
  /// Seal the session tickets that our servers issue, and remember which early data has come. Not part of what the
  /// identity is, hence not const; all sessions of an identity run in one thread at a time.
  TicketKeys& tickets() const noexcept { return tickets_; }
  gnutls_anti_replay_t anti_replay() const noexcept { return anti_replay_; }

 private:
  int use_key(const SecretKey& key);
  int enable_anti_replay();

  EndpointId id_;
  std::array<std::byte, 64> signing_key_{};  // seed and public key, for the signer
  gnutls_certificate_credentials_t credentials_ = nullptr;
  gnutls_anti_replay_t anti_replay_ = nullptr;
  mutable TicketKeys tickets_;
};

/// Algorithms and their order, parsed once per process; null if GnuTLS refuses them. [endpoint.md §2.1]
gnutls_priority_t client_priority() noexcept;
gnutls_priority_t server_priority() noexcept;

}  // namespace iroh::tls
