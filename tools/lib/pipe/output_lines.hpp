// SPDX-License-Identifier: MIT OR Apache-2.0
// The lines that scripts read: their words, order and number are an interface, the ticket is the last word. [tools.md
// §3.4]
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "iroh/identity/endpoint_addr.hpp"

namespace iroh::tools {

using Lines = std::vector<std::string>;

/// is_verbose adds tickets with the relay URLs alone.
Lines listen_lines(const EndpointAddr& addr, bool is_verbose);
Lines listen_tcp_lines(std::string_view host, const EndpointAddr& addr, bool is_verbose);
Lines listen_unix_lines(std::string_view path, const EndpointAddr& addr, bool is_verbose);

}  // namespace iroh::tools
