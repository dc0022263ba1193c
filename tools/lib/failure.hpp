// SPDX-License-Identifier: MIT OR Apache-2.0
// Failure: why a command ends, in words for the user, and with which exit code. [tools.md §1.3]
#pragma once

#include <stdexcept>
#include <string>

namespace iroh::tools {

constexpr int exit_ok = 0;
constexpr int exit_failure = 1;
constexpr int exit_usage = 2;  ///< also invalid tickets
constexpr int exit_interrupted = 130;

class Failure : public std::runtime_error {
 public:
  explicit Failure(const std::string& text, int exit_code = exit_failure)
      : std::runtime_error(text), exit_code_(exit_code) {}
  int exit_code() const noexcept { return exit_code_; }

 private:
  int exit_code_;
};

}  // namespace iroh::tools
