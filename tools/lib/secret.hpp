// SPDX-License-Identifier: MIT OR Apache-2.0
// Where a tool's secret key comes from: the environment, a file, or a fresh one. [tools.md §1.1]
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "iroh/identity/secret_key.hpp"

namespace iroh::tools {

struct Secret {
  SecretKey key;
  bool is_generated;
};

/// The key in `value`, or a new one if there is no value. Throws Failure "invalid secret".
Secret secret_from(std::optional<std::string_view> value);
/// The same with the variable IROH_SECRET.
Secret secret_from_environment();

/// "using secret key <64 hex>"
std::string secret_key_line(const SecretKey& key);

/// A file with the key as one line of hex. Throws Failure if it cannot be read, or others than its owner could.
SecretKey read_secret_file(const std::string& path);
/// Creates the file with mode 0600. Throws Failure if there is one already: a key is never overwritten.
void write_secret_file(const std::string& path, const SecretKey& key);

}  // namespace iroh::tools
