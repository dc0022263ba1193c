// SPDX-License-Identifier: MIT OR Apache-2.0
// `iroh key` and `iroh ticket`: looking at, and making, keys and tickets. No network.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace iroh::tools {

struct KeyOptions {
  std::optional<std::string> file;  ///< instead of IROH_SECRET
  bool json = false;
};
int key_generate(const KeyOptions& options);
int key_show(const KeyOptions& options);

struct TicketOptions {
  std::string ticket;
  std::string id;
  std::vector<std::string> addrs;
  std::vector<std::string> relays;
  bool json = false;
};
int ticket_inspect(const TicketOptions& options);
int ticket_create(const TicketOptions& options);

}  // namespace iroh::tools
