// SPDX-License-Identifier: MIT OR Apache-2.0
// What `iroh send`, `iroh receive` and `iroh blob` have in common: key, endpoint, results as lines of JSON.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "iroh/endpoint/endpoint.hpp"
#include "iroh/endpoint/task.hpp"
#include "tools/lib/secret.hpp"
#include "tools/lib/share/options.hpp"

namespace iroh::tools {

/// Throws Failure for a relay mode that this version does not have.
void check_relay(const ShareOptions& options);

/// Reads IROH_SECRET or makes a key, and shows it where the options say so. [tools.md §1.1]
Secret share_secret(const ShareOptions& options, bool is_sender);

/// Throws Failure "cannot bind: ...".
Task<Endpoint> bind_endpoint(ShareOptions options, SecretKey key);

/// A line of results; written at once, for whoever reads them through a pipe.
void print_line(const std::string& line);
void print_json_line(const boost::json::object& object);

}  // namespace iroh::tools
