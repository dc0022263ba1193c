// SPDX-License-Identifier: MIT OR Apache-2.0
// For tests of sessions: two parties joined in memory, and a third one made of bare GnuTLS that may misbehave.
#pragma once

#include <gnutls/gnutls.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tls/session.hpp"

namespace iroh::tls {

using Bytes = std::vector<std::byte>;

SecretKey test_key(unsigned char number);
std::shared_ptr<const Identity> test_identity(unsigned char number);
Bytes from_text(std::string_view text);

/// A session with what came out of it. Handshake bytes wait in `to_send` until deliver() moves them.
struct Party {
  explicit Party(std::unique_ptr<Session> its_session) : session(std::move(its_session)) {}

  /// start() or feed(), then everything polled.
  bool start();
  bool feed(Level level, base::ByteSpan bytes);
  void drain();
  base::ByteSpan secret(Level level, bool read) const;

  std::unique_ptr<Session> session;
  std::vector<CryptoData> to_send;
  std::map<Level, Secrets> secrets;  // both directions of a level joined
  std::optional<Bytes> peer_parameters;
  bool is_early_data_accepted = false;  // as reported with the parameters
  std::vector<Bytes> tickets;
  int completions = 0;
  std::optional<Alert> alert;
  std::vector<std::string> events;  // names of outputs in their order
};

Party test_client(unsigned char own, unsigned char remote, std::vector<std::string> alpns = {"test/0"},
                  Bytes ticket = {});
Party test_server(unsigned char own, std::vector<std::string> alpns = {"test/0"});

/// May change a handshake message on its way; the message comes whole.
using Meddle = std::function<void(Level level, Bytes& message)>;

/// Moves what `from` wants to send, in pieces of at most `fragment` bytes. False if `to` failed.
bool deliver(Party& from, Party& to, std::size_t fragment = SIZE_MAX, const Meddle& meddle = {});
/// Both directions until nothing is left or one side failed.
void exchange(Party& client, Party& server, std::size_t fragment = SIZE_MAX, const Meddle& to_server = {},
              const Meddle& to_client = {});

/// Options of a bare GnuTLS peer; the defaults are a well-behaved one.
struct BarePeerOptions {
  bool server = false;
  std::string priority =
      "NORMAL:-VERS-ALL:+VERS-TLS1.3:-SIGN-ALL:+SIGN-EDDSA-ED25519:-CTYPE-ALL:+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK"
      ":%DISABLE_TLS13_COMPAT_MODE";
  unsigned char key = 1;
  bool send_certificate = true;
  std::vector<std::string> alpns = {"test/0"};
  bool send_transport_parameters = true;
  std::string server_name;
};

/// A TLS endpoint straight on GnuTLS, driven like a Session.
class BarePeer {
 public:
  explicit BarePeer(const BarePeerOptions& options);
  ~BarePeer();
  BarePeer(const BarePeer&) = delete;
  BarePeer& operator=(const BarePeer&) = delete;

  void start() { drive(); }
  void feed(Level level, base::ByteSpan bytes);
  bool is_complete() const { return complete_; }
  std::string alpn() const;
  gnutls_session_t session() const { return session_; }

  std::vector<CryptoData> to_send;
  int error = 0;

 private:
  void drive();

  gnutls_session_t session_ = nullptr;
  gnutls_certificate_credentials_t credentials_ = nullptr;
  bool complete_ = false;
};

/// Runs our session against the bare peer until nothing is left or one side failed.
void exchange(BarePeer& peer, Party& ours);

}  // namespace iroh::tls
