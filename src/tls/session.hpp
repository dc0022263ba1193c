// SPDX-License-Identifier: MIT OR Apache-2.0
// The TLS 1.3 handshake as QUIC needs it: handshake bytes in and out per level, secrets out, transport parameters both
// ways, the peer's raw public key. No sockets, no records, no I/O. [RFC 9001], [RFC 7250], [endpoint.md §2]
//
// Contract: after start() or feed(), drain poll_output() until it is empty; only then call feed() again.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/byte_span.hpp"
#include "crypto/cipher_suite.hpp"
#include "iroh/identity/endpoint_id.hpp"
#include "iroh/identity/secret_key.hpp"

namespace iroh::tls {

enum class Level : std::uint8_t { initial, early, handshake, application };

/// Traffic secret, at most 48 bytes (SHA-384). Wiped when it dies.
class Secret {
 public:
  Secret() = default;
  explicit Secret(base::ByteSpan bytes) noexcept;
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  ~Secret();
  base::ByteSpan bytes() const noexcept { return {bytes_.data(), size_}; }
  bool empty() const noexcept { return size_ == 0; }

 private:
  std::array<std::byte, 48> bytes_{};
  std::size_t size_ = 0;
};

/// Why a handshake failed: a TLS alert, ours. QUIC closes with CRYPTO_ERROR 0x100 + description. [RFC 9001 §4.8]
struct Alert {
  std::uint8_t description = 0;
  std::string text;
};

/// Handshake bytes to be sent in CRYPTO frames of that level.
struct CryptoData {
  Level level;
  std::vector<std::byte> bytes;
};
/// Traffic secrets of a level; either may come later than the other, then the other is empty.
struct Secrets {
  Level level;
  crypto::CipherSuite suite;
  Secret read;
  Secret write;
};
/// The peer's transport parameters have arrived, still encoded. What became of early data is settled by then.
struct PeerTransportParameters {
  std::vector<std::byte> encoded;
  bool is_early_data_accepted = false;
};
/// The handshake is complete on this side: both Finished are verified, remote_id() and alpn() are known.
struct Completed {};
/// A resumption ticket from the server, opaque; for ClientOptions::ticket of a later connection.
struct NewTicket {
  std::vector<std::byte> ticket;
};

using Output = std::variant<CryptoData, Secrets, PeerTransportParameters, Completed, NewTicket>;

class Session {
 public:
  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  virtual ~Session() = default;

  /// Client: produces the ClientHello. Server: does nothing.
  virtual std::expected<void, Alert> start() = 0;
  /// Handshake bytes of one level, in order; any split is fine. Also takes post-handshake messages.
  virtual std::expected<void, Alert> feed(Level level, base::ByteSpan bytes) = 0;
  virtual std::optional<Output> poll_output() = 0;

  virtual bool is_complete() const noexcept = 0;
  virtual bool is_resumed() const noexcept = 0;
  /// Early data was offered and accepted. On a client known with PeerTransportParameters. [RFC 8446 §4.2.10]
  virtual bool is_early_data_accepted() const noexcept = 0;
  /// The negotiated protocol; empty before it is known. On a server known as soon as the ClientHello is processed.
  virtual std::string_view alpn() const noexcept = 0;
  /// The peer's key; known when complete.
  virtual std::optional<EndpointId> remote_id() const noexcept = 0;
  /// [RFC 8446 §7.5]
  virtual std::expected<std::vector<std::byte>, Alert> export_keying_material(std::string_view label,
                                                                              base::ByteSpan context,
                                                                              std::size_t size) = 0;
  /// Server, when complete: queues a NewSessionTicket as CryptoData of the application level. May decline.
  virtual void send_ticket() = 0;
  /// When complete, and on a server after send_ticket(): gives back what only a handshake needs, about 12 KB. All
  /// accessors and the exporter go on; tickets that come later are passed over. [performance.md §4]
  virtual void release() = 0;
};

/// Takes the lines of an NSS key log, without line ends. Whoever has them can read the traffic. [endpoint.md §2.11]
using KeyLog = std::function<void(std::string_view line)>;

struct ClientOptions {
  EndpointId expected_remote;
  std::vector<std::string> alpns;               ///< in order of preference, at least one, each 1 to 255 bytes
  std::vector<std::byte> transport_parameters;  ///< encoded
  std::vector<std::byte> ticket;                ///< empty: full handshake
  /// Offer early data if the ticket allows it and its protocol is among `alpns`; then Secrets of Level::early come.
  bool early_data = false;
  std::shared_ptr<const KeyLog> key_log = nullptr;
};

struct ServerOptions {
  std::vector<std::string> alpns;  ///< in order of preference; the server's order decides [endpoint.md §2.7]
  std::vector<std::byte> transport_parameters;
  /// Tickets say that early data is welcome, and it is accepted, each ClientHello once.
  bool early_data = false;
  /// What a ticket is bound to besides the protocol: with other bytes a ticket is as good as unknown. [quic.md §2.4]
  std::vector<std::byte> resumption_context = {};
  std::shared_ptr<const KeyLog> key_log = nullptr;
};

/// Key material shared by all sessions of one endpoint. Immutable after creation; sessions may outlive it.
class Identity;

/// Error text if the TLS library refuses the key or lacks a needed algorithm.
std::expected<std::shared_ptr<const Identity>, std::string> make_identity(const SecretKey& key);

std::unique_ptr<Session> make_client_session(std::shared_ptr<const Identity> identity, ClientOptions options);
std::unique_ptr<Session> make_server_session(std::shared_ptr<const Identity> identity, ServerOptions options);

}  // namespace iroh::tls
