// SPDX-License-Identifier: MIT OR Apache-2.0
// What both roles have in common: the GnuTLS session with its callbacks, message framing, outputs, the peer's identity.
//
// GnuTLS gets one whole message at a time. Its callbacks add to outputs_, or leave in refusal_ the alert that is to be
// sent when they make the handshake fail. [tls-and-crypto.md, GnuTLS recipe]
#pragma once

#include <gnutls/gnutls.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tls/identity.hpp"
#include "tls/message_reader.hpp"
#include "tls/session.hpp"

namespace iroh::tls {

class GnutlsSession : public Session {
 public:
  /// False if this GnuTLS does not take the extensions that QUIC needs.
  static bool is_supported();

  ~GnutlsSession() override = default;
  std::expected<void, Alert> start() override;
  std::expected<void, Alert> feed(Level level, base::ByteSpan bytes) override;
  std::optional<Output> poll_output() override;

  bool is_complete() const noexcept override { return is_complete_; }
  bool is_resumed() const noexcept override { return is_resumed_; }
  bool is_early_data_accepted() const noexcept override { return is_early_data_accepted_; }
  std::string_view alpn() const noexcept override { return alpn_; }
  std::optional<EndpointId> remote_id() const noexcept override { return is_complete_ ? remote_id_ : std::nullopt; }
  std::expected<std::vector<std::byte>, Alert> export_keying_material(std::string_view label, base::ByteSpan context,
                                                                      std::size_t size) override;
  void send_ticket() override {}
  void release() override;

 protected:
  enum class Role : std::uint8_t { client, server };
  struct Setup {
    Role role;
    std::vector<std::byte> transport_parameters;
    bool early_data = false;
    std::shared_ptr<const KeyLog> key_log;
  };

  GnutlsSession(std::shared_ptr<const Identity> identity, Setup setup);

  // The role's part of the protocol.
  virtual std::vector<std::byte> alpn_to_send() const = 0;
  virtual std::expected<std::string, Alert> choose_alpn(const std::vector<std::string_view>& received) const = 0;
  virtual std::expected<EndpointId, Alert> check_key(base::ByteSpan spki) const = 0;
  /// A check before GnuTLS sees a message: the type must be one of the role's at that level.
  virtual bool expects(Level level, std::uint8_t message_type) const noexcept = 0;
  virtual void on_ticket_received() {}
  /// The ClientHello has been parsed up to its tickets, which come next.
  virtual int on_alpn_chosen() { return 0; }
  /// What was settled about resumption is checked before it is believed.
  virtual std::expected<void, Alert> check_early_data() const { return {}; }

  gnutls_session_t session() const noexcept { return session_.get(); }
  const Identity& identity() const noexcept { return *identity_; }
  void push(Output output);
  /// Notes a failed set-up call; start() and feed() report it.
  void require(int result);

 private:
  struct Deinit {
    void operator()(gnutls_session_t session) const noexcept { gnutls_deinit(session); }
  };
  using SessionPtr = std::unique_ptr<std::remove_pointer_t<gnutls_session_t>, Deinit>;

  void install_callbacks();
  std::expected<void, Alert> process(Level level, base::ByteSpan message);
  std::expected<void, Alert> advance();
  std::expected<void, Alert> check_negotiated();
  std::expected<void, Alert> complete();
  std::expected<void, Alert> fail(Alert alert);
  std::expected<void, Alert> fail(int error);
  int refuse(Alert alert);

  int on_secrets(Level level, base::ByteSpan read, base::ByteSpan write);
  int on_server_application_secret(base::ByteSpan write);
  void on_crypto(Level level, base::ByteSpan bytes);
  int on_alpn(base::ByteSpan data);
  int on_client_hello();
  int on_message(unsigned type, bool before, base::ByteSpan body);
  void on_key_log(std::string_view label, base::ByteSpan secret);
  std::expected<void, Alert> skip_after_release(base::ByteSpan message);

  static int register_extensions(gnutls_session_t session);
  static GnutlsSession& self(gnutls_session_t session) noexcept;

  std::shared_ptr<const Identity> identity_;
  Setup setup_;
  SessionPtr session_;
  MessageReader messages_;
  std::vector<Output> outputs_;
  std::size_t next_output_ = 0;

  std::optional<Alert> failure_;  // what ended the session; every later call repeats it
  std::optional<Alert> refusal_;  // why a callback of ours made GnuTLS fail
  Level read_level_ = Level::initial;
  bool is_complete_ = false;
  bool is_resumed_ = false;
  bool is_early_data_accepted_ = false;
  unsigned tickets_received_ = 0;
  crypto::CipherSuite suite_ = crypto::CipherSuite::aes_128_gcm_sha256;
  Secret exporter_secret_;
  Secret client_traffic_secret_;
  std::string alpn_;
  std::optional<EndpointId> remote_id_;
  std::optional<std::vector<std::byte>> peer_parameters_;
  bool peer_parameters_reported_ = false;
};

}  // namespace iroh::tls
