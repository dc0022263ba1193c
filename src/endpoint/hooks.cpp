// SPDX-License-Identifier: MIT OR Apache-2.0
#include "endpoint/hooks.hpp"

#include <exception>

#include "base/log.hpp"

namespace iroh {

Task<ConnectVerdict> EndpointHooks::before_connect(EndpointAddr, std::string) {
  co_return ConnectVerdict::accept;
}

Task<HandshakeVerdict> EndpointHooks::after_handshake(ConnectionInfo) {
  co_return HandshakeVerdict::accept();
}

namespace endpoint {
namespace {

void log_failure(const std::exception& error) {
  base::log(base::LogLevel::warn, "endpoint", "a hook failed: {}", error.what());
}

}  // namespace

Task<ConnectVerdict> run_before_connect(const HookList& hooks, const EndpointAddr& remote, const std::string& alpn) {
  for (const auto& hook : hooks) {
    ConnectVerdict verdict = ConnectVerdict::reject;
    try {
      verdict = co_await hook->before_connect(remote, alpn);
    } catch (const std::exception& error) {
      log_failure(error);
    }
    // [endpoint.md 33] The first rejection ends it.
    if (verdict == ConnectVerdict::reject) co_return verdict;
  }
  co_return ConnectVerdict::accept;
}

Task<HandshakeVerdict> run_after_handshake(const HookList& hooks, const ConnectionInfo& connection) {
  for (const auto& hook : hooks) {
    HandshakeVerdict verdict = HandshakeVerdict::reject(0);
    try {
      verdict = co_await hook->after_handshake(connection);
    } catch (const std::exception& error) {
      log_failure(error);
    }
    if (!verdict.is_accepted) co_return verdict;
  }
  co_return HandshakeVerdict::accept();
}

}  // namespace endpoint
}  // namespace iroh
