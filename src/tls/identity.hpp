// SPDX-License-Identifier: MIT OR Apache-2.0
// What all sessions of an endpoint share: GnuTLS credentials made from the secret key, and the key that seals tickets.
#pragma once

#include <gnutls/gnutls.h>

#include <expected>
#include <memory>
#include <string>

#include "iroh/identity/endpoint_id.hpp"
#include "iroh/identity/secret_key.hpp"
#include "tls/session.hpp"

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
  /// Seals the session tickets that our servers issue; random, so tickets do not survive the endpoint.
  const gnutls_datum_t& ticket_key() const noexcept { return ticket_key_; }

 private:
  EndpointId id_;
  gnutls_certificate_credentials_t credentials_ = nullptr;
  gnutls_datum_t ticket_key_{};
};

/// Algorithms and their order, parsed once per process; null if GnuTLS refuses them. [endpoint.md §2.1]
gnutls_priority_t client_priority() noexcept;
gnutls_priority_t server_priority() noexcept;

}  // namespace iroh::tls
