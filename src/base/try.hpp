// SPDX-License-Identifier: MIT OR Apache-2.0
// The one propagation macro: IROH_TRY(name, expression) binds the value of a std::expected to name, or returns its
// error. IROH_TRY_VOID(expression) is the form for std::expected<void, E>.
#pragma once

#include <expected>
#include <utility>

#define IROH_TRY_CONCAT_(a, b) a##b
#define IROH_TRY_CONCAT(a, b) IROH_TRY_CONCAT_(a, b)

#define IROH_TRY(name, expression) IROH_TRY_(IROH_TRY_CONCAT(iroh_try_, __LINE__), name, expression)
#define IROH_TRY_(temporary, name, expression)                          \
  auto temporary = (expression);                                        \
  if (!temporary) return std::unexpected(std::move(temporary).error()); \
  auto name = *std::move(temporary)

#define IROH_TRY_VOID(expression)                                 \
  do {                                                            \
    if (auto iroh_try_result = (expression); !iroh_try_result)    \
      return std::unexpected(std::move(iroh_try_result).error()); \
  } while (false)
