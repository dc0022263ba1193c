// SPDX-License-Identifier: MIT OR Apache-2.0
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <exception>

#include "iroh/endpoint/task.hpp"

namespace iroh {
namespace {

void report(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
  } catch (...) {
    std::fputs("error: an exception of unknown type\n", stderr);
  }
}

}  // namespace

int run(Task<int> task) {
  int result = 1;
  std::exception_ptr failure;
  {
    boost::asio::io_context context(1);
    boost::asio::co_spawn(context, std::move(task), [&](std::exception_ptr thrown, int value) {
      failure = std::move(thrown);
      result = value;
      context.stop();
    });
    context.run();
  }
  if (!failure) return result;
  report(failure);
  return 1;
}

namespace {

Task<int> with_result(Task<> task) {
  co_await std::move(task);
  co_return 0;
}

}  // namespace

int run(Task<> task) {
  return run(with_result(std::move(task)));
}

}  // namespace iroh
