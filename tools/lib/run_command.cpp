// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/lib/run_command.hpp"

#include <cstdio>
#include <exception>
#include <utility>

#include "tools/lib/failure.hpp"

namespace iroh::tools {
namespace {

int report(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Failure& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return error.exit_code();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return exit_failure;
  }
}

Task<int> catching(Task<int> command) {
  std::exception_ptr failure;
  try {
    co_return co_await std::move(command);
  } catch (...) {
    failure = std::current_exception();
  }
  co_return report(failure);
}

}  // namespace

int run_command(Task<int> command) {
  return run(catching(std::move(command)));
}

int run_command(const std::function<int()>& command) {
  try {
    return command();
  } catch (...) {
    return report(std::current_exception());
  }
}

}  // namespace iroh::tools
