// SPDX-License-Identifier: MIT OR Apache-2.0
// Runs the hooks of an endpoint, one after the other. [endpoint.md §3.10]
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "iroh/endpoint/hooks.hpp"

namespace iroh::endpoint {

using HookList = std::vector<std::shared_ptr<EndpointHooks>>;

/// The first rejection, or acceptance. Neither throws.
Task<ConnectVerdict> run_before_connect(const HookList& hooks, const EndpointAddr& remote, const std::string& alpn);
Task<HandshakeVerdict> run_after_handshake(const HookList& hooks, const ConnectionInfo& connection);

}  // namespace iroh::endpoint
