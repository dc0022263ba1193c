// SPDX-License-Identifier: MIT OR Apache-2.0
// What `iroh blob` can be told on the command line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/lib/share/options.hpp"

namespace iroh::tools {

struct BlobOptions {
  ShareOptions share;
  std::optional<std::string> store;  ///< the folder; unless set: below the user's data folder
  std::string content;               ///< a hash, an s before it for a hash sequence, or the name of a tag
  std::string path;
  std::vector<std::string> tickets;
  std::optional<std::string> tag;
  std::string other_tag;
  bool by_reference = false;
  bool allow_push = false;
};

}  // namespace iroh::tools
