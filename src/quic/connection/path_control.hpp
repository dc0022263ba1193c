// SPDX-License-Identifier: MIT OR Apache-2.0
// Why a request about a path was turned down. All of them are the caller's to handle: nothing has changed then.
#pragma once

#include <cstdint>

namespace iroh::quic {

enum class OpenPathError : std::uint8_t {
  not_client,     ///< only the client of a connection opens paths [quic.md 48]
  not_multipath,  ///< multipath is not (yet) in force, or the connection is closed
  no_path_id,     ///< the limits are reached: PATHS_BLOCKED has been queued; a later MAX_PATH_ID may help
  no_cid,         ///< the peer has issued no connection id for it yet: PATH_CIDS_BLOCKED has been queued
};

enum class ClosePathError : std::uint8_t {
  unknown_path,  ///< never opened, closed already, or gone
  last_path,     ///< close the connection instead [quic.md 60]
};

}  // namespace iroh::quic
