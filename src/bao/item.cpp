// SPDX-License-Identifier: MIT OR Apache-2.0
#include "bao/item.hpp"

namespace iroh::bao {
namespace {

const char* what(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::size_missing:
      return "no size";
    case ErrorKind::parent_missing:
      return "missing hashes";
    case ErrorKind::leaf_missing:
      return "missing data";
    case ErrorKind::parent_mismatch:
      return "wrong hashes";
    case ErrorKind::leaf_mismatch:
      return "wrong data";
    case ErrorKind::truncated:
      return "end of data inside an item";
    case ErrorKind::io:
      return "read error";
  }
  return "unknown error";
}

}  // namespace

std::string Error::to_string() const {
  std::string text = what(kind);
  if (kind == ErrorKind::size_missing) return text;
  text.append(" at byte ").append(std::to_string(offset())).append(" (chunks ").append(std::to_string(node.begin));
  return text.append(" to ").append(std::to_string(node.end)).append(")");
}

}  // namespace iroh::bao
