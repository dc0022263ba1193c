// SPDX-License-Identifier: MIT OR Apache-2.0
// The NSS key log file. [endpoint.md §2.11]
#pragma once

#include <memory>

#include "tls/session.hpp"

namespace iroh::endpoint {

/// Appends to the file that SSLKEYLOGFILE names; null without that variable, or if the file cannot be opened.
std::shared_ptr<const tls::KeyLog> key_log_from_environment();

}  // namespace iroh::endpoint
